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
  readonly #name = newName();
  readonly #request: BulkBlockRequest;

  constructor(request: BulkBlockRequest) {
    this.#request = request;
  }

  /** Works, or goes on. */
  async run(onProgress: (progress: { done: number; total: number }) => void): Promise<Known> {
    try {
      const { changed, standing, refused } = await blockhouse.block(this.#request, {
        idempotencyKey: this.#name,
        onProgress,
      });
      return { blocked: changed, standing, refused, unknown: [], remaining: [], problem: null };
    } catch (error) {
      if (!(error instanceof AmbiguousOutcome)) throw error;
      const { changed, standing, refused, unknown, remaining } = error;
      const cause = error.cause instanceof Error ? wordsOf(error.cause) : '';
      return {
        blocked: changed,
        standing,
        refused: refused as readonly UserRefusal[],
        unknown,
        remaining,
        problem: cause,
      };
    }
  }
}

type UserRefusal = Refusal & UserAtNumber;
