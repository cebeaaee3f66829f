/** A blocked user, as the list shows them. */
export interface BlockedUser {
  /** Null if the user hides their phone number. */
  readonly waId: string | null;
  /** The business-scoped user ID; null if the server does not send one. */
  readonly userId: string | null;
}

/** The position and size of a page. */
export interface PageOptions {
  /** The highest number of rows. The server may return fewer. */
  readonly limit?: number;
  /** The cursor after which the page begins. It takes precedence over `before`. */
  readonly after?: string;
  /** The cursor before which the page ends. */
  readonly before?: string;
}

/** One page of the blocklist, oldest block first. Iterating over a page yields its users. */
export class Page {
  readonly users: readonly BlockedUser[];
  /** The positions before the first and after the last row; null on an empty page. */
  readonly cursors: { readonly before: string; readonly after: string } | null;
  /**
   * Whether another page follows. If the server does not say, as in Meta's documented sample, a full page
   * counts as followed by another.
   */
  readonly hasNext: boolean;
  /** The same for the page before this one. */
  readonly hasPrevious: boolean;
  /** Whether another page is possible. If the server does not say, only an empty page proves the end. */
  readonly mayHaveNext: boolean;
  /** The whole response, including fields that the SDK does not read. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(options: {
    users: readonly BlockedUser[];
    cursors: Page['cursors'];
    hasNext: boolean;
    hasPrevious: boolean;
    mayHaveNext: boolean;
    body: Readonly<Record<string, unknown>>;
  }) {
    this.body = options.body;
    this.users = options.users;
    this.cursors = options.cursors;
    this.hasNext = options.hasNext;
    this.hasPrevious = options.hasPrevious;
    this.mayHaveNext = options.mayHaveNext;
  }

  [Symbol.iterator](): Iterator<BlockedUser> {
    return this.users[Symbol.iterator]();
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether a body is the response to a list. */
export function isListResponse(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Array.isArray((body as Fields)['data']);
}

/**
 * Reads a page. Meta's documented sample ("Block users") has cursors but no `next`, and a page may be shorter
 * than its limit. So if a server sends neither `next` nor `previous`, every page but an empty one may be
 * followed by another.
 */
export function readPage(body: unknown, { limit, after, before }: PageOptions): Page {
  const { data, paging: given } = body as { data: unknown[]; paging?: Fields | null };
  const paging = given ?? undefined;
  const users = data.map(readRow);
  const cursors = readCursors(paging?.['cursors']);
  const [next, previous] = [paging?.['next'] ?? null, paging?.['previous'] ?? null];
  const hasLinks = paging !== undefined && ('next' in paging || 'previous' in paging);
  const mayGoOn = cursors !== null && !hasLinks && limit !== undefined && users.length >= limit;
  const isBackward = before !== undefined && after === undefined;
  return new Page({
    users,
    cursors,
    hasNext: next !== null || (mayGoOn && !isBackward),
    mayHaveNext: next !== null || (cursors !== null && !hasLinks && users.length > 0),
    hasPrevious: previous !== null || (mayGoOn && isBackward),
    body: body as Fields,
  });
}

function readRow(row: unknown): BlockedUser {
  const fields = (typeof row === 'object' && row !== null ? row : {}) as Fields;
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : null);
  return { waId: text('wa_id') ?? text('user'), userId: text('user_id') };
}

function readCursors(value: unknown): Page['cursors'] {
  const { before, after } = (typeof value === 'object' && value !== null ? value : {}) as Fields;
  return typeof before === 'string' && typeof after === 'string' ? { before, after } : null;
}
