import {
  allActivity,
  type Clock,
  hourMs,
  hourOf,
  type NumberRecord,
  realClock,
  type Store,
} from '@blockhouse/engine';
import type { CloudPlatform } from '../blocklists/cloud/cloud.ts';

/** How often a watched number is checked. */
const checkEveryMs = 1_000;

/** Checks per request to Meta for the version of a list, because Meta limits the rate of requests. */
const checksPerRequest = 15;

type Listener = () => void;

interface Watch {
  readonly listeners: Set<Listener>;
  readonly timer: NodeJS.Timeout;
  /** The state of the last check; null before the first one. */
  lastState: string | null;
  checks: number;
  isChecking: boolean;
  /** The version of the list at Meta. */
  remoteVersion: string | null;
  /** How far the clock was ahead of the real one, and how often it was moved. */
  aheadMs: number;
  clockMoves: number;
}

/**
 * Notifies listeners of the changes of a number: in this process, in another process that shares the store,
 * or at Meta. It checks only the numbers that have listeners.
 */
export class NumberWatcher {
  readonly #store: Store;
  readonly #cloud: CloudPlatform;
  readonly #clock: Clock;
  readonly #watches = new Map<string, Watch>();

  constructor(options: { store: Store; cloud: CloudPlatform; clock: Clock }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#cloud = options.cloud;
  }

  /** Calls `listener` after every change of a number. Returns the function that ends this. */
  watch(numberId: string, listener: Listener): () => void {
    const watch = this.#watches.get(numberId) ?? this.#begin(numberId);
    watch.listeners.add(listener);
    return () => {
      watch.listeners.delete(listener);
      if (watch.listeners.size > 0) return;
      clearInterval(watch.timer);
      this.#watches.delete(numberId);
    };
  }

  close(): void {
    for (const { timer } of this.#watches.values()) clearInterval(timer);
    this.#watches.clear();
  }

  #begin(numberId: string): Watch {
    const watch: Watch = {
      listeners: new Set(),
      timer: setInterval(() => void this.#check(numberId, watch), checkEveryMs).unref(),
      lastState: null,
      checks: 0,
      isChecking: false,
      remoteVersion: null,
      aheadMs: this.#clock() - realClock(),
      clockMoves: 0,
    };
    this.#watches.set(numberId, watch);
    void this.#check(numberId, watch);
    return watch;
  }

  async #check(numberId: string, watch: Watch): Promise<void> {
    if (watch.isChecking) return;
    watch.isChecking = true;
    try {
      const number = await this.#store.number(numberId);
      const state = number === null ? '' : await this.#stateOf(number, watch);
      const hasChanged = watch.lastState !== null && watch.lastState !== state;
      if (hasChanged) for (const listener of watch.listeners) listener();
      watch.lastState = state;
    } catch {
      // Requests report a store that fails. The next check may succeed.
    } finally {
      watch.isChecking = false;
    }
  }

  /** The values that change with everything that listeners show. */
  async #stateOf(number: NumberRecord, watch: Watch): Promise<string> {
    const { blocklist } = await this.#store.facts(number.id, []);
    const [latest] = await this.#store.activity(number.id, { ...allActivity, count: 1 });
    const standing = await this.#store.standingCount(number.id);
    // The request to Meta runs in the background, so it does not delay the notification of other changes.
    if (number.upstream !== null && watch.checks++ % checksPerRequest === 0) {
      void this.#readRemoteVersion(number, watch);
    }
    this.#detectClockMove(watch);
    const thisHourMs = hourOf(this.#clock());
    const [hour] = await this.#store.traffic(number.id, thisHourMs, thisHourMs + hourMs);
    const traffic = `${thisHourMs} ${hour?.admitted} ${hour?.dropped}`;
    const { remoteVersion, clockMoves } = watch;
    return [blocklist.version, latest?.entry, standing, traffic, remoteVersion, clockMoves].join(' ');
  }

  async #readRemoteVersion(number: NumberRecord, watch: Watch): Promise<void> {
    try {
      watch.remoteVersion = (await this.#cloud.mark(number)) ?? watch.remoteVersion;
    } catch {
      // A later check repeats the request.
    }
  }

  /** A frozen clock falls behind by a little with every check. Only a larger difference is a move. */
  #detectClockMove(watch: Watch): void {
    const aheadMs = this.#clock() - realClock();
    if (Math.abs(aheadMs - watch.aheadMs) > 3 * checkEveryMs) watch.clockMoves++;
    watch.aheadMs = aheadMs;
  }
}
