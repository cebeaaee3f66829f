/** Where links of a platform's answers lead instead. */
export interface Links {
  /** Addresses that begin like this are the platform's. */
  readonly from: string;
  /** The address of this server that stands in its place. */
  readonly to: string;
  /** The caller's own key, where the request carried it in its query: links then carry it, too. */
  readonly accessToken: string | null;
  /** Names the address of this server for a file that the platform keeps elsewhere; null: the address stays. */
  readonly fileLink: (url: URL) => string | null;
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
  return json.replace(addressLiteral, (literal) => {
    const address = addressIn(literal);
    const link = address === null ? null : linkFor(address, links);
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

function linkFor(address: string, { from, to, accessToken, fileLink }: Links): string | null {
  const url = URL.parse(address);
  if (url === null) return null;
  if (!address.startsWith(`${from}/`)) return fileLink(url);
  for (const name of ofTheToken) url.searchParams.delete(name);
  if (accessToken !== null) url.searchParams.set('access_token', accessToken);
  return to + url.href.slice(new URL(from).href.replace(/\/$/, '').length);
}
