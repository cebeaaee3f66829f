import type { UserFacts } from './facts.ts';
import { kindOf } from './facts.ts';
import { isWindowOpen } from './window.ts';

/** The verdict about a user whose messages do not arrive. The catalogue of verdicts has its text. */
export type Finding =
  | 'not_on_whatsapp'
  | 'blocked'
  | 'standing_unheard'
  | 'standing'
  | 'held'
  | 'platform_failing'
  | 'webhook_failing'
  | 'no_webhook'
  | 'blocked_elsewhere'
  | 'never_wrote'
  | 'window_closed'
  | 'fine';

/** The facts of a diagnosis besides the user's own. */
export interface Circumstances {
  /** The number has a receiver of webhooks. */
  readonly listens: boolean;
  /** The number receives its users' messages: it is local, or a webhook from Meta has arrived for it. */
  readonly hears: boolean;
  /** The last webhook about the user was not acknowledged. */
  readonly webhookFails: boolean;
  /** A message of the user waits for a person's decision, and later ones wait behind it. */
  readonly isHeld: boolean;
  /** The platform that enforces the list does not answer, so that nothing is known of it. */
  readonly platformFails: boolean;
  readonly blockedElsewhere: boolean;
  readonly atMs: number;
}

interface Case {
  readonly finding: Finding;
  readonly when: (user: UserFacts, circumstances: Circumstances) => boolean;
}

/** The first that applies is the answer to "their messages stopped arriving": what keeps messages away comes first. */
const cases: readonly Case[] = [
  { finding: 'not_on_whatsapp', when: (user) => kindOf(user) === 'none' },
  { finding: 'blocked', when: (user) => user.blocked },
  {
    // A message of the user proves that the number receives messages, whenever it was noted.
    finding: 'standing_unheard',
    when: (user, { hears }) => user.standing !== null && user.lastInboundMs === null && !hears,
  },
  { finding: 'standing', when: (user) => user.standing !== null },
  { finding: 'held', when: (_, { isHeld }) => isHeld },
  { finding: 'platform_failing', when: (_, { platformFails }) => platformFails },
  { finding: 'webhook_failing', when: (_, { listens, webhookFails }) => listens && webhookFails },
  { finding: 'no_webhook', when: (user, { listens }) => user.lastInboundMs !== null && !listens },
  { finding: 'blocked_elsewhere', when: (_, { blockedElsewhere }) => blockedElsewhere },
  { finding: 'never_wrote', when: (user) => user.lastInboundMs === null },
  { finding: 'window_closed', when: (user, { atMs }) => !isWindowOpen(user.lastInboundMs, atMs) },
];

/** The reason why a user's messages do not arrive at a number, or that there is none. */
export function diagnose(user: UserFacts, circumstances: Circumstances): Finding {
  return cases.find(({ when }) => when(user, circumstances))?.finding ?? 'fine';
}

/** The most informative one of several findings. */
export function mostTelling(findings: readonly Finding[]): Finding {
  return cases.find(({ finding }) => findings.includes(finding))?.finding ?? 'fine';
}
