import {
  type Actor,
  allActivity,
  batchMax,
  type NumberRecord,
  type Store,
  type Target,
  type WaId,
} from '@blockhouse/engine';
import type { Platforms } from './platforms.ts';

/** Activity that is read at a time. */
const entriesAtOnce = 1_000;

/** The outcomes for the users of a rule. */
export interface UndoResult {
  readonly unblocked: number;
  /** Users who could not be unblocked, such as when Meta refuses. */
  readonly failed: number;
}

/** Ends the blocks of auto-block rules. */
export class RuleUndo {
  readonly #store: Store;
  readonly #platforms: Platforms;

  constructor(options: { store: Store; platforms: Platforms }) {
    this.#store = options.store;
    this.#platforms = options.platforms;
  }

  /** Unblocks the users whom a rule has blocked since a time, on these numbers, unless somebody else has blocked them since. */
  async undo(
    ruleId: string,
    { numbers, sinceMs, actor }: { numbers: readonly NumberRecord[]; sinceMs: number; actor: Actor },
  ): Promise<UndoResult> {
    const result = { unblocked: 0, failed: 0 };
    for (const number of numbers) {
      const users = await this.#blockedBy(ruleId, number.id, sinceMs);
      for (let start = 0; start < users.length; start += batchMax) {
        const targets = users.slice(start, start + batchMax).map(targetOf);
        const call = { operation: 'unblock', numberId: number.id, actor } as const;
        const outcomes = await this.#platforms.of(number).change(call, targets);
        const done = outcomes.filter((outcome) => outcome.done).length;
        result.unblocked += done;
        result.failed += outcomes.length - done;
      }
    }
    return result;
  }

  async #blockedBy(ruleId: string, numberId: string, sinceMs: number): Promise<readonly WaId[]> {
    const users = new Set<WaId>();
    const query = { ...allActivity, keyId: ruleId, operation: 'block', fromMs: sinceMs } as const;
    for (let before: { atMs: number; entry: number } | null = null; ; ) {
      const entries = await this.#store.activity(numberId, { ...query, before, count: entriesAtOnce });
      for (const { waId } of entries) if (waId !== null) users.add(waId);
      const last = entries.at(-1);
      if (last === undefined || entries.length < entriesAtOnce) break;
      before = last;
    }
    const facts = await this.#store.facts(numberId, [...users]);
    return [...users].filter((waId) => {
      const user = facts.users.get(waId);
      return user?.block?.keyId === ruleId || user?.standing?.cause.keyId === ruleId;
    });
  }
}

function targetOf(waId: WaId): Target {
  return { input: String(waId), ref: { kind: 'user', waId, by: 'phone' } };
}
