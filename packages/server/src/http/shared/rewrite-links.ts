import { withoutParameters, withParameter } from '../../shared/query-text.ts';

/** How links in a platform's answers are rewritten. */
export interface Links {
  /** The URL prefix of the platform. */
  readonly from: string;
  /** The URL prefix of this server, which replaces it. */
  readonly to: string;
  /** The key of the client if it came in the query. Links then carry it, too. */
  readonly accessToken: string | null;
  /**
   * Returns the URL at this server for the file that the answer names as its `url`; null: the URL stays. Null instead of the
   * function: the answer names no file.
   */
  readonly fileLink: ((url: URL) => string | null) | null;
}

/** Parameters that belong to the platform's token. They would be wrong with the client's key. */
const tokenParameters = ['access_token', 'appsecret_proof'];

/**
 * A string literal of JSON that is a URL. A quote after a backslash does not begin one. Escapes are bounded, since each takes a
 * place on the stack of the regular expression; no URL has as many.
 */
const urlLiteral = /(?<!\\)"https?:[^"\\]*(?:\\.[^"\\]*){0,5000}"/g;

/**
 * Rewrites the links in an answer's JSON, so that a client can follow them with its own key. Every other byte stays as it is.
 */
export function rewriteLinks(json: string, links: Links): string {
  const file = links.fileLink === null ? null : fileIn(json);
  return json.replace(urlLiteral, (literal) => {
    const address = urlIn(literal);
    const link = address === null ? null : linkFor(address, file, links);
    if (link === null) return literal;
    const text = JSON.stringify(link);
    return literal.includes('\\/') ? text.replaceAll('/', '\\/') : text;
  });
}

/** The URL in a string literal of JSON; null: it cannot be read. */
function urlIn(literal: string): string | null {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return null;
  }
}

/** The URL of the file that an answer is about (Meta, "Media"); null: it is about none. */
function fileIn(json: string): string | null {
  if (!/"url"/.test(json)) return null;
  try {
    const { url } = (JSON.parse(json) ?? {}) as { readonly url?: unknown };
    return typeof url === 'string' ? url : null;
  } catch {
    return null;
  }
}

function linkFor(
  address: string,
  file: string | null,
  { from, to, accessToken, fileLink }: Links,
): string | null {
  const url = URL.parse(address);
  if (url === null) return null;
  const own = address === file ? (fileLink?.(url) ?? null) : null;
  if (own !== null || !address.startsWith(`${from}/`)) return own;
  const [path = '', query = ''] = address.slice(from.length).split(/\?(.*)/s, 2);
  const rest = withoutParameters(query, tokenParameters);
  const kept = accessToken === null ? rest : withParameter(rest, 'access_token', accessToken);
  return to + path + (kept === '' ? '' : `?${kept}`);
}
