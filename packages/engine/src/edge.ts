import type { WaId } from './phone.ts';
import { kindOf } from './rules.ts';
import type { Decision, Facts } from './store.ts';
import { isWindowOpen } from './window.ts';

/** A user's message to the business, as far as the edge looks into it. */
export interface InboundMessage {
  readonly id: string;
  readonly from: WaId;
}

/** What the edge did with each message, by id, in the order they came. */
export interface InboundOutcome {
  readonly admitted: readonly string[];
  readonly dropped: readonly string[];
}

/**
 * The edge: a blocked user's message is dropped without a trace to the business and opens no window; any other is
 * admitted and opens the window from now. The sender's own timestamp does not count: it says when a phone wrote,
 * not when the business could have known.
 */
export function decideInbound(
  facts: Facts,
  messages: readonly InboundMessage[],
  atMs: number,
): Decision<InboundOutcome> {
  const admitted: string[] = [];
  const dropped: string[] = [];
  const admittedUsers = new Set<WaId>();
  const droppedCounts = new Map<WaId, number>();
  for (const { id, from } of messages) {
    if (facts.users.get(from)?.blocked) {
      dropped.push(id);
      droppedCounts.set(from, (droppedCounts.get(from) ?? 0) + 1);
    } else {
      admitted.push(id);
      admittedUsers.add(from);
    }
  }
  return {
    answer: { admitted, dropped },
    change: { atMs, blocklist: null, admitted: [...admittedUsers], dropped: droppedCounts, activity: [] },
  };
}

/** What a business's message to a user meets. */
export type SendOutcome =
  | { readonly refused: true }
  | { readonly refused: false; readonly onWhatsApp: boolean; readonly windowOpen: boolean };

/** A send to a user whom the number has blocked is refused (130403), whatever its type. */
export function decideSend(facts: Facts, to: WaId, atMs: number): SendOutcome {
  const user = facts.users.get(to);
  if (user === undefined) throw new Error('the store left out a user that was asked for');
  if (user.blocked) return { refused: true };
  return {
    refused: false,
    onWhatsApp: kindOf(user) !== 'none',
    windowOpen: isWindowOpen(user.lastInboundMs, atMs),
  };
}

/** How a user sees the business: a blocked user no longer sees it online. */
export function seesOnline(facts: Facts, user: WaId): boolean {
  return !(facts.users.get(user)?.blocked ?? false);
}
