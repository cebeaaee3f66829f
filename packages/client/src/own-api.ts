import { isDone, isList, isObject, type OwnRequest } from './answers.ts';
import { Attempts } from './attempts.ts';
import { NotFoundError } from './errors.ts';
import type { ListPage } from './lists.ts';
import { type ApiRequest, type RequestOptions, request, type Transport } from './request.ts';

/** Requests of Blockhouse's own API. Names of fields are camelCase here, and snake_case on the wire. */
export class OwnApi {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** One page of a list. */
  async page<Row>(
    path: string,
    query: object,
    options: RequestOptions,
    defaults: ApiRequest['defaults'] = {},
  ): Promise<ListPage<Row>> {
    const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const call = { method: 'GET', path, query: Object.fromEntries(given), defaults } as const;
    const { data, total, paging } = (await this.request(call, options, isList)) as {
      data: readonly Row[];
      total?: number;
      paging: { after?: string };
    };
    return { rows: data, total: total ?? null, after: paging.after ?? null };
  }

  /** Rows of all pages. */
  async *rows<Row>(
    path: string,
    filter: Readonly<Record<string, string | undefined>>,
    options: RequestOptions,
    defaults: ApiRequest['defaults'] = {},
  ): AsyncGenerator<Row, void> {
    const query = Object.fromEntries(
      Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    for (let after: string | undefined; ; ) {
      const call = {
        method: 'GET',
        path,
        query: { ...query, limit: '1000', ...(after && { after }) },
        defaults,
      } as const;
      const page = (await this.request(call, options, isList)) as {
        data: Row[];
        paging: { after?: string };
      };
      yield* page.data;
      after = page.paging.after;
      if (after === undefined) return;
    }
  }

  /**
   * Removes something. An earlier attempt without an answer may have removed it. The next attempt does not find it,
   * and it is done.
   */
  async remove(path: string, options: RequestOptions): Promise<void> {
    const attempts = new Attempts();
    try {
      await this.request({ method: 'DELETE', path, attempts }, options, isDone);
    } catch (error) {
      if (!(error instanceof NotFoundError && attempts.mayBeApplied)) throw error;
    }
  }

  /** All rows of a short list. */
  async list<Row>(call: OwnRequest, options: RequestOptions): Promise<readonly Row[]> {
    const { data } = (await this.request(call, options, isList)) as { data: readonly Row[] };
    return data;
  }

  /** A request in camelCase, and its answer. */
  async request(
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
