import { type NumberRecord, nextVersion } from '@blockhouse/engine';

/** Where a number's lists stand: the version and size of the blocklist, and the places that the next rows of each list take. */
export interface ListState {
  readonly version: number;
  readonly size: number;
  readonly end: number;
  readonly activityEnd: number;
  readonly outboxEnd: number;
}

/** The lists of a number that has just been added. */
export function newListState({ createdAtMs, waId }: NumberRecord, outboxEnd = 1): ListState {
  return { version: nextVersion(0, createdAtMs, waId), size: 0, end: 1, activityEnd: 1, outboxEnd };
}
