/** The findings about a user whose messages do not arrive, the most specific first, each with its advice. */
export const verdicts = {
  not_on_whatsapp: 'This number has no WhatsApp account, so it cannot send messages. Check the number.',
  blocked:
    'The user is blocked on this number, and their messages are dropped. To receive their next messages, unblock them.',
  standing_unheard:
    "A standing block waits for the user's next message. Meta has never sent a webhook for this number, so Blockhouse will not see that message. Subscribe the app to the account's webhooks.",
  standing:
    "A standing block waits for the user's next message. It will drop the message and block the user. To receive the message, withdraw the standing block.",
  held: 'The user wrote, and an auto-block rule holds their messages until somebody decides. Release or discard them in the review.',
  platform_failing:
    'Meta does not answer for this number or refuses its token, so the user may or may not be blocked. Check the health of the number.',
  webhook_failing:
    'The message arrived, but your receiver did not acknowledge its webhook. Check the receiver: it must respond with status 200 in time.',
  no_webhook: 'The message arrived, but this number has no webhook, so nobody was notified. Set a webhook.',
  blocked_elsewhere:
    'The user is not blocked on this number, but on another of your numbers. If they write to that number, unblock them there.',
  never_wrote:
    'The user has never written to this number. Ask them which number they wrote to, and whether they see one gray tick or two.',
  window_closed:
    'Nothing prevents their messages, but the user has not written in the last 24 hours. Until they write, you can send only templates.',
  fine: 'Nothing prevents their messages. Their last message arrived, and the next one will arrive.',
} as const satisfies Record<string, string>;

export type Verdict = keyof typeof verdicts;
