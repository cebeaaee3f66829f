import { type BlockedUser, type BlockUsersClient, ListChangedError, type Page } from '@blockhouse/client';
import { decodeCursor, type NumberRecord, pageMax } from '@blockhouse/engine';
import type { Patience, Upstreams } from '../upstream/upstreams.ts';

/** Lists that are kept to be looked at again: of so many numbers, the latest. */
const listsKept = 32;

/** A list that changes faster than it can be read is given up. */
const restartsMax = 20;

/** A whole blocklist as its platform had it at one moment. */
export interface LiveList {
  readonly rows: readonly BlockedUser[];
  /** Everybody on it, by each of their names: `wa_id` and business-scoped user ID. */
  readonly names: ReadonlySet<string>;
}

interface Kept extends LiveList {
  /** Differs from that of any other moment at which the list was another one; null: the platform gives nothing to go by. */
  readonly mark: string | null;
}

/**
 * Reads whole lists from the platforms of `cloud` numbers. What was read is used again only when the platform has just said
 * that nothing has changed since: Meta's cursors hold the version of the list, so one row is enough to know.
 */
export class LiveLists {
  readonly #upstreams: Upstreams;
  readonly #kept = new Map<string, Kept>();

  constructor(upstreams: Upstreams) {
    this.#upstreams = upstreams;
  }

  /** The list as it is now. @throws BlockhouseError when it cannot be read. */
  async read(number: NumberRecord, patience: Patience = {}): Promise<LiveList> {
    const client = this.#upstreams.client(number);
    const kept = this.#kept.get(number.id);
    // Of a short list, the first page is the whole of it.
    if (kept !== undefined && kept.mark !== null && kept.rows.length > pageMax) {
      const first = await client.list({ limit: 1 }, patience);
      if (markOf(first) === kept.mark) return kept;
    }
    const list = await readWhole(client, patience);
    this.#kept.delete(number.id);
    this.#kept.set(number.id, list);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > listsKept && oldest !== undefined) this.#kept.delete(oldest);
    return list;
  }

  forget(numberId: string): void {
    this.#kept.delete(numberId);
  }
}

async function readWhole(client: BlockUsersClient, patience: Patience): Promise<Kept> {
  for (let restarts = 0; ; restarts++) {
    try {
      const rows: BlockedUser[] = [];
      let mark: string | null = null;
      for await (const page of client.pages({ limit: pageMax }, patience)) {
        if (rows.length === 0) mark = markOf(page);
        rows.push(...page.users);
      }
      const names = new Set(
        rows.flatMap(({ waId, userId }) => [waId, userId].filter((name) => name !== null)),
      );
      return { rows, names, mark };
    } catch (error) {
      if (!(error instanceof ListChangedError) || restarts >= restartsMax) throw error;
    }
  }
}

function markOf({ cursors, users: [first] }: Page): string | null {
  const cursor = cursors === null ? null : decodeCursor(cursors.before);
  return cursor === null ? null : `${cursor.version} ${first?.waId} ${first?.userId}`;
}
