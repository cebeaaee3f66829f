import { hourMs, type RuleSet, type RuleTerms } from '@blockhouse/engine';
import { replayRule } from '../../../auto-block/replay.ts';
import type { Services } from '../../../services.ts';
import { invalid } from '../../shared/errors.ts';

/** The messages on which a rule is tried before it is turned on: of a day, and so many at most. */
const triedMs = 24 * hourMs;
const triedMax = 5_000;

/** The share of known users among those whom a rule would match, from which on turning it on needs a confirmation. */
const knownShareMax = 0.05;

/**
 * Tries rules that are to be turned on with the messages of the last day, as far as messages are kept.
 * @throws RequestError (409) if a rule would block or hold many users who are known to the business.
 */
export async function requireConfirmation(
  { messageArchive, store, clock }: Services,
  set: RuleSet,
  rules: readonly RuleTerms[],
): Promise<void> {
  const risky = rules.filter(({ mode, action }) => mode === 'enforce' && action.type !== 'flag');
  if (risky.length === 0 || messageArchive.retentionMs === null) return;
  const sinceMs = clock() - triedMs;
  const messages = await messageArchive.latest(await store.numbers(), { sinceMs, max: triedMax });
  for (const terms of risky) {
    const { users, knownUsers } = await replayRule(terms, messages, { set, store });
    if (knownUsers.length === 0 || knownUsers.length / users.length < knownShareMax) continue;
    throw invalid(
      `Rule "${terms.name}" would have matched ${users.length} users in the messages of the last day, and ` +
        `${knownUsers.length} of them are known to you. Look at it with a replay, or send confirm: true to turn it on.`,
      409,
    );
  }
}
