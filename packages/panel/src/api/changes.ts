import type { BulkResult } from '@blockhouse/client';
import type { QueryClient } from '@tanstack/react-query';
import { textFor } from '../i18n/messages.ts';

/** The reason for which a user was refused. */
interface Refused {
  readonly reason: string;
  readonly explanation: string;
}

/** Why a user was not blocked, for people. */
export function refusalWords({ reason, explanation }: Refused): string {
  return textFor('refusals', reason) ?? explanation;
}

/** Why a user was not unblocked, for people. */
export function unblockRefusalWords(refusal: Refused): string {
  return textFor('unblockRefusals', refusal.reason) ?? refusalWords(refusal);
}

/**
 * The result of a change that nobody was refused in.
 * @param inWords why a user was refused; blocking when left out.
 * @throws Error with the words of the first refusal.
 */
export function unrefused(
  result: BulkResult,
  inWords: (refusal: Refused) => string = refusalWords,
): BulkResult {
  const [refusal] = result.refused;
  if (refusal !== undefined) throw new Error(inWords(refusal));
  return result;
}

/** Keys of everything that shows blocks, but for the lists, which may have many pages. */
export const others = ['counts', 'rules', 'reviews', 'activity', 'check', 'phone', 'webhooks', 'numbers'];
export const lists = ['blocked', 'standing'];

/** Everything that is shown of blocks is read again. */
export function readAgain(queries: QueryClient): Promise<void> {
  return invalidate(queries, [...lists, ...others]);
}

/** Reads again whatever has one of these keys. */
export async function invalidate(queries: QueryClient, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] })));
}
