/** What is found about a user whose messages "stopped arriving", the most telling first, with what to do about it. */
export const verdicts = {
  not_on_whatsapp: 'This number has no WhatsApp account, so nothing can arrive from it. Check the number.',
  blocked:
    'The user is blocked on this number: their messages are dropped. Unblock them, and what they write from then on arrives.',
  standing_unheard:
    "A standing block waits for the user, but Meta has never sent a webhook for this number, so nobody will see their next message. Subscribe the app to the account's webhooks.",
  standing:
    'A standing block waits for the user: their next message will be dropped and block them. Withdraw it to let them write.',
  platform_failing:
    'Meta does not answer for this number, or refuses its token, so nobody can say whether the user is blocked. Look at the health of the number.',
  webhook_failing:
    'The message came in, but the webhook with it was not acknowledged. Look at the receiver: it must answer 200 within its time.',
  no_webhook: 'The message came in, but this number has no webhook, so nobody was told. Set one.',
  blocked_elsewhere:
    'The user is not blocked here but on another of your numbers. If they write to that one, unblock them there.',
  never_wrote:
    'The user has never written to this number. Ask them which number they wrote to, and whether they see one grey tick or two.',
  window_closed:
    'Nothing stands in their way: the user has just not written for a day. Only a template reaches them until they write.',
  fine: 'Nothing stands in their way: the last message arrived, and the next one will.',
} as const satisfies Record<string, string>;

export type Verdict = keyof typeof verdicts;
