import type { RefusalReason } from './outcome.ts';
import type { WaId } from './phone.ts';
import type { Actor, BlockTerms, Operation } from './records.ts';
import type { UserRef } from './user-ref.ts';

/** One element of a request: the user as the caller wrote it, and the user that this text means. */
export interface Target {
  readonly input: string;
  readonly ref: Exclude<UserRef, { kind: 'parent' }>;
  /** Refused whatever the rules say: by an injected fault, or because the text could not be read. */
  readonly injected?: RefusalReason;
  /** Terms of this user alone, in the place of the request's. */
  readonly terms?: BlockTerms;
}

/** A request to change one number's blocklist. */
export interface BlocklistRequest {
  readonly operation: Operation;
  readonly targets: readonly Target[];
  readonly actor: Actor;
  /** The note and the end of the blocks, or of the standing blocks. */
  readonly terms: BlockTerms;
  /** Whether users outside the window are refused or get a standing block. */
  readonly whenClosed: 'refuse' | 'standing';
  readonly atMs: number;
}

/** The users of the targets, as often as they are named. */
export function waIdsOf(targets: readonly Target[]): readonly WaId[] {
  return targets.flatMap(({ ref }) => (ref.kind === 'user' ? [ref.waId] : []));
}
