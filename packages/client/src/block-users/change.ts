import { AmbiguousOutcome, type UnfinishedUser, unfinished } from '../ambiguous.ts';
import { BlockhouseError } from '../errors.ts';
import type { ChangedUser, Refusal } from '../outcomes.ts';
import { Attempts } from '../transport/attempts.ts';
import type { RequestOptions } from '../transport/options.ts';
import { request } from '../transport/request.ts';
import { toWire, type User } from '../user.ts';
import type { BlockUsersRequest } from '../wire/index.ts';
import type { Blocklist } from './blocklist.ts';
import { type ChangeOutcome, isChangeResponse, readChangeResponse } from './change-response.ts';

/** The progress of a call that takes several requests, as counts of users. */
export interface Progress {
  /** Users who were blocked or unblocked. */
  readonly done: number;
  readonly refused: number;
  /** All users of the call. */
  readonly total: number;
}

/** The options of a call that blocks or unblocks. */
export interface ChangeOptions extends RequestOptions {
  /** Called after each request. An error that it throws ends the call, which rejects with it. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Called with the known outcome of each user when the call fails, right before it rejects. Use it to get
   * the known results of a call that rejects with your own error: the reason of `signal`, or an error from
   * `onProgress`.
   */
  readonly onUnfinished?: (known: AmbiguousOutcome) => void;
}

/** The result of blocking users. Each user is in exactly one list, in the order of the call. */
export interface BlockResult {
  readonly blocked: readonly ChangedUser[];
  readonly refused: readonly Refusal[];
}

/** The result of unblocking users. Each user is in exactly one list, in the order of the call. */
export interface UnblockResult {
  readonly unblocked: readonly ChangedUser[];
  readonly refused: readonly Refusal[];
}

/**
 * Blocks (`POST`) or unblocks (`DELETE`) any number of users, up to `batchSize` of them in each request.
 * @throws AmbiguousOutcome when the call fails after some users may have been changed.
 */
export async function changeUsers(
  blocklist: Blocklist,
  method: 'POST' | 'DELETE',
  users: readonly User[],
  options: ChangeOptions,
): Promise<Omit<ChangeOutcome, 'unknown'>> {
  const { batchSize } = blocklist;
  const { signal, stop, onProgress, onUnfinished } = options;
  const changed: ChangedUser[] = [];
  const refused: Refusal[] = [];
  const unknown: UnfinishedUser[] = [];
  const unfinishedIn = (from: number, to?: number) =>
    users.slice(from, to).map((user) => unfinished(user, blocklist.phoneNumberId));
  /** The known outcome if the call ends before it tries the users from `next` on. */
  const endBefore = (next: number, cause?: unknown) => {
    const known = new AmbiguousOutcome({ changed, refused, unknown, remaining: unfinishedIn(next) }, cause);
    onUnfinished?.(known);
    return known;
  };
  for (let start = 0; start < users.length; start += batchSize) {
    if (start > 0 && stop?.aborted) throw endBefore(start, stop.reason);
    const end = Math.min(start + batchSize, users.length);
    const attempts = new Attempts();
    try {
      const outcome = await changeBatch(blocklist, method, users.slice(start, end), { ...options, attempts });
      changed.push(...outcome.changed);
      refused.push(...outcome.refused);
      unknown.push(...outcome.unknown.map((user) => unfinished(user, blocklist.phoneNumberId)));
    } catch (error) {
      if (attempts.mayBeApplied) unknown.push(...unfinishedIn(start, end));
      const known = endBefore(attempts.mayBeApplied ? end : start, error);
      const isUntouched = start === 0 && !attempts.mayBeApplied;
      const isFromCaller = signal?.aborted || !(error instanceof BlockhouseError);
      throw isUntouched || isFromCaller ? error : known;
    }
    try {
      onProgress?.({ done: changed.length, refused: refused.length, total: users.length });
    } catch (error) {
      endBefore(end, error);
      throw error;
    }
  }
  if (unknown.length > 0) throw endBefore(users.length);
  return { changed, refused };
}

async function changeBatch(
  { transport, path }: Blocklist,
  method: 'POST' | 'DELETE',
  batch: readonly User[],
  { attempts, ...options }: RequestOptions & { readonly attempts: Attempts },
): Promise<ChangeOutcome> {
  const body: BlockUsersRequest = { messaging_product: 'whatsapp', block_users: batch.map(toWire) };
  const call = { method, path, body, attempts, isSuccess: isChangeResponse };
  const response = await request(transport, call, options);
  return readChangeResponse(batch, response, method === 'POST' ? 'added_users' : 'removed_users');
}
