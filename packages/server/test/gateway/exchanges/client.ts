/** One request and what came back, as a client sees it. */
export interface Exchange {
  readonly asked: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes, one character each. */
  readonly body: string;
}

/** How one call is written. */
export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams | FormData;
  /** Where the token stands. */
  readonly tokenIn?: 'header' | 'query' | 'oauth';
  /** Whether it may be made again when the platform is at fault. */
  readonly isRepeatable?: boolean;
}

const triesMax = 4;

/**
 * A client like the SDKs of Graph: it has a base URL and a token, follows the links that it gets, retries when the
 * answer says so, and does not know gateways. It records every exchange.
 */
export class GraphClient {
  readonly exchanges: Exchange[] = [];
  /** The IDs and ETags of earlier answers. */
  readonly found = new Map<string, string>();
  readonly #baseUrl: string;
  readonly #token: string;
  readonly #wait: (ms: number) => void;

  constructor(options: { baseUrl: string; token: string; wait: (ms: number) => void }) {
    this.#baseUrl = options.baseUrl;
    this.#token = options.token;
    this.#wait = options.wait;
  }

  /** @param address a path behind the base URL, or a link of an answer's. */
  async call(address: string, call: Call = {}): Promise<Exchange> {
    for (let tries = 1; ; tries++) {
      const exchange = await this.#once(address, call);
      const waitMs = hintIn(exchange);
      if (waitMs > 0) this.#wait(waitMs);
      const isWorthIt = waitMs > 0 || (call.isRepeatable === true && isFaultOfTheirs(exchange));
      if (!isWorthIt || tries === triesMax) return exchange;
    }
  }

  /** Follows the neighbors of a page. */
  async follow(page: Exchange, name: 'next' | 'previous', call: Call, pagesMax: number): Promise<void> {
    let link = linkIn(page, name);
    for (let pages = 0; link !== undefined && pages < pagesMax; pages++)
      link = linkIn(
        await this.call(link, {
          ...call,
          tokenIn: call.tokenIn === 'query' ? undefined : call.tokenIn,
        } as Call),
        name,
      );
  }

  async #once(
    address: string,
    { method = 'GET', headers = {}, body, tokenIn = 'header' }: Call,
  ): Promise<Exchange> {
    const isLink = /^https?:/.test(address);
    const url = new URL(isLink ? address : this.#baseUrl + address);
    const isInQuery = url.searchParams.has('access_token');
    if (tokenIn === 'query' && !isInQuery)
      url.search += `${url.search === '' ? '?' : '&'}access_token=${encodeURIComponent(this.#token)}`;
    const scheme = tokenIn === 'oauth' ? 'OAuth' : 'Bearer';
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...(tokenIn !== 'query' && { authorization: `${scheme} ${this.#token}` }), ...headers },
      ...(body !== undefined && { body }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const exchange = {
      asked: `${method} ${url.pathname}${url.search}`,
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: bytes.toString('latin1'),
    };
    this.exchanges.push(exchange);
    return exchange;
  }
}

/** The JSON of an answer; null: it is not JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
export function jsonIn({ body }: Exchange): any {
  try {
    return JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
  } catch {
    return null;
  }
}

/** Whether the platform itself is at fault: an answer that is none, or says that it may be repeated. */
export function isFaultOfTheirs(exchange: Exchange): boolean {
  if (exchange.headers['content-type']?.startsWith('text/html')) return true;
  return exchange.status >= 500 || jsonIn(exchange)?.error?.is_transient === true;
}

function linkIn(page: Exchange, name: 'next' | 'previous'): string | undefined {
  return jsonIn(page)?.paging?.[name];
}

/** After how long the platform wants to be asked again, in milliseconds; 0: it does not say. */
export function hintIn({ headers }: Exchange): number {
  const seconds = Number(headers['retry-after'] ?? 0);
  const minutes = /"estimated_time_to_regain_access":(\d+)/.exec(
    headers['x-business-use-case-usage'] ?? '',
  )?.[1];
  return Math.max(seconds * 1000, Number(minutes ?? 0) * 60_000);
}
