import {
  type Actor,
  batchMax,
  type NumberRecord,
  type Store,
  type Target,
  type WaId,
} from '@blockhouse/engine';
import { PlatformFailure } from './platform.ts';
import type { Platforms } from './platforms.ts';
import { usersOfRule } from './users-of-rule.ts';

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
    let unblocked = 0;
    let failed = 0;
    for (const number of numbers) {
      const candidates = [...(await usersOfRule(this.#store, number.id, { ruleId, sinceMs }))];
      for (let start = 0; start < candidates.length; start += batchMax) {
        const users = await this.#blockedBy(ruleId, number.id, candidates.slice(start, start + batchMax));
        const done = await this.#unblock(number, users, actor);
        unblocked += done;
        failed += users.length - done;
      }
    }
    return { unblocked, failed };
  }

  /** Answers how many were unblocked. A platform that refuses the request as a whole has unblocked nobody. */
  async #unblock(number: NumberRecord, users: readonly WaId[], actor: Actor): Promise<number> {
    if (users.length === 0) return 0;
    try {
      const call = { operation: 'unblock', numberId: number.id, actor } as const;
      const outcomes = await this.#platforms.of(number).change(call, users.map(targetOf));
      return outcomes.filter((outcome) => outcome.done).length;
    } catch (error) {
      if (error instanceof PlatformFailure) return 0;
      throw error;
    }
  }

  async #blockedBy(ruleId: string, numberId: string, users: readonly WaId[]): Promise<readonly WaId[]> {
    const facts = await this.#store.facts(numberId, users);
    return users.filter((waId) => {
      const user = facts.users.get(waId);
      return user?.block?.keyId === ruleId || user?.standing?.cause.keyId === ruleId;
    });
  }
}

function targetOf(waId: WaId): Target {
  return { input: String(waId), ref: { kind: 'user', waId, by: 'phone' } };
}
