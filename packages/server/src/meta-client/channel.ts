import type { LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimitError } from '@blockhouse/client';
import { requestErrors } from '@blockhouse/client/wire';
import { type Bucket, type Clock, type RateLimit, takeToken, waitMsOf } from '@blockhouse/engine';
import { HttpClient, type HttpRequest, type HttpResponse } from '../outbound/http-client.ts';
import { TargetRefused } from '../outbound/target-policy.ts';
import { Circuit } from './circuit.ts';
import type { GraphErrorBody } from './graph-error.ts';
import { type Health, PlatformHealth, type Sign } from './health.ts';

/** Connections that are open at a time for one number: for its blocklist, and for requests that are passed on. */
const ownMax = 16;
const passingMax = 256;

/** A pause that a platform asks for lasts no longer than this, since its limits count by the hour. */
const pauseMaxMs = 60 * 60_000;

/** A request that would have to wait longer for its turn is told when to come back instead. */
const turnWaitMaxMs = 2_000;

/** Statuses of proxies that could not reach what is behind them. */
const unreachable: readonly number[] = [502, 503, 504];

/**
 * The way to the platform of one number: its own connections, its own pace, its own circuit. Numbers are independent
 * of each other, so a dead one slows no other number.
 */
export class MetaChannel {
  readonly #own: HttpClient;
  /** Requests that are passed on may be slow and large. They must not delay the blocklist. */
  readonly #passing: HttpClient;
  readonly #rate: RateLimit | null;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #circuit = new Circuit();
  /** On a clock that only goes forward. */
  readonly #bucket: Bucket = { emptyAtMs: 0 };
  #pausedUntilMs = 0;
  #health: PlatformHealth;
  /** The platform's own error, for requests that are not made while it wants none. */
  #pauseError: GraphErrorBody | null = null;
  #lastWebhookAtMs: number | null = null;
  #passingNow = 0;

  constructor(options: { lookup: LookupFunction; rate: RateLimit | null; clock: Clock }) {
    const { lookup } = options;
    this.#own = new HttpClient({ lookup, connectionsMax: ownMax });
    this.#passing = new HttpClient({ lookup, connectionsMax: passingMax });
    this.#rate = options.rate;
    this.#clock = options.clock;
    this.#health = new PlatformHealth(options.clock);
  }

  get health(): Health & { readonly lastWebhookAtMs: number | null } {
    return { ...this.#health.current, lastWebhookAtMs: this.#lastWebhookAtMs };
  }

  /** Records the time of a webhook from Meta. */
  recordWebhook(): void {
    this.#lastWebhookAtMs = this.#clock();
  }

  /**
   * Waits for this request's turn in the pace of the number.
   * @throws RateLimitError when it would be long in coming, or the platform has asked for a pause: with the time to
   * come back.
   */
  async acquire(signal: AbortSignal): Promise<void> {
    const nowMs = performance.now();
    const pausedMs = this.#pausedUntilMs - nowMs;
    if (pausedMs > 0) throw paused(pausedMs, this.#pauseError);
    if (this.#rate === null) return;
    const token = takeToken(this.#bucket, this.#rate, nowMs, turnWaitMaxMs);
    if (!token.allowed) throw paused(token.retryAfterMs);
    const waitMs = waitMsOf(this.#bucket, nowMs);
    if (waitMs === 0) return;
    await sleep(waitMs, undefined, { signal }).catch((error: unknown) => {
      // A request whose deadline passes before its turn was not refused by anybody.
      throw isTimeout(signal.reason) ? paused(waitMs) : error;
    });
  }

  /**
   * Sends a request; `isPassed` where it is somebody else's. @throws CircuitOpen, or what went wrong on the way, in
   * words that name no address.
   */
  async send(request: HttpRequest, isPassed = false): Promise<HttpResponse> {
    if (isPassed && this.#passingNow >= passingMax)
      throw new Error('the number has too many requests under way');
    const passage = this.#circuit.acquire(performance.now());
    const { signal } = request;
    let wasReached = false;
    if (isPassed) this.#passingNow++;
    try {
      const client = isPassed ? this.#passing : this.#own;
      const response = await client.send({
        ...request,
        onReached() {
          wasReached = true;
          request.onReached?.();
        },
        signal: AbortSignal.any([signal, this.#closing.signal]),
      });
      if (unreachable.includes(response.status)) {
        this.#circuit.failed(passage, performance.now());
        this.#health.unreachable(`it answered with status ${response.status}`);
      } else {
        this.#circuit.succeeded();
        this.#health.reached();
      }
      return response;
    } catch (error) {
      // A request that found no connection in time says nothing of the other side.
      const hadNoTurn = signal.aborted && !wasReached && this.#own.isBusy;
      const isGivenUp =
        this.#closing.signal.aborted || hadNoTurn || (signal.aborted && !isTimeout(signal.reason));
      const text = signal.aborted ? 'it did not answer in time' : describeFailure(error);
      if (isGivenUp) this.#circuit.abandoned(passage);
      else {
        this.#circuit.failed(passage, performance.now());
        this.#health.unreachable(text);
      }
      // Without the cause: what callers read must name no address of the upstream.
      throw new Error(text);
    } finally {
      if (isPassed) this.#passingNow--;
    }
  }

  /** Notes what the platform itself has answered. */
  note(sign: Sign): void {
    this.#health.answered(sign);
  }

  /** Keeps requests back, as the platform has asked in its error. */
  pause(forMs: number, error: GraphErrorBody | null): void {
    const keptMs = Math.min(forMs, pauseMaxMs);
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, performance.now() + keptMs);
    this.#pauseError = error;
    this.#health.paused(keptMs);
  }

  /** The number has another upstream now, or another token: what was known no longer counts. */
  renew(): void {
    this.#circuit = new Circuit();
    this.#health = new PlatformHealth(this.#clock);
    this.#pausedUntilMs = 0;
  }

  /** Aborts what is under way, and sends nothing more. */
  close(): void {
    this.#closing.abort(new Error('the server is closing'));
    this.#own.close();
    this.#passing.close();
  }
}

/** The platform's own answer while it asks for a pause, without asking it again. */
function paused(retryAfterMs: number, said: GraphErrorBody | null = null): RateLimitError {
  const { code, title, type, details } = requestErrors.rateLimit;
  const own = { message: `(#${code}) ${title}`, type, code, error_data: { details }, is_transient: true };
  const error = (said ?? own) as typeof own;
  const failure = { method: '', path: '', status: 429, error, body: { error }, retryAfterMs };
  return new RateLimitError('there is a pause', { failure });
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it broke the connection',
  EPIPE: 'it broke the connection',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  ETIMEDOUT: 'it could not be reached in time',
  UND_ERR_CONNECT_TIMEOUT: 'it could not be reached in time',
  EHOSTUNREACH: 'it cannot be reached',
  ENETUNREACH: 'it cannot be reached',
};

/** The problem, without addresses: callers read it. */
function describeFailure(error: unknown): string {
  if (error instanceof TargetRefused) return 'its address is not allowed';
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code in reasons) return reasons[code] ?? '';
  if (/^(?:CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
    return 'its certificate is not valid';
  // Sentences of our own.
  return /^(?:it|the) /.test(message) ? message : 'the connection failed';
}
