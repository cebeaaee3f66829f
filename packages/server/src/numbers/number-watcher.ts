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

/** How often a number is looked at while somebody watches it. */
const everyMs = 1_000;

/** How often Meta is asked for the version of a list, in looks: it has a rate of its own. */
const looksPerAsking = 15;

type Listener = () => void;

interface Watch {
  readonly listeners: Set<Listener>;
  readonly timer: NodeJS.Timeout;
  /** What the number looked like last; null: it was not looked at yet. */
  seen: string | null;
  looks: number;
  remote: string | null;
  /** How far the clock was ahead of the real one, and how often that has changed at once. */
  aheadMs: number;
  moves: number;
  looking: boolean;
}

/**
 * Tells who watches a number that something about it has changed, wherever: in this process, in another one over the same
 * database, or at Meta. Nothing is looked at that nobody watches.
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

  /** Calls `listener` after every change of a number, until the answered function is called. */
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
      timer: setInterval(() => void this.#look(numberId, watch), everyMs).unref(),
      seen: null,
      looks: 0,
      remote: null,
      aheadMs: this.#clock() - realClock(),
      moves: 0,
      looking: false,
    };
    this.#watches.set(numberId, watch);
    void this.#look(numberId, watch);
    return watch;
  }

  async #look(numberId: string, watch: Watch): Promise<void> {
    if (watch.looking) return;
    watch.looking = true;
    try {
      const number = await this.#store.number(numberId);
      const seen = number === null ? '' : await this.#lookOf(number, watch);
      if (watch.seen !== null && watch.seen !== seen) for (const listener of watch.listeners) listener();
      watch.seen = seen;
    } catch {
      // A store that does not answer is said by whatever asks it next; the look after this one may succeed.
    } finally {
      watch.looking = false;
    }
  }

  async #askRemote(number: NumberRecord, watch: Watch): Promise<void> {
    try {
      watch.remote = (await this.#cloud.mark(number)) ?? watch.remote;
    } catch {
      // It is asked again soon.
    }
  }

  async #lookOf(number: NumberRecord, watch: Watch): Promise<string> {
    const { blocklist } = await this.#store.facts(number.id, []);
    const [latest] = await this.#store.activity(number.id, { ...allActivity, count: 1 });
    const standing = await this.#store.standingCount(number.id);
    // Meta is asked beside: what changes here does not wait for it.
    if (number.upstream !== null && watch.looks++ % looksPerAsking === 0) void this.#askRemote(number, watch);
    // A clock that was moved changes what is shown as well; one that stands still falls behind a little with every look.
    const aheadMs = this.#clock() - realClock();
    if (Math.abs(aheadMs - watch.aheadMs) > 3 * everyMs) watch.moves++;
    watch.aheadMs = aheadMs;
    const thisHourMs = hourOf(this.#clock());
    const [hour] = await this.#store.traffic(number.id, thisHourMs, thisHourMs + hourMs);
    const traffic = `${thisHourMs} ${hour?.admitted} ${hour?.dropped}`;
    return [blocklist.version, latest?.entry, standing, traffic, watch.remote, watch.moves].join(' ');
  }
}
