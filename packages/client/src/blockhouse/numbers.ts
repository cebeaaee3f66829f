import { type RequestOptions, withoutRetries } from '../transport/options.ts';
import type { PlatformProblem } from '../wire/index.ts';
import type { Api } from './api.ts';
import { hasTexts, isDone, isObject } from './responses.ts';

/** A business phone number of a Blockhouse server. All times are ISO 8601. */
export interface NumberInfo {
  /** The `phone_number_id`. */
  readonly id: string;
  readonly displayPhoneNumber: string;
  readonly verifiedName: string;
  readonly wabaId: string;
  readonly portfolioId: string;
  /** The platform that enforces the number's blocklist: this server, or Meta. */
  readonly platform: 'local' | 'cloud';
  /** The connection of a `cloud` number to Meta, without its secrets; null for a `local` number. */
  readonly upstream: {
    readonly baseUrl: string;
    /** The version of the Graph API in the path; null means no version. */
    readonly version: string | null;
    readonly appSecretSet: boolean;
    readonly verifyTokenSet: boolean;
    readonly health: {
      /** `limited` means that Meta answers but asks for fewer requests. */
      readonly state: 'unknown' | 'ok' | 'limited' | 'failing';
      readonly lastOkAt: string | null;
      /** Meta's message, if it sent one. */
      readonly problem: string | null;
      readonly problemKind: PlatformProblem | null;
      /** The person who has to act, and the action. */
      readonly advice: string | null;
      /** The time until which Meta asks for no requests. */
      readonly pausedUntil: string | null;
      readonly problemAt: string | null;
      readonly lastWebhookAt: string | null;
    };
  } | null;
  /** The receiver of the number's webhooks, without its secrets; null if the number has none. */
  readonly webhook: {
    readonly url: string;
    /** The outcome of the last delivery. */
    readonly health: {
      readonly state: 'unknown' | 'ok' | 'failing';
      readonly lastAttemptAt: string | null;
      readonly problem: string | null;
    };
  } | null;
  readonly createdAt: string;
}

/** The apps that receive the webhooks of a number's account at Meta. */
export interface Subscription {
  readonly subscribed: boolean;
  readonly apps: readonly { readonly id: string; readonly name: string | null }[];
}

/**
 * The connection of a `cloud` number to Meta. A setting that is left out keeps its value, or gets the
 * default.
 */
export interface UpstreamChanges {
  /** The address of the Graph API; `https://graph.facebook.com` by default. */
  readonly baseUrl?: string;
  /** The version of the Graph API; null means no version in the path. */
  readonly version?: string | null;
  /** The access token that opens the number at Meta. */
  readonly token?: string;
  /** The secret of the app that signs Meta's webhooks. */
  readonly appSecret?: string | null;
  /** Whether requests carry a proof of the app secret; true by default. */
  readonly sendAppsecretProof?: boolean;
  /** The token that Meta sends in the handshake of `/webhooks/meta`. */
  readonly verifyToken?: string | null;
}

/** The settings of a number that can be changed. A setting that is left out keeps its value. */
export interface NumberChanges {
  readonly displayPhoneNumber?: string;
  readonly verifiedName?: string;
  readonly wabaId?: string;
  readonly portfolioId?: string;
  readonly upstream?: UpstreamChanges;
  /** The receiver of webhooks; null removes it. */
  readonly webhook?: {
    readonly url?: string;
    readonly appSecret?: string;
    readonly verifyToken?: string;
  } | null;
}

/** The settings of a number to be created. A setting that is left out gets a default. */
export interface NewNumber {
  /** The `phone_number_id`; a new one by default. A `cloud` number needs its ID at Meta. */
  readonly id?: string;
  /** The phone number with its country calling code, such as `+1 555 078 3881`. */
  readonly displayPhoneNumber: string;
  readonly verifiedName?: string;
  readonly wabaId?: string;
  readonly portfolioId?: string;
  readonly webhook?: { readonly url: string; readonly appSecret: string; readonly verifyToken: string };
  /** `local` by default. A `cloud` number also needs `id` and `upstream`. */
  readonly platform?: 'local' | 'cloud';
  readonly upstream?: UpstreamChanges;
}

/** The messages of one hour. */
export interface HourOfTraffic {
  /** The begin of the hour, ISO 8601. */
  readonly hour: string;
  readonly admitted: number;
  readonly dropped: number;
  /** Held for review by auto-block rules; those that were released since count here. */
  readonly held: number;
}

/** The business phone numbers of the server. */
export class Numbers {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Gets the numbers that the key opens. */
  list(options: RequestOptions = {}): Promise<readonly NumberInfo[]> {
    return this.#api.list('/blockhouse/v1/numbers', {}, options);
  }

  /** Gets one number. @throws NotFoundError when it does not exist or the key does not open it. */
  async get(id: string, options: RequestOptions = {}): Promise<NumberInfo> {
    const call = { method: 'GET', path: pathOf(id) } as const;
    return (await this.#api.request(call, options, hasTexts('id'))) as NumberInfo;
  }

  /** Adds a number. The call is not retried, because a retry could add a second number. */
  async create(number: NewNumber, options: RequestOptions = {}): Promise<NumberInfo> {
    const call = { method: 'POST', path: '/blockhouse/v1/numbers', body: number } as const;
    return (await this.#api.request(call, withoutRetries(options), hasTexts('id'))) as NumberInfo;
  }

  /** Changes settings of a number, such as its token or the receiver of its webhooks. */
  async update(id: string, changes: NumberChanges, options: RequestOptions = {}): Promise<NumberInfo> {
    const call = { method: 'PATCH', path: pathOf(id), body: changes } as const;
    return (await this.#api.request(call, options, hasTexts('id'))) as NumberInfo;
  }

  /** Deletes a number with its blocklist, windows, and activity. */
  async delete(id: string, options: RequestOptions = {}): Promise<void> {
    await this.#api.delete(pathOf(id), options);
  }

  /** Finds out whether Meta sends webhooks for a number at Meta, and to which apps. */
  async subscription(id: string, options: RequestOptions = {}): Promise<Subscription> {
    const call = { method: 'GET', path: `${pathOf(id)}/subscription` } as const;
    return (await this.#api.request(call, options, isObject)) as Subscription;
  }

  /** Subscribes the app of a number's token to the webhooks of its account at Meta. */
  async subscribe(id: string, options: RequestOptions = {}): Promise<void> {
    const call = { method: 'POST', path: `${pathOf(id)}/subscription`, body: {} } as const;
    await this.#api.request(call, options, isDone);
  }

  /**
   * Gets the admitted and dropped messages of each hour from `from` to `to` (ISO 8601); of the last day by
   * default.
   */
  traffic(
    id: string,
    range: { readonly from?: string; readonly to?: string } = {},
    options: RequestOptions = {},
  ): Promise<readonly HourOfTraffic[]> {
    return this.#api.list(`${pathOf(id)}/traffic`, range, options);
  }
}

function pathOf(id: string): string {
  return `/blockhouse/v1/numbers/${encodeURIComponent(id)}`;
}
