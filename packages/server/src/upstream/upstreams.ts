import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
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
import { type Health, Lane, type Standing } from './lane.ts';
import { removeToken, withoutToken } from './without-token.ts';

/** A page of 1,000 rows is about 100 KB; an answer that does not end is not read on. */
const answerBytesMax = 16 * 1024 * 1024;

/** Where Meta keeps media (Meta, "Media"). */
const mediaHosts = /(?:^|\.)(?:fbsbx\.com|fbcdn\.net|whatsapp\.net)$/;

/** A path that would lead elsewhere than it says: out of its number, or out of the platform. */
export class PathNotPlain extends Error {
  override readonly name = 'PathNotPlain';
}

/** What is passed on: everything but where it goes. */
export type Passing = Omit<Exchange, 'url'>;

/** What came back: the body as it comes, without the token in it. */
export interface Passed {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** The platforms of `cloud` numbers: opens what is sealed, keeps a lane for each number, and speaks to it through our own SDK. */
export class Upstreams {
  readonly #vault: Vault;
  readonly #policy: TargetPolicy;
  readonly #rate: RateLimit | null;
  readonly #clock: Clock;
  readonly #times: { readonly timeoutMs: number; readonly deadlineMs: number };
  readonly #lanes = new Map<string, Lane>();
  #isClosed = false;

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
  client(number: NumberRecord, attempts = new Attempts()): BlockUsersClient {
    return this.#clientAt(number.id, this.#targetOf(number), { lane: this.lane(number.id), attempts });
  }

  /**
   * Whether the platform definitely refuses this number or token, and in what words; null: it does not, or cannot be asked. What
   * is known of the number stays as it is.
   */
  async refusal(numberId: string, target: UpstreamTarget): Promise<string | null> {
    const lane = this.#newLane();
    try {
      const client = this.#clientAt(numberId, target, { lane, attempts: new Attempts() });
      await client.list({ limit: 1 }, { retries: 0 });
      return null;
    } catch (error) {
      if (!(error instanceof BlockhouseError)) throw error;
      const isDefinite = [AuthenticationError, PermissionError, NotFoundError].some(
        (Kind) => error instanceof Kind,
      );
      const said = (error.body as { error?: { message?: unknown } } | undefined)?.error?.message;
      return isDefinite ? String(said ?? error.message) : null;
    } finally {
      lane.close();
    }
  }

  /**
   * Passes a request on as it is, with the number's token; `path` is what comes behind the base URL.
   * @throws PathNotPlain
   */
  async pass(number: NumberRecord, path: string, request: Passing): Promise<Passed> {
    const address = this.#targetOf(number).baseUrl + path;
    const url = new URL(address);
    // What a URL makes shorter would be another object's path.
    if (url.origin + url.pathname !== address.split('?', 1)[0] || url.pathname.includes('//'))
      throw new PathNotPlain('the path is not written plainly');
    return await this.#sendAs(number, url, request);
  }

  /**
   * Gets what the platform has named as the address of a medium: it asks for the token, and may be one of Meta's only.
   * @throws TargetRefused
   */
  async download(
    number: NumberRecord,
    address: string,
    request: Omit<Passing, 'method' | 'body'>,
  ): Promise<Passed> {
    const url = readTarget(address);
    const isMetas = url.protocol === 'https:' && mediaHosts.test(url.hostname);
    if (!isMetas && url.origin !== new URL(this.#targetOf(number).baseUrl).origin)
      throw new TargetRefused(`${url.host} is not where media of Meta are kept`);
    return await this.#sendAs(number, url, { ...request, method: 'GET', body: null });
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
      lane = this.#newLane();
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
    this.#isClosed = true;
    for (const lane of this.#lanes.values()) lane.close();
  }

  #newLane(): Lane {
    const lane = new Lane({ lookup: guardedLookup(this.#policy), rate: this.#rate, clock: this.#clock });
    if (this.#isClosed) lane.close();
    return lane;
  }

  #targetOf(number: NumberRecord): UpstreamTarget {
    if (number.upstream === null) throw new Error(`number ${number.id} has no upstream`);
    return this.#vault.openUpstream(number, number.upstream);
  }

  #clientAt(
    numberId: string,
    { baseUrl, version, token }: UpstreamTarget,
    by: { readonly lane: Lane; readonly attempts: Attempts },
  ): BlockUsersClient {
    return new BlockUsersClient({
      phoneNumberId: numberId,
      baseUrl,
      version,
      token,
      ...this.#times,
      fetch: (input, init) => this.#fetch(new URL(String(input)), init ?? {}, { ...by, token }),
    });
  }

  async #sendAs(number: NumberRecord, url: URL, request: Passing): Promise<Passed> {
    checkLiteral(url, this.#policy);
    const { token } = this.#targetOf(number);
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    const lane = this.lane(number.id);
    const response = await lane.send({ ...request, url, headers }, true);
    lane.note(standingByStatus(response.statusCode ?? 0));
    const { statusCode: status = 502, headers: answered } = response;
    if (!/^(?:text\/|application\/(?:json|javascript|xml))/.test(answered['content-type'] ?? ''))
      return { status, headers: answered, body: response };
    const { 'content-length': _, ...others } = answered;
    const body = pipeline(response, removeToken(token), () => {});
    return { status, headers: others, body };
  }

  async #fetch(
    url: URL,
    init: RequestInit,
    { lane, attempts, token }: { lane: Lane; attempts: Attempts; token: string },
  ): Promise<Response> {
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
      const text = withoutToken(await readText(response), token);
      const standing = standingOf(text, response.statusCode ?? 0);
      isAnswered = standing !== null;
      const retryAfter = Number(response.headers['retry-after']);
      if (response.statusCode === 429 && retryAfter > 0) lane.pause(retryAfter * 1000);
      if (standing !== null) lane.note(standing);
      return responseOf(response, text);
    } finally {
      if (reached) attempts.note(isAnswered);
    }
  }
}

/** What the status of an answer that is not read says. */
function standingByStatus(status: number): Standing {
  if (status === 401) return { kind: 'refusal', text: 'it refuses the token: status 401' };
  return { kind: status < 300 ? 'well' : 'fault' };
}

/** What the API itself has said, or null when the text is not its own: a proxy's page, half an answer, nothing. */
function standingOf(text: string, status: number): Standing | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== 'object' || body === null) return null;
  const {
    error,
    block_users: users,
    data,
  } = body as {
    error?: { code?: unknown; error_subcode?: unknown; message?: unknown } | null;
    block_users?: unknown;
    data?: unknown;
  };
  // A proxy speaks JSON as well.
  if (typeof error?.code !== 'number' && users === undefined && data === undefined) return null;
  if (isRefusal(error?.code, error?.error_subcode))
    return { kind: 'refusal', text: `it refuses the number or its token: ${String(error?.message)}` };
  return { kind: status >= 500 ? 'fault' : 'well' };
}

/** Codes that are about who asks, or for which number: expired, revoked, without permission, not there. */
function isRefusal(code: unknown, subcode: unknown): boolean {
  const isPermission = typeof code === 'number' && code >= 200 && code < 300;
  return code === 190 || code === 102 || code === 10 || isPermission || (code === 100 && subcode === 33);
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
