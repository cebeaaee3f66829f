import {
  type Attempt,
  type Clock,
  type DeliveryOutcome,
  deliveryOutcome,
  noReceiver,
  outcomeWithoutReceiver,
  type Store,
  type Webhook,
  type WebhookState,
  type WebhookTarget,
  webhooksAtOnceMax,
} from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { Vault } from '../auth/secret-vault.ts';
import type { Fault, FaultRegistry } from '../sandbox/fault-registry.ts';
import { backoffMs } from '../shared/backoff.ts';
import { BoundedMap } from '../shared/bounded-map.ts';
import { KeyedWorkers, type NextRun } from '../shared/keyed-workers.ts';
import type { ReceiverClient, Reply } from './receiver-client.ts';
import { signatureOf } from './signature.ts';

/** A number's deliveries. Numbers are independent of each other, so a dead receiver delays no other number. */
interface NumberQueue {
  /** Entries that are on their way. */
  readonly inFlight: Set<number>;
  /** Entries that were settled during the present look: what it reads may still show them as due. */
  readonly settled: Set<number>;
  /** Webhooks that a fault holds back until the user's next one is there. */
  readonly keptBack: Set<() => void>;
  /** Entries that an injected fault has sent ahead of their turn: in their turn there is nothing left to send. */
  readonly sentAhead: Set<number>;
  /** Outcomes that the store did not take. They are recorded later, without another attempt. */
  readonly unrecorded: BoundedMap<number, Unrecorded>;
  /** Outcomes in a row that the store has not taken. */
  failures: number;
  /** Webhooks that wait for a retry are tried immediately. */
  hasten: boolean;
}

/** The outcome of an attempt that the store did not take. It belongs to the webhook after so many attempts. */
interface Unrecorded {
  readonly attemptCount: number;
  readonly outcome: DeliveryOutcome;
}

/** Numbers that are looked at together, when all are. */
const looksAtOnce = 64;

/**
 * Delivers the webhooks of the outbox: at least once, in order for each user, and a few at a time for each number. It
 * holds nothing but what is on its way; what waits, waits in the store.
 */
export class WebhookDelivery {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #vault: Vault;
  readonly #client: ReceiverClient;
  readonly #log: FastifyBaseLogger;
  readonly #faults: FaultRegistry | null;
  readonly #onChange: (numberId: string) => void;
  readonly #onAttempt: (state: WebhookState) => void;
  readonly #lastAttempts = new Map<string, Attempt>();
  readonly #queues = new Map<string, NumberQueue>();
  readonly #workers: KeyedWorkers;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  /**
   * @param options.faults the sandbox's faults; null outside the sandbox.
   * @param options.onChange told after something about a number's webhooks has changed.
   * @param options.onAttempt told what state an attempt has left its webhook in.
   */
  constructor(options: {
    store: Store;
    clock: Clock;
    vault: Vault;
    client: ReceiverClient;
    log: FastifyBaseLogger;
    faults: FaultRegistry | null;
    onChange: (numberId: string) => void;
    onAttempt: (state: WebhookState) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#vault = options.vault;
    this.#client = options.client;
    this.#log = options.log;
    this.#faults = options.faults;
    this.#onChange = options.onChange;
    this.#onAttempt = options.onAttempt;
    this.#workers = new KeyedWorkers({
      work: (numberId) => this.#startDue(numberId, this.#queueOf(numberId)),
      onError: (error, number) => this.#log.error({ err: error, number }, 'the outbox could not be read'),
    });
  }

  /** The last attempt of this process to deliver to a number's receiver; null: there was none. */
  lastAttempt(numberId: string): Attempt | null {
    return this.#lastAttempts.get(numberId) ?? null;
  }

  /** Looks what a number has to deliver: after a change, or when the clock was moved. */
  wake(numberId: string): void {
    void this.#workers.run(numberId);
  }

  /** The same when the number has another receiver: webhooks that wait for a retry are tried immediately. */
  retryNow(numberId: string): void {
    this.#queueOf(numberId).hasten = true;
    this.wake(numberId);
  }

  /** Looks at all numbers, some at a time: there may be very many. */
  async wakeAll(): Promise<void> {
    const ids = (await this.#store.numbers()).map(({ id }) => id);
    for (let start = 0; start < ids.length; start += looksAtOnce) {
      await Promise.all(ids.slice(start, start + looksAtOnce).map((id) => this.#workers.run(id)));
    }
  }

  /** Aborts deliveries that are under way. They are still in the outbox, and go out again at the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const queue of this.#queues.values()) releaseKept(queue);
    await this.#workers.close();
    await Promise.allSettled([...this.#running]);
    this.#client.close();
  }

  /** Starts what is due, as far as there is room; answers when the next webhook is due. */
  async #startDue(numberId: string, queue: NumberQueue): Promise<NextRun> {
    queue.settled.clear();
    releaseKept(queue);
    const nowMs = this.#clock();
    if (queue.hasten) {
      await this.#store.outbox.makeDueNow(numberId, nowMs);
      queue.hasten = false;
    }
    const due = await this.#store.outbox.due(numberId, nowMs, webhooksAtOnceMax + queue.inFlight.size);
    for (const webhook of due) {
      if (this.#stop.signal.aborted || queue.inFlight.size >= webhooksAtOnceMax) return null;
      if (queue.inFlight.has(webhook.entry) || queue.settled.has(webhook.entry)) continue;
      queue.inFlight.add(webhook.entry);
      this.#track(this.#deliver(webhook, queue));
    }
    const nextDueMs = await this.#store.outbox.nextDueMs(numberId);
    return nextDueMs !== null && nextDueMs > nowMs ? nextDueMs - nowMs : null;
  }

  async #deliver(webhook: Webhook, queue: NumberQueue): Promise<void> {
    const { numberId, entry, attemptCount } = webhook;
    try {
      const outcome = await this.#outcome(webhook, queue);
      if (outcome === null) return;
      queue.unrecorded.set(entry, { attemptCount, outcome });
      await this.#store.outbox.recordAttempt(numberId, entry, outcome);
      queue.unrecorded.delete(entry);
      queue.failures = 0;
      this.#report(webhook, outcome);
      queue.settled.add(entry);
      queue.inFlight.delete(entry);
      this.wake(numberId);
    } catch (error) {
      // The store did not accept the outcome, or has no answer to who receives it. The webhook is due again after a wait,
      // so that attempts do not repeat without a pause.
      this.#log.error(
        { err: error, number: numberId, webhook: entry },
        'the outcome of a webhook could not be kept',
      );
      queue.inFlight.delete(entry);
      this.#workers.wakeIn(numberId, backoffMs(++queue.failures));
    } finally {
      this.#onChange(numberId);
    }
  }

  /** The outcome of an attempt: of this one, or of an earlier one that was not recorded. null: the server is closing. */
  async #outcome(webhook: Webhook, queue: NumberQueue): Promise<DeliveryOutcome | null> {
    const earlier = queue.unrecorded.get(webhook.entry);
    if (earlier?.attemptCount === webhook.attemptCount) return earlier.outcome;
    const attempt = await this.#attempt(webhook);
    if (this.#stop.signal.aborted && attempt?.problem !== null) return null;
    return attempt === null
      ? outcomeWithoutReceiver(webhook, this.#clock())
      : deliveryOutcome(webhook, attempt, this.#clock());
  }

  /** Tries to deliver a webhook; null: the number has no receiver. */
  async #attempt(webhook: Webhook): Promise<Attempt | null> {
    const atMs = this.#clock();
    const startMs = performance.now();
    const number = await this.#store.number(webhook.numberId);
    if (number?.webhook == null) return null;
    const outcome = await this.#tryOnce(webhook, this.#vault.decryptWebhook(number, number.webhook));
    return { atMs, ...outcome, tookMs: Math.round(performance.now() - startMs) };
  }

  async #tryOnce(
    webhook: Webhook,
    target: WebhookTarget,
  ): Promise<Pick<Attempt, 'status' | 'problem' | 'signature'>> {
    const { signal } = this.#stop;
    const signature = signatureOf(webhook.body, target.appSecret);
    if (this.#queueOf(webhook.numberId).sentAhead.delete(webhook.entry))
      return { status: 200, problem: null, signature };
    try {
      const faults = this.#faults?.match('webhook', webhook.numberId, [webhook.waId]) ?? [];
      for (const { what } of faults) if ('delayMs' in what) await pause(what.delayMs, signal);
      const code = faults
        .map(({ what }) => ('code' in what ? what.code : null))
        .find((value) => value !== null);
      if (code != null) {
        const problem = code === 200 ? null : `status ${code}, by an injected fault`;
        return { status: code, problem, signature: null };
      }
      const reorder = faults.find(({ what }) => 'reorder' in what);
      if (reorder !== undefined) await this.#sendNextAhead(webhook, target, reorder);
      if (faults.some(({ what }) => 'duplicate' in what)) await this.#post(webhook, target);
      const { status } = await this.#post(webhook, target);
      if (faults.some(({ what }) => 'disconnect' in what)) {
        return { status: null, problem: 'the acknowledgement was lost, by an injected fault', signature };
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

  #post({ body }: Webhook, { url, appSecret }: WebhookTarget): Promise<Reply> {
    return this.#client.ask(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': signatureOf(body, appSecret) },
      body,
      signal: this.#stop.signal,
    });
  }

  /**
   * Keeps a webhook back until the user's next one is there, and sends that one first; in its own turn it is not sent
   * again, unless the receiver did not take it. A webhook that is held back takes a place, and half of the places are
   * left to the others.
   */
  async #sendNextAhead({ numberId, waId, entry }: Webhook, target: WebhookTarget, by: Fault): Promise<void> {
    const queue = this.#queueOf(numberId);
    while (queue.keptBack.size < webhooksAtOnceMax / 2) {
      this.#stop.signal.throwIfAborted();
      const changed = new Promise<void>((resolve) => queue.keptBack.add(resolve));
      const filter = { waId, state: 'waiting', afterEntry: entry - 1, count: 2 } as const;
      const [own, next] = await this.#store.outbox.list(numberId, filter);
      if (own?.entry !== entry) throw new Error('it is no longer in the outbox');
      if (next !== undefined) {
        const { status } = await this.#post(next, target);
        if (status === 200) queue.sentAhead.add(next.entry);
        return;
      }
      if (!this.#faults?.has(by)) return;
      await changed;
    }
  }

  #report(webhook: Webhook, { state, attempt }: DeliveryOutcome): void {
    // That a number has no receiver is no news of each of its webhooks.
    if (attempt.problem === noReceiver) return;
    const { numberId: number, entry, attemptCount } = webhook;
    this.#lastAttempts.set(number, attempt);
    this.#onAttempt(state);
    const said = { number, webhook: entry, attempt: attemptCount + 1, problem: attempt.problem };
    if (state === 'given_up') this.#log.error(said, 'a webhook is given up');
    else if (state === 'waiting') this.#log.warn(said, 'a webhook was not acknowledged');
  }

  #queueOf(numberId: string): NumberQueue {
    let queue = this.#queues.get(numberId);
    if (queue === undefined) {
      queue = {
        inFlight: new Set(),
        settled: new Set(),
        keptBack: new Set(),
        sentAhead: new Set(),
        unrecorded: new BoundedMap(webhooksAtOnceMax),
        failures: 0,
        hasten: false,
      };
      this.#queues.set(numberId, queue);
    }
    return queue;
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }
}

/** Checks again whether held webhooks can go out. */
function releaseKept({ keptBack }: NumberQueue): void {
  for (const release of keptBack) release();
  keptBack.clear();
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
