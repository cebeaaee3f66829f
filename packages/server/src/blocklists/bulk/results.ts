import type { RefusalName } from '@blockhouse/client/wire';

/** What became of one user on one number: `refused` and `unknown` are never anything else in disguise. */
export interface BulkResult {
  readonly number: string;
  /** As the caller named them. */
  readonly user: string;
  readonly outcome: 'blocked' | 'unblocked' | 'standing' | 'withdrawn' | 'refused' | 'unknown' | 'not_tried';
  /** Whether it was not so already; of who was neither refused nor unknown. */
  readonly changed?: boolean;
  /** Of who was named by phone. */
  readonly wa_id?: string;
  /** Of who was named by it. */
  readonly user_id?: string;
  readonly code?: number;
  readonly reason?: RefusalName | 'other' | 'failed' | 'unknown';
  readonly message?: string;
  readonly details?: string;
  readonly explanation?: string;
}

/** How many came to what. */
export type BulkCounts = Partial<Record<BulkResult['outcome'], number>>;
