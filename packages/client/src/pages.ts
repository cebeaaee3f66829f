/** A row of the blocklist. */
export interface BlockedUser {
  /** Null when the user hides the phone. */
  readonly waId: string | null;
  /** Null when the server gives none. */
  readonly userId: string | null;
}

/** Where a page begins and ends. */
export interface PageOptions {
  /** Rows on a page; the server may give fewer. */
  readonly limit?: number;
  /** The cursor behind which the page begins. Wins over `before`. */
  readonly after?: string;
  /** The cursor before which the page ends. */
  readonly before?: string;
}

/** One page of the blocklist, oldest block first; iterating over it gives its users. */
export class Page {
  readonly users: readonly BlockedUser[];
  /** Null on an empty page. */
  readonly cursors: { readonly before: string; readonly after: string } | null;
  /** Whether the server says that there is another page, or may have one without saying. */
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
  /** Whether there may be another page although nothing says so: only an empty page behind this one proves the end. */
  readonly mayHaveNext: boolean;
  /** The whole answer as it came, with what this client does not look at. */
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

/** Whether a body is a list. */
export function isListAnswer(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Array.isArray((body as Fields)['data']);
}

/**
 * Reads a page. Meta's documented sample has cursors and no `next`, and a page may be shorter than its limit. If a server names no neighbors at all, any page may be followed by another. An
 * empty page is the end in any case.
 */
export function readPage(body: unknown, { limit, after, before }: PageOptions): Page {
  const { data, paging: given } = body as { data: unknown[]; paging?: Fields | null };
  const paging = given ?? undefined;
  const users = data.map(readRow);
  const cursors = readCursors(paging?.['cursors']);
  const [next, previous] = [paging?.['next'] ?? null, paging?.['previous'] ?? null];
  const saysNeighbours = paging !== undefined && ('next' in paging || 'previous' in paging);
  const mayGoOn = cursors !== null && !saysNeighbours && limit !== undefined && users.length >= limit;
  const isBackward = before !== undefined && after === undefined;
  return new Page({
    users,
    cursors,
    hasNext: next !== null || (mayGoOn && !isBackward),
    mayHaveNext: next !== null || (cursors !== null && !saysNeighbours && users.length > 0),
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
