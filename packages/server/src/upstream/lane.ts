import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { RateLimitError } from '@blockhouse/client';
import { requestErrors } from '@blockhouse/client/wire';
import { type Bucket, type Clock, type RateLimit, takeToken } from '@blockhouse/engine';
import { Circuit } from './circuit.ts';
import { type Exchange, exchange } from './exchange.ts';

/** Connections that are open at once for one number. */
const connectionsMax = 64;

/** How things stand with the platform of a number, as this process has seen it; all null: it was not asked yet. */
export interface Health {
  readonly state: 'unknown' | 'ok' | 'failing';
  /** When it last answered as it should. */
  readonly okAtMs: number | null;
  /** What went wrong last, if it still is. */
  readonly problem: { readonly atMs: number; readonly text: string } | null;
  /** When it last told something (Meta's webhooks). */
  readonly toldAtMs: number | null;
}

/** Statuses of proxies that could not reach what is behind them. */
const unreachable: readonly number[] = [502, 503, 504];

/**
 * The way to the platform of one number: its own connections, its own pace, its own circuit. Numbers know nothing of each
 * other, so that a dead one slows nobody else.
 */
export class Lane {
  readonly #connections: { http: HttpAgent; https: HttpsAgent; lookup: LookupFunction };
  readonly #rate: RateLimit | null;
  readonly #clock: Clock;
  readonly #bucket: Bucket = { emptyAtMs: 0 };
  readonly #circuit = new Circuit();
  #queue: Promise<unknown> = Promise.resolve();
  #pausedUntilMs = 0;
  #okAtMs: number | null = null;
  #problem: Health['problem'] = null;
  #toldAtMs: number | null = null;

  constructor(options: { lookup: LookupFunction; rate: RateLimit | null; clock: Clock }) {
    const agent = { keepAlive: true, maxSockets: connectionsMax };
    this.#connections = { http: new HttpAgent(agent), https: new HttpsAgent(agent), lookup: options.lookup };
    this.#rate = options.rate;
    this.#clock = options.clock;
  }

  get health(): Health {
    const state = this.#problem !== null ? 'failing' : this.#okAtMs === null ? 'unknown' : 'ok';
    return { state, okAtMs: this.#okAtMs, problem: this.#problem, toldAtMs: this.#toldAtMs };
  }

  /** Its webhook has come in. */
  told(): void {
    this.#toldAtMs = this.#clock();
  }

  /** Waits for this request's turn in the pace of the number. @throws RateLimitError while the platform asks for a pause. */
  async turn(signal: AbortSignal): Promise<void> {
    const before = this.#queue;
    const mine = this.#wait(before, signal);
    this.#queue = mine.catch(() => {});
    await Promise.race([mine, abortOf(signal)]);
    const pausedMs = this.#pausedUntilMs - performance.now();
    if (pausedMs > 0) throw paused(pausedMs);
  }

  /** Sends a request. @throws CircuitOpen, or what went wrong on the way. */
  async send(request: Exchange): Promise<IncomingMessage> {
    this.#circuit.enter(performance.now());
    try {
      const response = await exchange(this.#connections, request);
      if (unreachable.includes(response.statusCode ?? 0))
        this.#failed(`it answered with status ${response.statusCode}`);
      else this.#circuit.answered();
      return response;
    } catch (error) {
      const isAbandoned = request.signal.aborted && !isTimeout(request.signal.reason);
      if (isAbandoned) this.#circuit.abandoned();
      else this.#failed(request.signal.aborted ? 'it did not answer in time' : wordsOf(error));
      throw error;
    }
  }

  /** It answered as it should, or refuses who asks. */
  noteAnswer(refusal: string | null): void {
    if (refusal !== null) this.#problem = { atMs: this.#clock(), text: refusal };
    else {
      this.#problem = null;
      this.#okAtMs = this.#clock();
    }
  }

  /** It asks for a pause. */
  pause(forMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, performance.now() + forMs);
  }

  /** The number has another upstream now, or another token. */
  renew(): void {
    this.#circuit.answered();
    this.#problem = null;
    this.#okAtMs = null;
    this.#pausedUntilMs = 0;
  }

  close(): void {
    this.#connections.http.destroy();
    this.#connections.https.destroy();
  }

  async #wait(before: Promise<unknown>, signal: AbortSignal): Promise<void> {
    await before;
    const rate = this.#rate;
    if (rate === null) return;
    while (true) {
      signal.throwIfAborted();
      const outcome = takeToken(this.#bucket, rate, performance.now());
      if (outcome.allowed) return;
      await sleep(outcome.retryAfterMs, signal);
    }
  }

  #failed(text: string): void {
    this.#circuit.failed(performance.now());
    this.#problem = { atMs: this.#clock(), text };
  }
}

/** The platform's own answer while it asks for a pause, without asking it again. */
function paused(retryAfterMs: number): RateLimitError {
  const { code, title, type, details } = requestErrors.rateLimit;
  const error = { message: `(#${code}) ${title}`, type, code, error_data: { details }, is_transient: true };
  const failure = { method: '', path: '', status: 429, error, body: { error }, retryAfterMs };
  return new RateLimitError('the platform has asked for a pause', { failure });
}

/** Never fulfilled; rejected with the signal's reason. */
function abortOf(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {});
  return aborted;
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

/** What went wrong, without addresses. */
function wordsOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'it refuses connections',
    ECONNRESET: 'it broke the connection',
    ENOTFOUND: 'its name is not known',
    EAI_AGAIN: 'its name could not be looked up',
    ETIMEDOUT: 'it could not be reached in time',
  };
  return reasons[code ?? ''] ?? (message || String(error));
}

function sleep(forMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, forMs);
    function end() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener('abort', end, { once: true });
  });
}
