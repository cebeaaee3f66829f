import type { RefusalName } from '@blockhouse/client/wire';

/** The outcome of one user on one number: `refused` and `unknown` are never used for any other outcome. */
export interface BulkResult {
  readonly number: string;
  /** As the caller named them. */
  readonly user: string;
  readonly outcome: 'blocked' | 'unblocked' | 'standing' | 'withdrawn' | 'refused' | 'unknown' | 'not_tried';
  /** Whether the call changed the user's state; absent for refused and unknown users. */
  readonly changed?: boolean;
  /** For users who were named by phone. */
  readonly wa_id?: string;
  /** For users who were named by it. */
  readonly user_id?: string;
  readonly code?: number;
  readonly reason?: RefusalName | 'other' | 'failed' | 'unknown';
  readonly message?: string;
  readonly details?: string;
  readonly explanation?: string;
}

/** How many came to what. */
export type BulkCounts = Partial<Record<BulkResult['outcome'], number>>;
