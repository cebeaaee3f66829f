import type { Operation } from '@blockhouse/engine';
import type { BulkCounts, BulkResult } from './results.ts';

/** The record of a run, kept for a day: its progress, and how it ended. */
export interface RunRecord {
  readonly id: string;
  readonly operation: Operation;
  /** A hash of the request: the same name must not stand for another one. */
  readonly requestHash: string;
  readonly state: 'running' | 'done' | 'stopped';
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
  readonly total: number;
  readonly done: number;
  readonly counts: BulkCounts;
  /** The chunks that are done, by their positions in the request. */
  readonly chunks: readonly number[];
  /** Until then the run and its results are kept. */
  readonly keptUntilMs: number;
  /** The owner that works on it now; null: none. */
  readonly claim: RunClaim | null;
}

/** The right to work on a run. It lapses when its owner has not renewed it for a while. */
export interface RunClaim {
  readonly process: string;
  readonly owner: string;
  /** The owner's last renewal, in milliseconds since 1970, by the real clock. */
  readonly heartbeatMs: number;
}

/** A run in the store. Versions of the server share a store during an upgrade, so the form stays. */
interface StoredRun {
  readonly id: string;
  readonly operation: Operation;
  readonly request_hash: string;
  readonly state: RunRecord['state'];
  readonly started_at: string;
  readonly updated_at: string;
  readonly total: number;
  readonly done: number;
  readonly counts: BulkCounts;
  readonly chunks: readonly number[];
  readonly kept_until: string;
  readonly claim?: { readonly process: string; readonly owner: string; readonly heartbeat_ms: number } | null;
}

/** A result in the store. */
type StoredResult = Omit<BulkResult, 'numberId' | 'waId' | 'userId'> & {
  readonly number: string;
  readonly wa_id?: string;
  readonly user_id?: string;
};

export function writeRun({
  requestHash,
  startedAtMs,
  updatedAtMs,
  keptUntilMs,
  claim,
  ...run
}: RunRecord): string {
  const stored: StoredRun = {
    ...run,
    request_hash: requestHash,
    started_at: new Date(startedAtMs).toISOString(),
    updated_at: new Date(updatedAtMs).toISOString(),
    kept_until: new Date(keptUntilMs).toISOString(),
    claim: claim && { process: claim.process, owner: claim.owner, heartbeat_ms: claim.heartbeatMs },
  };
  return JSON.stringify(stored);
}

/** The first records of runs had no claim. */
export function readRun(text: string): RunRecord {
  const {
    request_hash: requestHash,
    started_at: startedAt,
    updated_at: updatedAt,
    kept_until: keptUntil,
    claim = null,
    ...run
  } = JSON.parse(text) as StoredRun;
  return {
    ...run,
    requestHash,
    startedAtMs: Date.parse(startedAt),
    updatedAtMs: Date.parse(updatedAt),
    keptUntilMs: Date.parse(keptUntil),
    claim: claim && { process: claim.process, owner: claim.owner, heartbeatMs: claim.heartbeat_ms },
  };
}

export function writeResults(results: readonly BulkResult[]): string {
  const stored = results.map(
    ({ numberId, user, waId, userId, ...outcome }): StoredResult => ({
      number: numberId,
      user,
      ...(waId !== undefined && { wa_id: waId }),
      ...(userId !== undefined && { user_id: userId }),
      ...outcome,
    }),
  );
  return JSON.stringify(stored);
}

export function readResults(text: string): readonly BulkResult[] {
  const stored = JSON.parse(text) as readonly StoredResult[];
  return stored.map(({ number, user, wa_id: waId, user_id: userId, ...outcome }) => ({
    numberId: number,
    user,
    ...(waId !== undefined && { waId }),
    ...(userId !== undefined && { userId }),
    ...outcome,
  }));
}
