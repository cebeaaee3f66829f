import type { Limits } from './options.ts';

/**
 * The options of a client for requests to one server. Limits apply to each call that does not set its own.
 */
export interface TransportOptions extends Limits {
  /** The access token of Meta, or a key of Blockhouse. */
  readonly token: string;
  /**
   * The address of the API: `https://graph.facebook.com` by default, or the address of a Blockhouse server.
   */
  readonly baseUrl?: string;
  /** Another `fetch` function; the global one by default. */
  readonly fetch?: typeof fetch;
  /**
   * A function that returns a number from 0 to 1, for the jitter between attempts; `Math.random` by default.
   */
  readonly random?: () => number;
  /** The program that Blockhouse records as the source of a change; `api` by default. */
  readonly source?: 'api' | 'cli' | 'panel';
}

/** The server of a client, and how to reach it. */
export interface Transport {
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly random: () => number;
  readonly source?: 'api' | 'cli' | 'panel';
  readonly limits: Limits;
}

const metaUrl = 'https://graph.facebook.com';

/**
 * @throws TypeError when the token or the address is missing or invalid. The message never contains the
 * token.
 */
export function createTransport(options: TransportOptions): Transport {
  return {
    baseUrl: readBaseUrl(options).replace(/\/+$/, ''),
    token: readToken(options.token),
    // Bound, because browsers refuse a fetch that is called on another object.
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    random: options.random ?? Math.random,
    ...(options.source !== undefined && { source: options.source }),
    limits: options,
  };
}

function readToken(token: unknown): string {
  if (typeof token !== 'string' || token === '') {
    const got = token === '' ? 'an empty string' : String(token === null ? null : typeof token);
    throw new TypeError(
      `token must be an access token or key, got ${got}. If it comes from an environment variable, set that variable.`,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new TypeError(
      'token must consist of visible ASCII characters without spaces. Copy the whole token, without line breaks.',
    );
  }
  return token;
}

/**
 * Meta is the default only if `baseUrl` is left out: an undefined one could send a key of Blockhouse to Meta.
 */
function readBaseUrl(options: TransportOptions): string {
  const baseUrl: unknown = 'baseUrl' in options ? options.baseUrl : metaUrl;
  const url = typeof baseUrl === 'string' && URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (typeof baseUrl !== 'string' || url === null || !/^https?:$/.test(url.protocol)) {
    // It may contain a password.
    const got =
      typeof baseUrl !== 'string' ? String(baseUrl) : /@/.test(baseUrl) ? 'another' : `"${baseUrl}"`;
    throw new TypeError(
      `baseUrl must be an http(s) address such as https://blockhouse.example.com, got ${got}. Leave it out for Meta.`,
    );
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('baseUrl must be an http(s) address without user, query, and fragment.');
  }
  return baseUrl;
}
