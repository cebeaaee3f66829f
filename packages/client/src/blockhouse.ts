import { has, isDone, isList, isObject, type OwnRequest } from './answers.ts';
import {
  createTransport,
  type RequestOptions,
  request,
  type Transport,
  type TransportOptions,
} from './request.ts';
import { Sandbox } from './sandbox.ts';

/** A business phone number of a Blockhouse server. */
export interface NumberInfo {
  /** The `phone_number_id`. */
  readonly id: string;
  readonly displayPhoneNumber: string;
  readonly verifiedName: string;
  readonly wabaId: string;
  readonly portfolioId: string;
  /** Who enforces the number's blocklist. */
  readonly platform: 'local' | 'cloud';
  /** Where webhooks go; secrets are never shown. */
  readonly webhook: { readonly url: string } | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** A number to be added; what is left out gets a default. */
export interface NewNumber {
  readonly id?: string;
  /** As people write it, such as `+1 555 078 3881`. */
  readonly displayPhoneNumber: string;
  readonly verifiedName?: string;
  readonly wabaId?: string;
  readonly portfolioId?: string;
  readonly webhook?: { readonly url: string; readonly appSecret: string; readonly verifyToken: string };
}

/** What a key may do: `app` Meta's dialect, `agent` the panel's work besides, `admin` everything. */
export type Role = 'admin' | 'agent' | 'app';

/** A key, without its token. */
export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** `phone_number_id`s, or `["*"]`. */
  readonly numbers: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

export interface NewKey {
  readonly name: string;
  readonly role: Role;
  /** `["*"]`: all. */
  readonly numbers: readonly string[];
  /** ISO 8601; left out: never. */
  readonly expiresAt?: string;
}

/** What Blockhouse has and Meta has not. Against Meta, every call ends with a {@link NotFoundError}. */
export class Blockhouse {
  /** Users to write as, the clock, and faults to order; exists only where the sandbox is on. */
  readonly sandbox: Sandbox;
  readonly #transport: Transport;

  constructor(options: TransportOptions) {
    this.#transport = createTransport(options);
    this.sandbox = new Sandbox((...given) => this.#request(...given));
  }

  /** The numbers that the key opens. */
  async numbers(options: RequestOptions = {}): Promise<readonly NumberInfo[]> {
    return this.#list({ method: 'GET', path: '/blockhouse/v1/numbers' }, options);
  }

  /** Adds a number. Not repeated by itself. */
  async addNumber(number: NewNumber, options: RequestOptions = {}): Promise<NumberInfo> {
    const call = { method: 'POST', path: '/blockhouse/v1/numbers', body: number } as const;
    return (await this.#request(call, { retries: 0, ...options }, has('id'))) as NumberInfo;
  }

  /** Removes a number with its blocklist, windows and activity. */
  async removeNumber(id: string, options: RequestOptions = {}): Promise<void> {
    const call = { method: 'DELETE', path: `/blockhouse/v1/numbers/${encodeURIComponent(id)}` } as const;
    await this.#request(call, options, isDone);
  }

  /** All keys, without their tokens. */
  async keys(options: RequestOptions = {}): Promise<readonly KeyInfo[]> {
    return this.#list({ method: 'GET', path: '/blockhouse/v1/keys' }, options);
  }

  /** Makes a key; `key` is its token, seen this once. Not repeated by itself. */
  async createKey(key: NewKey, options: RequestOptions = {}): Promise<KeyInfo & { readonly key: string }> {
    const call = { method: 'POST', path: '/blockhouse/v1/keys', body: key } as const;
    const created = await this.#request(call, { retries: 0, ...options }, has('id', 'key'));
    return created as KeyInfo & { key: string };
  }

  /** Revokes a key, at once. */
  async revokeKey(id: string, options: RequestOptions = {}): Promise<void> {
    const call = { method: 'DELETE', path: `/blockhouse/v1/keys/${encodeURIComponent(id)}` } as const;
    await this.#request(call, options, isDone);
  }

  async #list<Row>(call: OwnRequest, options: RequestOptions): Promise<readonly Row[]> {
    const { data } = (await this.#request(call, options, isList)) as { data: readonly Row[] };
    return data;
  }

  async #request(
    { body, ...call }: OwnRequest,
    options: RequestOptions,
    isAnswer = isObject,
  ): Promise<unknown> {
    const sent = { ...call, isAnswer, ...(body !== undefined && { body: renamed(body, snakeCase) }) };
    return renamed(await request(this.#transport, sent, options), camelCase);
  }
}

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The same value with the names of all fields changed: the wire has snake case. */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((element) => renamed(element, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [rename(name), renamed(inner, rename)]),
  );
}
