import type { MatchNotice } from '@blockhouse/engine';
import { isPlaceholder } from '../users/names.ts';
import { asciiJson } from '../webhooks/render.ts';

/** The body of the webhook that reports a match to the business, in the shape of Meta's webhooks. */
export function renderNotice({ number, rule, match, atMs }: MatchNotice): string {
  const value = {
    metadata: { display_phone_number: String(number.waId), phone_number_id: number.id },
    rule: { id: rule.id, name: rule.name, mode: rule.mode },
    effect: match.effect,
    wa_id: isPlaceholder(match.waId) ? null : String(match.waId),
    message_id: match.messageId,
    timestamp: String(Math.floor(atMs / 1000)),
  };
  return asciiJson({
    object: 'blockhouse',
    entry: [{ id: number.wabaId, changes: [{ field: 'blockhouse.rule_matched', value }] }],
  });
}
