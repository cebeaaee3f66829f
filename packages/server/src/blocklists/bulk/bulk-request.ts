import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type Actor, type BlockTerms, batchMax, type NumberRecord, type Operation } from '@blockhouse/engine';
import type { BulkResult } from './results.ts';

/** Users of one number with the same terms. */
export interface BulkPart {
  readonly number: NumberRecord;
  readonly users: readonly string[];
  readonly actor: Actor;
  readonly terms: BlockTerms;
  /** The terms of each user, in their order; absent: all users have the same. */
  readonly termsOfEach?: readonly BlockTerms[];
  /** How each of the users was read, in their order; absent: all as the API reads them. */
  readonly readings?: readonly Reading[];
}

/** The name of a user in a call, or the reason why the text is not understood. */
export type Reading = { readonly user: string } | { readonly problem: string };

/** Any count of users on any of the numbers. */
export interface BulkRequest {
  readonly operation: Operation;
  readonly whenClosed: 'refuse' | 'standing';
  readonly parts: readonly BulkPart[];
  /** The time by which the request was read. A repetition uses the time of the run. */
  readonly askedAtMs: number;
}

/** The count of results of a request. */
export function totalOf({ parts }: BulkRequest): number {
  return parts.reduce((sum, { users }) => sum + users.length, 0);
}

/** The parts of a request in chunks that one request to a platform can take. */
export function chunksOf({ parts }: BulkRequest): readonly BulkPart[] {
  return parts.flatMap((part) => {
    const chunks: BulkPart[] = [];
    for (let start = 0; start < part.users.length; start += batchMax)
      chunks.push({
        ...part,
        users: part.users.slice(start, start + batchMax),
        ...(part.termsOfEach && { termsOfEach: part.termsOfEach.slice(start, start + batchMax) }),
        ...(part.readings && { readings: part.readings.slice(start, start + batchMax) }),
      });
    return chunks;
  });
}

/** The queue of a number's chunks. Local numbers share one store, and one queue. */
export function queueOf({ id, upstream }: NumberRecord): string {
  return upstream === null ? 'local' : id;
}

/**
 * The results of all users of a request that ended early. The first open chunk of each queue may have been under way,
 * so its outcome is unknown. The chunks behind it were not tried.
 */
export function leftOf(request: BulkRequest, done: ReadonlySet<number>): readonly BulkResult[] {
  const inHand = new Set<string>();
  return chunksOf(request).flatMap(({ number, users }, index) => {
    if (done.has(index)) return [];
    const queue = queueOf(number);
    const outcome = inHand.has(queue) ? ('not_tried' as const) : ('unknown' as const);
    inHand.add(queue);
    return users.map((user) => ({ numberId: number.id, user, outcome }));
  });
}

/** Values that are hashed before other requests have their turn. */
const hashedPerTurn = 5000;

/** The hash of a request, by which a repetition is recognized. The actor is no part of it: another program may repeat the request. */
export async function hashOf({ operation, whenClosed, parts }: BulkRequest): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([operation, whenClosed]));
  const hashEach = async (values: readonly unknown[]) => {
    for (const [index, value] of values.entries()) {
      hash.update(`${JSON.stringify(value)}\n`);
      if (index % hashedPerTurn === hashedPerTurn - 1) await setImmediate();
    }
  };
  const seen = new Map<readonly string[], number>();
  for (const { number, users, terms, termsOfEach, readings } of parts) {
    const list = seen.get(users) ?? seen.size;
    hash.update(JSON.stringify([number.id, terms, list]));
    // The same users on many numbers are one list, which is hashed once.
    if (!seen.has(users)) await hashEach(users);
    await hashEach(termsOfEach ?? []);
    await hashEach(readings ?? []);
    seen.set(users, list);
  }
  return hash.digest('hex');
}
