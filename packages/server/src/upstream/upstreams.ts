import type { IncomingMessage } from 'node:http';
import {
  AuthenticationError,
  BlockhouseError,
  BlockUsersClient,
  NotFoundError,
  PermissionError,
} from '@blockhouse/client';
import type { Clock, NumberRecord, RateLimit, UpstreamTarget } from '@blockhouse/engine';
import { checkLiteral, guardedLookup } from '../outbound/guard.ts';
import { readTarget, type TargetPolicy, TargetRefused } from '../outbound/target.ts';
import type { Vault } from '../vault.ts';
import { Attempts } from './attempts.ts';
import type { Exchange } from './exchange.ts';
import { type Health, Lane } from './lane.ts';

/** A page of 1,000 rows is about 100 KB; an answer that does not end is not read on. */
const answerBytesMax = 16 * 1024 * 1024;

/** Codes that say that the token is refused, not the request: expired, revoked, without permission, of another number. */
const isTokenRefused = (code: unknown, subcode: unknown) =>
  code === 190 ||
  code === 102 ||
  code === 10 ||
  (Number(code) >= 200 && Number(code) < 300) ||
  (code === 100 && subcode === 33);

/** Where Meta keeps media (Meta, "Media"). */
const mediaHosts = /(?:^|\.)(?:fbsbx\.com|fbcdn\.net|whatsapp\.net)$/;

/** How long a call may take. */
export interface Patience {
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  readonly retries?: number;
}

/** The platforms of `cloud` numbers: opens what is sealed, keeps a lane for each number, and speaks to it through our own SDK. */
export class Upstreams {
  readonly #vault: Vault;
  readonly #policy: TargetPolicy;
  readonly #rate: RateLimit | null;
  readonly #clock: Clock;
  readonly #times: { readonly timeoutMs: number; readonly deadlineMs: number };
  readonly #lanes = new Map<string, Lane>();

  constructor(options: {
    vault: Vault;
    policy: TargetPolicy;
    rate: RateLimit | null;
    clock: Clock;
    timeoutMs: number;
    deadlineMs: number;
  }) {
    this.#vault = options.vault;
    this.#policy = options.policy;
    this.#rate = options.rate;
    this.#clock = options.clock;
    this.#times = { timeoutMs: options.timeoutMs, deadlineMs: options.deadlineMs };
  }

  /** A client for one call about the blocklist of a number. @param attempts learns what is known of its tries. */
  client(number: NumberRecord, attempts: Attempts = new Attempts()): BlockUsersClient {
    return this.clientAt(number.id, this.#targetOf(number), attempts);
  }

  /** The same for a target that no number has yet: is the token good? */
  clientAt(
    numberId: string,
    { baseUrl, version, token }: UpstreamTarget,
    attempts = new Attempts(),
  ): BlockUsersClient {
    return new BlockUsersClient({
      phoneNumberId: numberId,
      baseUrl,
      version,
      token,
      ...this.#times,
      fetch: (input, init) => this.#fetch(this.lane(numberId), new URL(String(input)), init ?? {}, attempts),
    });
  }

  /** Whether the platform definitely refuses this target's token, and in what words; null: it does not, or cannot be asked. */
  async refusal(numberId: string, target: UpstreamTarget): Promise<string | null> {
    try {
      await this.clientAt(numberId, target).list({ limit: 1 }, { retries: 0 });
      return null;
    } catch (error) {
      const { message } = (error as { body?: { error?: { message?: unknown } } }).body?.error ?? {};
      const isDefinite =
        error instanceof AuthenticationError ||
        error instanceof PermissionError ||
        error instanceof NotFoundError;
      if (isDefinite) return String(message ?? error.message);
      if (error instanceof BlockhouseError) return null;
      throw error;
    }
  }

  /** Passes a request on as it is, with the number's token; `path` is what comes behind the base URL. */
  async pass(
    number: NumberRecord,
    path: string,
    request: Omit<Exchange, 'url' | 'onReached'>,
    onReached: () => void,
  ): Promise<IncomingMessage> {
    const { baseUrl } = this.#targetOf(number);
    return await this.#sendAs(number, new URL(baseUrl.replace(/\/+$/, '') + path), request, onReached);
  }

  /**
   * Gets what the platform has named as the address of a medium: it asks for the token, and may be one of Meta's only.
   * @throws TargetRefused
   */
  async download(
    number: NumberRecord,
    address: string,
    request: Omit<Exchange, 'url' | 'onReached' | 'method' | 'body'>,
  ): Promise<IncomingMessage> {
    const url = readTarget(address);
    const isMetas = url.protocol === 'https:' && mediaHosts.test(url.hostname);
    if (!isMetas && url.host !== new URL(this.#targetOf(number).baseUrl).host)
      throw new TargetRefused(`${url.host} is not where media of Meta are kept`);
    return await this.#sendAs(number, url, { ...request, method: 'GET', body: null }, () => {});
  }

  /** The secrets of a number's platform, opened. */
  secretsOf(number: NumberRecord): Pick<UpstreamTarget, 'appSecret' | 'verifyToken'> {
    return this.#targetOf(number);
  }

  health(numberId: string): Health {
    return this.lane(numberId).health;
  }

  lane(numberId: string): Lane {
    let lane = this.#lanes.get(numberId);
    if (lane === undefined) {
      lane = new Lane({ lookup: guardedLookup(this.#policy), rate: this.#rate, clock: this.#clock });
      this.#lanes.set(numberId, lane);
    }
    return lane;
  }

  /** The number is gone. */
  forget(numberId: string): void {
    this.#lanes.get(numberId)?.close();
    this.#lanes.delete(numberId);
  }

  close(): void {
    for (const lane of this.#lanes.values()) lane.close();
  }

  async #sendAs(
    number: NumberRecord,
    url: URL,
    request: Omit<Exchange, 'url' | 'onReached'>,
    onReached: () => void,
  ): Promise<IncomingMessage> {
    checkLiteral(url, this.#policy);
    const headers = { ...request.headers, authorization: `Bearer ${this.#targetOf(number).token}` };
    return await this.lane(number.id).send({ ...request, url, headers, onReached });
  }

  #targetOf(number: NumberRecord): UpstreamTarget {
    if (number.upstream === null) throw new Error(`number ${number.id} has no upstream`);
    return this.#vault.openUpstream(number, number.upstream);
  }

  async #fetch(lane: Lane, url: URL, init: RequestInit, attempts: Attempts): Promise<Response> {
    const signal = init.signal ?? new AbortController().signal;
    checkLiteral(url, this.#policy);
    await lane.turn(signal);
    let reached = false;
    let isAnswered = false;
    try {
      const response = await lane.send({
        url,
        method: init.method ?? 'GET',
        headers: { 'user-agent': 'Blockhouse', ...(init.headers as Record<string, string>) },
        body: typeof init.body === 'string' ? init.body : null,
        signal,
        onReached() {
          reached = true;
        },
      });
      const text = await readText(response);
      const answer = graphAnswer(text);
      isAnswered = answer !== null;
      const retryAfter = Number(response.headers['retry-after']);
      if (response.statusCode === 429 && retryAfter > 0) lane.pause(retryAfter * 1000);
      if (answer !== null) lane.noteAnswer(answer.refusal);
      return responseOf(response, text);
    } finally {
      if (reached) attempts.note(isAnswered);
    }
  }
}

/** What the API itself has said, or null when the text is not its own: a proxy's page, half an answer, nothing. */
function graphAnswer(text: string): { readonly refusal: string | null } | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null) return null;
    const { error } = body as { error?: { code?: unknown; error_subcode?: unknown; message?: unknown } };
    const isRefused = error !== undefined && isTokenRefused(error?.code, error?.error_subcode);
    return { refusal: isRefused ? `it refuses the token: ${String(error?.message)}` : null };
  } catch {
    return null;
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > answerBytesMax) throw new Error('the answer does not end');
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the answer broke off');
  return Buffer.concat(chunks).toString('utf8');
}

function responseOf({ statusCode = 0, headers }: IncomingMessage, text: string): Response {
  if (statusCode < 200 || statusCode > 599) throw new Error(`it answered with status ${statusCode}`);
  const named = ['content-type', 'retry-after', 'date'].flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const hasBody = ![204, 205, 304].includes(statusCode);
  return new Response(hasBody ? text : null, { status: statusCode, headers: named });
}
