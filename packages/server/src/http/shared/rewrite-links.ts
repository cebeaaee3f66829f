import { withoutParameters, withParameter } from '../../shared/query-text.ts';

/** Where links of a platform's answers lead instead. */
export interface Links {
  /** Addresses that begin like this are the platform's. */
  readonly from: string;
  /** The address of this server that stands in its place. */
  readonly to: string;
  /** The caller's own key, where the request carried it in its query: links then carry it, too. */
  readonly accessToken: string | null;
  /**
   * Names the address of this server for a file that the answer names as its `url`, where the platform keeps it; null: the address
   * stays. Null as a whole: the answer names no file.
   */
  readonly fileLink: ((url: URL) => string | null) | null;
}

/** Parameters that belong to the platform's token, and would be wrong with the caller's key. */
const ofTheToken = ['access_token', 'appsecret_proof'];

/**
 * A literal of JSON that holds an address. A quote behind a backslash begins none. Escapes are bounded, since each takes a place
 * on the stack of the regular expression; no address has as many.
 */
const addressLiteral = /(?<!\\)"https?:[^"\\]*(?:\\.[^"\\]*){0,5000}"/g;

/**
 * Leads the links in an answer's JSON back through this server, so that a client that follows them needs no other address and no
 * other key. Every other byte stays as it came.
 */
export function rewriteLinks(json: string, links: Links): string {
  const file = links.fileLink === null ? null : fileIn(json);
  return json.replace(addressLiteral, (literal) => {
    const address = addressIn(literal);
    const link = address === null ? null : linkFor(address, file, links);
    if (link === null) return literal;
    const text = JSON.stringify(link);
    return literal.includes('\\/') ? text.replaceAll('/', '\\/') : text;
  });
}

/** The address that a literal of JSON holds; null: it cannot be read. */
function addressIn(literal: string): string | null {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return null;
  }
}

/** The address of the file that an answer is about (Meta, "Media"); null: it is about none. */
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
  const rest = withoutParameters(query, ofTheToken);
  const kept = accessToken === null ? rest : withParameter(rest, 'access_token', accessToken);
  return to + path + (kept === '' ? '' : `?${kept}`);
}
