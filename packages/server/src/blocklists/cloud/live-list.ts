import { type BlockedUser, type BlockUsersClient, ListChangedError, type Page } from '@blockhouse/client';
import { decodeCursor, type NumberRecord, pageMax } from '@blockhouse/engine';
import type { MetaClients } from '../../meta-client/clients.ts';
import { BoundedMap } from '../../shared/bounded-map.ts';
import type { RowNames } from '../../users/directory.ts';

/** Lists that are kept to be looked at again: of so many numbers, the latest. */
const listsKept = 32;

/** A list that changes faster than it can be read is given up. */
const restartsMax = 20;

/** How long the whole of a list may take when nobody says otherwise: 64 pages of 1,000. */
const deadlineMsDefault = 60_000;

/** A whole blocklist as its platform had it at one moment. */
export interface LiveList {
  readonly rows: readonly BlockedUser[];
  /** Everybody on it, by each of their names: `wa_id` and business-scoped user ID. */
  readonly names: ReadonlySet<string>;
  /** Somebody is on it whose phone is hidden. */
  readonly hasHidden: boolean;
}

/** Under what a user is on a list: one of their names, or another spelling of their phone; null: they are not on it. */
export function isListed({ names }: LiveList, { known, variants }: RowNames): 'name' | 'variant' | null {
  if (known.some((name) => names.has(name))) return 'name';
  return variants.some((name) => names.has(name)) ? 'variant' : null;
}

/**
 * Whether not being found proves that a user is not on the list: a row may show another name than the one that is known. In
 * Mexico, Argentina and Brazil a `wa_id` is not always the number that is dialed.
 */
export function wouldBeFound({ hasHidden }: LiveList, { known, hasId }: RowNames): boolean {
  return hasId || (known.length > 0 && !hasHidden && !known.some((name) => /^5[245]/.test(name)));
}

interface Kept extends LiveList {
  /** The version of the list, which differs whenever the list differs; null: the platform gives none. */
  readonly mark: string | null;
}

/**
 * Reads whole lists from the platforms of `cloud` numbers. A list is used again only if the platform has just shown
 * that nothing has changed since. Meta's cursors hold the version of the list, so one row is enough to know.
 */
export class LiveLists {
  readonly #metaClients: MetaClients;
  readonly #kept = new BoundedMap<string, Kept>(listsKept);

  constructor(metaClients: MetaClients) {
    this.#metaClients = metaClients;
  }

  /** The list as it is now. @throws BlockhouseError when it cannot be read in time. */
  async read(number: NumberRecord, deadlineMs = deadlineMsDefault): Promise<LiveList> {
    const endMs = performance.now() + deadlineMs;
    const client = this.#metaClients.client(number);
    const kept = this.#kept.get(number.id);
    // Of a short list, the first page is the whole of it.
    if (kept !== undefined && kept.mark !== null && kept.rows.length > pageMax) {
      const first = await client.list({ limit: 1 }, { deadlineMs });
      if (markOf(first) === kept.mark) return kept;
    }
    const list = await readWhole(client, endMs);
    this.#kept.set(number.id, list);
    return list;
  }

  /** The version of the list; null: the platform gives none. */
  async mark(number: NumberRecord): Promise<string | null> {
    return markOf(await this.#metaClients.client(number).list({ limit: 1 }, { retries: 0 }));
  }

  forget(numberId: string): void {
    this.#kept.delete(numberId);
  }
}

async function readWhole(client: BlockUsersClient, endMs: number): Promise<Kept> {
  for (let restarts = 0; ; restarts++) {
    try {
      const rows: BlockedUser[] = [];
      let mark: string | null = null;
      for (let after: string | undefined; ; ) {
        const deadlineMs = Math.max(1, endMs - performance.now());
        const page: Page = await client.list(
          { limit: pageMax, ...(after !== undefined && { after }) },
          { deadlineMs },
        );
        if (rows.length === 0) mark = markOf(page);
        rows.push(...page.users);
        if (!page.mayHaveNext || page.cursors === null || page.cursors.after === after) break;
        after = page.cursors.after;
      }
      const names = new Set(
        rows.flatMap(({ waId, userId }) => [waId, userId].filter((name) => name !== null)),
      );
      return { rows, names, hasHidden: rows.some(({ waId }) => waId === null), mark };
    } catch (error) {
      if (!(error instanceof ListChangedError) || restarts >= restartsMax) throw error;
    }
  }
}

function markOf({ cursors, users: [first] }: Page): string | null {
  const cursor = cursors === null ? null : decodeCursor(cursors.before);
  return cursor === null ? null : `${cursor.version} ${first?.waId} ${first?.userId}`;
}
