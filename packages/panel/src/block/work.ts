import {
  AmbiguousOutcome,
  type BulkBlockRequest,
  type ChangedUser,
  type Refusal,
  type User,
  type UserAtNumber,
} from '@blockhouse/client';
import { blockhouse, wordsOf } from '../api/server.ts';
import { newName } from '../ui/new-name.ts';

/** What is known of a block: everybody is in exactly one of the lists. */
export interface Known {
  readonly blocked: readonly ChangedUser[];
  readonly standing: readonly ChangedUser[];
  readonly refused: readonly (Refusal & { readonly number?: string })[];
  readonly unknown: readonly User[];
  readonly remaining: readonly User[];
  /** Why it was interrupted; null: it is done. */
  readonly problem: string | null;
}

/** A block that can be gone on with: asked again under its name, the server answers what it has done, and does what is left. */
export class BlockWork {
  readonly request: BulkBlockRequest;
  readonly #name = newName();
  /** What an earlier attempt has made known: one that comes to nothing makes nobody forget it. */
  #known: Known | null = null;

  constructor(request: BulkBlockRequest) {
    this.request = request;
  }

  /** Works, or goes on. @throws what went wrong before anything was known. */
  async run(onProgress: (progress: { done: number; total: number }) => void): Promise<Known> {
    try {
      const { changed, standing, refused } = await blockhouse.block(this.request, {
        idempotencyKey: this.#name,
        onProgress,
      });
      this.#known = { blocked: changed, standing, refused, unknown: [], remaining: [], problem: null };
    } catch (error) {
      this.#known = this.#after(error);
    }
    return this.#known;
  }

  #after(error: unknown): Known {
    const before = this.#known;
    if (!(error instanceof AmbiguousOutcome)) {
      if (before === null) throw error;
      return { ...before, problem: wordsOf(error) };
    }
    const { changed, standing, refused, unknown, remaining } = error;
    const problem = error.cause instanceof Error ? wordsOf(error.cause) : wordsOf(error);
    const settled = changed.length + standing.length + refused.length;
    const settledBefore =
      before === null ? -1 : before.blocked.length + before.standing.length + before.refused.length;
    if (before !== null && settled < settledBefore) return { ...before, problem };
    return {
      blocked: changed,
      standing,
      refused: refused as readonly UserRefusal[],
      unknown: unknown.map(({ user }) => user),
      remaining: remaining.map(({ user }) => user),
      problem,
    };
  }
}

type UserRefusal = Refusal & UserAtNumber;
