import type { BulkResult } from '@blockhouse/client';
import type { QueryClient } from '@tanstack/react-query';
import { t } from '../messages.ts';

/** Why a user was refused, for people. */
export function refusalWords({
  reason,
  explanation,
}: {
  readonly reason: string;
  readonly explanation: string;
}): string {
  return t.refusals[reason] ?? explanation;
}

/** The result of a change that nobody was refused in; @throws Error with the words of the first refusal. */
export function unrefused(result: BulkResult): BulkResult {
  const [refusal] = result.refused;
  if (refusal !== undefined) throw new Error(refusalWords(refusal));
  return result;
}

/** Everything that is shown of blocks is read again. */
export function readAgain(queries: QueryClient): Promise<void> {
  const keys = ['blocked', 'standing', 'counts', 'activity', 'check', 'phone', 'webhooks', 'numbers'];
  return Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] }))).then(() => {});
}
