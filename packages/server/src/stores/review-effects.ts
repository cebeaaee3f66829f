import type { ReviewDecision, ReviewItem } from '@blockhouse/engine';

/** The effect of each decision. A flagged message has passed already, and a held one that is approved is released. */
export function effectsOf({ kind }: ReviewItem): Readonly<Record<ReviewDecision, ReviewDecision>> {
  return kind === 'flagged'
    ? { release: 'approve', discard: 'approve', approve: 'approve' }
    : { release: 'release', discard: 'discard', approve: kind === 'held' ? 'release' : 'discard' };
}
