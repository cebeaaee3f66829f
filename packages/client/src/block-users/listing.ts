import { ListChangedError, UnexpectedResponseError } from '../errors.ts';
import type { RequestOptions } from '../transport/options.ts';
import { request } from '../transport/request.ts';
import type { Blocklist } from './blocklist.ts';
import { type BlockedUser, isListResponse, type Page, type PageOptions, readPage } from './pages.ts';

/** The options of a call that reads the whole blocklist. */
export interface ListAllOptions extends RequestOptions {
  /** The number of rows of each request; 1,000 by default. */
  readonly limit?: number;
  /**
   * The reaction if the list changes while it is read (139102): `throw` a {@link ListChangedError} (the
   * default), or `restart` from the beginning and skip the users that you already have.
   */
  readonly onConflict?: 'throw' | 'restart';
}

/** The rows of a page if the caller does not say otherwise. */
const pageSize = 1000;

/** A list that changes faster than it can be read is given up after so many restarts. */
const restartsMax = 20;

/** Reads one page. @throws ListChangedError when the list has changed since the cursor was made. */
export async function readOnePage(
  { transport, path }: Blocklist,
  page: PageOptions,
  options: RequestOptions,
): Promise<Page> {
  const { limit, after, before } = page;
  const query = {
    ...(limit !== undefined && { limit: String(limit) }),
    ...(after !== undefined && { after }),
    ...(after === undefined && before !== undefined && { before }),
  };
  const call = { method: 'GET', path, query, isSuccess: isListResponse } as const;
  return readPage(await request(transport, call, options), page);
}

/** Reads the pages from `after`, or from the beginning, to the end. */
export async function* readForward(
  blocklist: Blocklist,
  { limit = pageSize, after: first }: Omit<PageOptions, 'before'>,
  options: RequestOptions,
): AsyncGenerator<Page, void> {
  let after = first;
  while (true) {
    const page = await readOnePage(blocklist, { limit, ...(after !== undefined && { after }) }, options);
    if (page.users.length > 0) yield page;
    if (!page.mayHaveNext || page.cursors === null) return;
    if (page.cursors.after === after) {
      throw new UnexpectedResponseError(`GET ${blocklist.path}: the list does not continue after its cursor`);
    }
    after = page.cursors.after;
  }
}

/** Reads the pages from `before` back to the beginning. */
export async function* readBackward(
  blocklist: Blocklist,
  { limit = pageSize, before: first }: Omit<PageOptions, 'after'> & { readonly before: string },
  options: RequestOptions,
): AsyncGenerator<Page, void> {
  let before = first;
  while (true) {
    const page = await readOnePage(blocklist, { limit, before }, options);
    if (page.users.length > 0) yield page;
    if (!page.hasPrevious || page.cursors === null || page.cursors.before === before) return;
    before = page.cursors.before;
  }
}

/** Reads every blocked user once. */
export async function* readAll(
  blocklist: Blocklist,
  { limit = pageSize, onConflict = 'throw', ...options }: ListAllOptions,
): AsyncGenerator<BlockedUser, void> {
  const seen = new Set<string>();
  for (let restarts = 0; ; restarts++) {
    try {
      for await (const page of readForward(blocklist, { limit }, options)) {
        for (const user of page) {
          const name = `${user.waId} ${user.userId}`;
          if (seen.has(name)) continue;
          seen.add(name);
          yield user;
        }
      }
      return;
    } catch (error) {
      const mayRestart = onConflict === 'restart' && restarts < restartsMax;
      if (!(error instanceof ListChangedError && mayRestart)) throw error;
    }
  }
}
