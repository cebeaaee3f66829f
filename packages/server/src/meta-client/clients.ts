import {
  AuthenticationError,
  BlockhouseError,
  BlockUsersClient,
  NotFoundError,
  PermissionError,
} from '@blockhouse/client';
import { isAboutProof } from '@blockhouse/client/wire';
import {
  type Clock,
  type NumberRecord,
  nameLengthMax,
  type RateLimit,
  type UpstreamTarget,
} from '@blockhouse/engine';
import type { Vault } from '../auth/secret-vault.ts';
import type { HttpRequest, HttpResponse } from '../outbound/http-client.ts';
import { guardedLookup } from '../outbound/ssrf-guard.ts';
import { readTarget, type TargetPolicy, TargetRefused } from '../outbound/target-policy.ts';
import { Attempts } from './attempts.ts';
import { MetaChannel } from './channel.ts';
import { type AnswerCount, type Log, PlatformRequests, type Sender } from './platform-requests.ts';

/** Where Meta keeps media (Meta, "Media"). */
const mediaHosts = /(?:^|\.)(?:fbsbx\.com|fbcdn\.net|whatsapp\.net)$/;

/** A path that would lead elsewhere than it says: out of its number, or out of the platform. */
export class AmbiguousPath extends Error {
  override readonly name = 'AmbiguousPath';
}

/** A request to pass on: everything but its destination. */
export type PassThroughRequest = Omit<HttpRequest, 'url'>;

/** The platform's statement about a number and a token. */
export interface TargetCheck {
  /** The words in which it definitely refuses them; null: it does not, or could not be asked. */
  readonly refusal: string | null;
  /** It has answered as it should. */
  readonly isAnswered: boolean;
  /** The name of the number; null: the platform did not say. */
  readonly verifiedName: string | null;
}

/**
 * The platforms of `cloud` numbers: decrypts their secrets, keeps a channel for each number, and talks to it through
 * our own SDK.
 */
export class MetaClients {
  readonly #vault: Vault;
  readonly #policy: TargetPolicy;
  readonly #rate: RateLimit | null;
  readonly #clock: Clock;
  readonly #times: { readonly timeoutMs: number; readonly deadlineMs: number };
  readonly #requests: PlatformRequests;
  readonly #channels = new Map<string, MetaChannel>();
  #isClosed = false;

  constructor(options: {
    vault: Vault;
    policy: TargetPolicy;
    rate: RateLimit | null;
    clock: Clock;
    log: Log;
    onAnswer: (answer: AnswerCount) => void;
    timeoutMs: number;
    deadlineMs: number;
  }) {
    this.#vault = options.vault;
    this.#policy = options.policy;
    this.#rate = options.rate;
    this.#clock = options.clock;
    this.#requests = new PlatformRequests(options);
    this.#times = { timeoutMs: options.timeoutMs, deadlineMs: options.deadlineMs };
  }

  /**
   * A client for one call about the blocklist of a number.
   * @param by.attempts learns what is known of its attempts.
   * @param by.version the version that the caller has named, instead of the configured one; null: it has named none.
   */
  client(
    number: NumberRecord,
    { attempts = new Attempts(), version }: { attempts?: Attempts; version?: string | null | undefined } = {},
  ): BlockUsersClient {
    const target = this.#targetOf(number);
    const asked = version === undefined ? target : { ...target, version };
    return this.#clientFor({ ...this.#senderOf(number), target: asked }, attempts);
  }

  /**
   * Asks the platform about a number and a token that are not in use yet. The known state of the number stays as it
   * is.
   */
  async check(numberId: string, target: UpstreamTarget): Promise<TargetCheck> {
    const channel = this.#newChannel();
    const sender = { numberId, target, channel };
    try {
      await this.#clientFor(sender, new Attempts()).list({ limit: 1 }, { retries: 0 });
      const verifiedName = await this.#verifiedName(sender);
      return { refusal: null, isAnswered: true, verifiedName };
    } catch (error) {
      if (!(error instanceof BlockhouseError)) throw error;
      const said = String(
        (error.body as { error?: { message?: unknown } } | undefined)?.error?.message ?? '',
      );
      const isDefinite =
        isAboutProof(said) ||
        [AuthenticationError, PermissionError, NotFoundError].some((Kind) => error instanceof Kind);
      const refusal = isDefinite ? said || error.message : null;
      return { refusal, isAnswered: false, verifiedName: null };
    } finally {
      channel.close();
    }
  }

  /**
   * Passes a request on as it is, with the number's token; `path` is what comes behind the base URL.
   * @returns the response without the token in it.
   * @throws AmbiguousPath
   */
  async pass(number: NumberRecord, path: string, request: PassThroughRequest): Promise<HttpResponse> {
    const address = this.#targetOf(number).baseUrl + path;
    const url = new URL(address);
    // A path that a URL would shorten belongs to another object.
    if (url.origin + url.pathname !== address.split('?', 1)[0] || url.pathname.includes('//'))
      throw new AmbiguousPath('the path has a segment "." or "..", or an empty one');
    return await this.#requests.passThrough(url, request, this.#senderOf(number));
  }

  /**
   * Downloads a media file from the address that the platform has named. The request carries the token, so the
   * address must be one of Meta's.
   * @throws TargetRefused
   */
  async download(
    number: NumberRecord,
    address: string,
    request: Omit<PassThroughRequest, 'body'>,
  ): Promise<HttpResponse> {
    const url = readTarget(address);
    if (!this.keepsFiles(number, url))
      throw new TargetRefused(`${url.host} is not where media of Meta are kept`);
    return await this.#requests.passThrough(url, { ...request, body: null }, this.#senderOf(number));
  }

  /** Whether the platform of a number keeps files at an address, which then asks for the token. */
  keepsFiles(number: NumberRecord, url: URL): boolean {
    const isMetas = url.protocol === 'https:' && mediaHosts.test(url.hostname);
    return isMetas || url.origin === new URL(this.#targetOf(number).baseUrl).origin;
  }

  /** Where the platform of a number is, without a slash at the end. */
  baseUrlOf(number: NumberRecord): string {
    return this.#targetOf(number).baseUrl;
  }

  /** The secrets of a number's platform, opened. */
  secretsOf(number: NumberRecord): Pick<UpstreamTarget, 'appSecret' | 'verifyToken'> {
    return this.#targetOf(number);
  }

  health(numberId: string): MetaChannel['health'] {
    return this.channel(numberId).health;
  }

  channel(numberId: string): MetaChannel {
    let channel = this.#channels.get(numberId);
    if (channel === undefined) {
      channel = this.#newChannel();
      this.#channels.set(numberId, channel);
    }
    return channel;
  }

  /** The number is gone. */
  forget(numberId: string): void {
    this.#channels.get(numberId)?.close();
    this.#channels.delete(numberId);
  }

  close(): void {
    this.#isClosed = true;
    for (const channel of this.#channels.values()) channel.close();
  }

  #newChannel(): MetaChannel {
    const channel = new MetaChannel({
      lookup: guardedLookup(this.#policy),
      rate: this.#rate,
      clock: this.#clock,
    });
    if (this.#isClosed) channel.close();
    return channel;
  }

  #targetOf(number: NumberRecord): UpstreamTarget {
    if (number.upstream === null) throw new Error(`number ${number.id} has no upstream`);
    return this.#vault.decryptUpstream(number, number.upstream);
  }

  #senderOf(number: NumberRecord): Sender {
    return { numberId: number.id, target: this.#targetOf(number), channel: this.channel(number.id) };
  }

  #clientFor(sender: Sender, attempts: Attempts): BlockUsersClient {
    const { baseUrl, version, token } = sender.target;
    return new BlockUsersClient({
      phoneNumberId: sender.numberId,
      baseUrl,
      version,
      token,
      ...this.#times,
      fetch: (input, init) => this.#requests.fetch(new URL(String(input)), init ?? {}, sender, attempts),
    });
  }

  /** The platform's name of a number; null: it does not say. */
  async #verifiedName(sender: Sender): Promise<string | null> {
    const { numberId, target } = sender;
    const version = target.version === null ? '' : `/${target.version}`;
    const url = new URL(`${target.baseUrl}${version}/${numberId}?fields=verified_name`);
    const headers = { authorization: `Bearer ${target.token}` };
    const signal = AbortSignal.timeout(this.#times.timeoutMs);
    try {
      const response = await this.#requests.fetch(url, { headers, signal }, sender, new Attempts());
      const { verified_name: name } = (await response.json()) as { readonly verified_name?: unknown };
      return typeof name === 'string' && name !== '' ? name.slice(0, nameLengthMax) : null;
    } catch {
      return null;
    }
  }
}
