import {
  type Attempt,
  type Clock,
  type Fault,
  type Settlement,
  type Store,
  settlementOf,
  type Webhook,
  webhooksAtOnceMax,
} from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { Vault } from '../vault.ts';
import type { ReceiverClient } from './request.ts';
import { signatureOf } from './signature.ts';

/** A number's deliveries. Numbers know nothing of each other, so that a dead receiver delays nobody else. */
interface Lane {
  /** Entries that are on their way. */
  readonly inFlight: Set<number>;
  /** Entries that were settled during the present look: what it reads may still show them as due. */
  readonly settled: Set<number>;
  /** Wakes the lane when its next webhook is due. */
  timer: NodeJS.Timeout | undefined;
  looking: boolean;
  /** The present look, or the last one. */
  look: Promise<void>;
  lookAgain: boolean;
}

/** A timer longer than this is set anew: the clock may be moved, and timers have 32 bits. */
const timerMaxMs = 60 * 60 * 1000;

/** A clock that stands still just before something is due must not be asked all the time. */
const timerMinMs = 100;

/** Numbers that are looked at together, when all are. */
const looksAtOnce = 64;

/** How long to wait after the store has failed. */
const storeRetryMs = 1000;

/**
 * Delivers what is in the outbox: at least once, in order for each user, at most a few at once for each number. It holds
 * nothing but what is on its way; what waits, waits in the store.
 */
export class WebhookDelivery {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #vault: Vault;
  readonly #client: ReceiverClient;
  readonly #log: FastifyBaseLogger;
  readonly #strike: (webhook: Webhook) => readonly Fault[];
  readonly #onChange: (numberId: string) => void;
  readonly #lanes = new Map<string, Lane>();
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  /**
   * @param options.strike the sandbox's faults for a delivery.
   * @param options.onChange told after something about a number's webhooks has changed.
   */
  constructor(options: {
    store: Store;
    clock: Clock;
    vault: Vault;
    client: ReceiverClient;
    log: FastifyBaseLogger;
    strike: (webhook: Webhook) => readonly Fault[];
    onChange: (numberId: string) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#vault = options.vault;
    this.#client = options.client;
    this.#log = options.log;
    this.#strike = options.strike;
    this.#onChange = options.onChange;
  }

  /** Looks what a number has to deliver: after a change, or when the clock was moved. */
  wake(numberId: string): void {
    if (this.#stop.signal.aborted) return;
    const lane = this.#laneOf(numberId);
    if (lane.looking) {
      lane.lookAgain = true;
      return;
    }
    lane.looking = true;
    lane.look = this.#look(numberId, lane);
    this.#track(lane.look);
  }

  /** Looks at all numbers, some at a time: there may be very many. */
  async wakeAll(): Promise<void> {
    const ids = (await this.#store.numbers()).map(({ id }) => id);
    for (let start = 0; start < ids.length; start += looksAtOnce) {
      for (const id of ids.slice(start, start + looksAtOnce)) this.wake(id);
      await Promise.all(ids.slice(start, start + looksAtOnce).map((id) => this.#lanes.get(id)?.look));
    }
  }

  /** Breaks off what is on its way; it is still in the outbox, and goes out again at the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const { timer } of this.#lanes.values()) clearTimeout(timer);
    await Promise.allSettled([...this.#running]);
    this.#client.close();
  }

  async #look(numberId: string, lane: Lane): Promise<void> {
    try {
      do {
        lane.lookAgain = false;
        await this.#startDue(numberId, lane);
      } while (lane.lookAgain && !this.#stop.signal.aborted);
    } catch (error) {
      this.#log.error({ err: error, number: numberId }, 'the outbox could not be read');
      this.#setTimer(numberId, lane, storeRetryMs);
    } finally {
      lane.looking = false;
    }
  }

  async #startDue(numberId: string, lane: Lane): Promise<void> {
    clearTimeout(lane.timer);
    lane.settled.clear();
    if ((await this.#store.number(numberId))?.webhook == null) return;
    const nowMs = this.#clock();
    const due = await this.#store.outbox.due(numberId, nowMs, webhooksAtOnceMax + lane.inFlight.size);
    for (const webhook of due) {
      if (lane.inFlight.size >= webhooksAtOnceMax) return;
      if (lane.inFlight.has(webhook.entry) || lane.settled.has(webhook.entry)) continue;
      lane.inFlight.add(webhook.entry);
      this.#track(this.#deliver(webhook, lane));
    }
    const nextDueMs = await this.#store.outbox.nextDueMs(numberId);
    if (nextDueMs !== null && nextDueMs > nowMs) this.#setTimer(numberId, lane, nextDueMs - nowMs);
  }

  async #deliver(webhook: Webhook, lane: Lane): Promise<void> {
    const { numberId, entry } = webhook;
    try {
      const attempt = await this.#attempt(webhook);
      if (this.#stop.signal.aborted && attempt.problem !== null) return;
      const settlement = settlementOf(webhook, attempt, this.#clock());
      await this.#store.outbox.settle(numberId, entry, settlement);
      this.#report(webhook, settlement);
      lane.settled.add(entry);
      lane.inFlight.delete(entry);
      this.wake(numberId);
    } catch (error) {
      // The store did not take the outcome, so the webhook will go out again; not at once, or it would go out for ever.
      this.#log.error(
        { err: error, number: numberId, webhook: entry },
        'the outcome of a webhook could not be kept',
      );
      lane.inFlight.delete(entry);
      this.#setTimer(numberId, lane, storeRetryMs);
    } finally {
      this.#onChange(numberId);
    }
  }

  async #attempt(webhook: Webhook): Promise<Attempt> {
    const atMs = this.#clock();
    const startMs = performance.now();
    const outcome = await this.#tryOnce(webhook);
    return { atMs, ...outcome, tookMs: Math.round(performance.now() - startMs) };
  }

  async #tryOnce(webhook: Webhook): Promise<Pick<Attempt, 'status' | 'problem' | 'signature'>> {
    const { signal } = this.#stop;
    const number = await this.#store.number(webhook.numberId);
    const target = number?.webhook ? this.#vault.openWebhook(number, number.webhook) : null;
    if (target === null) return { status: null, problem: 'the number has no webhook', signature: null };
    const signature = signatureOf(webhook.body, target.appSecret);
    try {
      const faults = this.#strike(webhook);
      for (const { what } of faults) if ('delayMs' in what) await pause(what.delayMs, signal);
      const code = faults
        .map(({ what }) => ('code' in what ? what.code : null))
        .find((value) => value !== null);
      if (code != null) {
        const problem = code === 200 ? null : `status ${code}, as a fault ordered`;
        return { status: code, problem, signature: null };
      }
      const { status } = await this.#client.ask(target.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-hub-signature-256': signature,
        },
        body: webhook.body,
        signal,
      });
      if (faults.some(({ what }) => 'disconnect' in what)) {
        return { status: null, problem: 'the acknowledgement was lost, as a fault ordered', signature };
      }
      return {
        status,
        problem: status === 200 ? null : `status ${status}; only 200 acknowledges`,
        signature,
      };
    } catch (error) {
      return { status: null, problem: (error as Error).message || String(error), signature };
    }
  }

  #report(webhook: Webhook, { state, attempt }: Settlement): void {
    const { numberId: number, entry, attemptCount } = webhook;
    const said = { number, webhook: entry, attempt: attemptCount + 1, problem: attempt.problem };
    if (state === 'given_up') this.#log.error(said, 'a webhook is given up');
    else if (state === 'waiting') this.#log.warn(said, 'a webhook was not acknowledged');
  }

  #setTimer(numberId: string, lane: Lane, delayMs: number): void {
    clearTimeout(lane.timer);
    if (this.#stop.signal.aborted) return;
    const waitMs = Math.min(Math.max(delayMs, timerMinMs), timerMaxMs);
    lane.timer = setTimeout(() => this.wake(numberId), waitMs);
    lane.timer.unref();
  }

  #laneOf(numberId: string): Lane {
    let lane = this.#lanes.get(numberId);
    if (lane === undefined) {
      lane = {
        inFlight: new Set(),
        settled: new Set(),
        timer: undefined,
        looking: false,
        look: Promise.resolve(),
        lookAgain: false,
      };
      this.#lanes.set(numberId, lane);
    }
    return lane;
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(new Error('the server is closing'));
      },
      { once: true },
    );
  });
}
