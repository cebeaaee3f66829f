import { NotFoundError } from '../errors.ts';
import type { ApiRequest } from '../transport/api-request.ts';
import { Attempts } from '../transport/attempts.ts';
import type { Limits, RequestOptions } from '../transport/options.ts';
import { request } from '../transport/request.ts';
import type { Transport } from '../transport/transport.ts';
import type { ListPage } from './lists.ts';
import { isDone, isList, isObject } from './responses.ts';

/** A request of Blockhouse's own API. */
export type OwnRequest = Omit<ApiRequest, 'isSuccess'>;

/**
 * Requests of Blockhouse's own API. The names of fields are camelCase in the SDK, and snake_case on the wire.
 */
export class Api {
  readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Sends a request. @returns the body of the response, which is an object. */
  async request(
    { body, ...call }: OwnRequest,
    options: RequestOptions,
    isSuccess = isObject,
  ): Promise<unknown> {
    const sent = { ...call, isSuccess, ...(body !== undefined && { body: renamed(body, snakeCase) }) };
    return renamed(await request(this.transport, sent, options), camelCase);
  }

  /** Sends and gets a document whose fields have the names of the API, as files have them. */
  async document(
    { body, ...call }: OwnRequest,
    options: RequestOptions,
    isSuccess = isObject,
  ): Promise<unknown> {
    const sent = { ...call, isSuccess, ...(body !== undefined && { body }) };
    return await request(this.transport, sent, options);
  }

  /** Gets a short list, which has no pages. */
  async list<Row>(path: string, query: object, options: RequestOptions): Promise<readonly Row[]> {
    const call = { method: 'GET', path, query: parametersOf(query) } as const;
    const { data } = (await this.request(call, options, isList)) as { data: readonly Row[] };
    return data;
  }

  /** Gets one page of a list. */
  async page<Row>(
    path: string,
    query: object,
    options: RequestOptions,
    limits: Limits = {},
  ): Promise<ListPage<Row>> {
    const call = { method: 'GET', path, query: parametersOf(query), limits } as const;
    const { data, total, paging } = (await this.request(call, options, isList)) as {
      data: readonly Row[];
      total?: number;
      paging: { after?: string };
    };
    return { rows: data, total: total ?? null, after: paging.after ?? null };
  }

  /** Iterates over the rows of all pages of a list. */
  async *rows<Row>(
    path: string,
    query: object,
    options: RequestOptions,
    limits: Limits = {},
  ): AsyncGenerator<Row, void> {
    for (let after: string | null | undefined; after !== null; ) {
      const page: ListPage<Row> = await this.page(path, { ...query, limit: 1000, after }, options, limits);
      yield* page.rows;
      after = page.after;
    }
  }

  /** Gets a text of a type other than JSON. */
  async text(path: string, accept: string, options: RequestOptions, limits: Limits = {}): Promise<string> {
    const isSuccess = (body: unknown, status: number) => status === 200 && typeof body === 'string';
    const call = { method: 'GET', path, accept, isSuccess, limits } as const;
    return (await request(this.transport, call, options)) as string;
  }

  /**
   * Deletes an object. If an earlier attempt got no response, it may have deleted the object already. Then
   * the next attempt does not find the object, and the call succeeds.
   */
  async delete(path: string, options: RequestOptions): Promise<void> {
    const attempts = new Attempts();
    try {
      await this.request({ method: 'DELETE', path, attempts }, options, isDone);
    } catch (error) {
      if (!(error instanceof NotFoundError && attempts.mayBeApplied)) throw error;
    }
  }
}

/** The fields of a query that have a value. */
function parametersOf(query: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  );
}

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The same value with the names of all fields renamed. */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((element) => renamed(element, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [rename(name), renamed(inner, rename)]),
  );
}
