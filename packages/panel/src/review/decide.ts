import type { Review, ReviewDecision } from '@blockhouse/client';
import { refusalWords } from '../api/changes.ts';
import { blockhouse } from '../api/server.ts';
import { textOf } from '../block/user-text.ts';
import { t } from '../i18n/messages.ts';
import { notify, notifyFailure } from '../ui/notify.ts';

/** Messages of one request. */
const atOnce = 1000;

const doneTexts = {
  release: 'review.released',
  discard: 'review.discarded',
  approve: 'review.approved',
} as const;

/**
 * Decides on messages, and says what came of it. Messages that somebody else has decided meanwhile are counted apart.
 * A flagged message has passed already: it is neither delivered nor discarded, and only counts as seen.
 * @throws an error whose outcome may be unknown; the list shows what is left.
 */
export async function decide(
  number: string,
  reviews: readonly Review[],
  decision: ReviewDecision,
): Promise<void> {
  const { flagged = [], others = [] } = Object.groupBy(reviews, ({ kind }) =>
    kind === 'flagged' ? 'flagged' : 'others',
  );
  await decideAll(number, others, decision);
  await decideAll(number, flagged, 'approve');
}

async function decideAll(
  number: string,
  reviews: readonly Review[],
  decision: ReviewDecision,
): Promise<void> {
  let decided = 0;
  let gone = 0;
  try {
    for (let start = 0; start < reviews.length; start += atOnce) {
      const ids = reviews.slice(start, start + atOnce).map(({ id }) => id);
      const result = await blockhouse.reviews.decide(number, ids, decision);
      decided += result.decided.length;
      gone += result.gone.length;
    }
  } finally {
    if (decided > 0) notify(t(doneTexts[decision], { count: decided }));
    if (gone > 0) notify(t('review.gone', { count: gone }));
  }
}

/** Blocks the senders of messages, and discards the messages of those who are blocked, or will be. */
export async function blockSenders(number: string, reviews: readonly Review[]): Promise<void> {
  const refused = new Set<string>();
  let blocked = 0;
  let waiting = 0;
  const groups = Map.groupBy(reviews, ({ rule }) => rule.name);
  for (const [note, group] of groups) {
    const result = await blockhouse.block({
      users: [...new Set(group.map(({ waId }) => waId))],
      numbers: [number],
      whenClosed: 'standing',
      ...(note !== null && { note }),
    });
    blocked += result.changed.length;
    waiting += result.standing.length;
    for (const { user } of result.refused) refused.add(textOf(user));
    for (const words of new Set(result.refused.map(refusalWords))) notifyFailure(new Error(words));
  }
  if (blocked > 0) notify(t('review.blocked', { count: blocked }));
  if (waiting > 0) notify(t('review.willBeBlocked', { count: waiting }));
  const rest = reviews.filter(({ waId }) => !refused.has(waId));
  if (rest.length > 0) await decide(number, rest, 'discard');
}
