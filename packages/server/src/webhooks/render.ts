import { statusErrors } from '@blockhouse/client/wire';
import type {
  Facts,
  RenderMessage,
  RenderNumberChange,
  RenderStatus,
  UserFacts,
  WaId,
} from '@blockhouse/engine';
import type { UserIdIssuer } from '../users/user-ids.ts';

/** Writes webhooks in Meta's current shapes (Meta, "Webhooks" and "Business-scoped user IDs"). */
export interface WebhookRenderer {
  readonly message: RenderMessage;
  readonly status: RenderStatus;
  readonly numberChange: RenderNumberChange;
}

const statusErrorsPage = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/';

/** Part of pure decisions: what is written depends on the arguments alone. */
export function createWebhookRenderer(userIds: UserIdIssuer): WebhookRenderer {
  const who = (waId: WaId, user: UserFacts, facts: Facts) => {
    const [userId] = userIds.of(facts.number.portfolioId).issue([waId]);
    return { userId: userId ?? '', phone: user.profile?.phoneHidden ? null : String(waId) };
  };
  return {
    message(message, user, facts, atMs) {
      const { userId, phone } = who(message.from, user, facts);
      return envelope(facts, {
        contacts: [contact(user, { userId, phone, name: message.name })],
        messages: [
          {
            ...(phone !== null && { from: phone }),
            from_user_id: userId,
            id: message.id,
            timestamp: seconds(atMs),
            ...message.content,
          },
        ],
      });
    },
    // A system message has no contacts. Without a phone to tell, only the ID has changed (Meta, "System messages").
    numberChange({ id, from, to }, user, facts, atMs) {
      const [previousId = '', currentId = ''] = userIds.of(facts.number.portfolioId).issue([from, to]);
      const isHidden = user.profile?.phoneHidden === true;
      const name = user.profile?.name ?? user.name ?? '';
      const [before, now] = isHidden ? [previousId, currentId] : [from, to];
      const system = {
        body: `User ${name} changed from ${before} to ${now}`.replace('  ', ' '),
        ...(!isHidden && { wa_id: String(to) }),
        user_id: currentId,
        previous_user_id: previousId,
        type: isHidden ? 'user_changed_user_id' : 'user_changed_number',
      };
      const message = {
        ...(!isHidden && { from: String(from) }),
        from_user_id: previousId,
        id,
        timestamp: seconds(atMs),
        type: 'system',
        system,
      };
      return envelope(facts, { messages: [message] });
    },
    status(message, outcome, user, facts, atMs) {
      const { userId, phone } = who(message.to, user, facts);
      const status = {
        id: message.id,
        status: outcome.status,
        timestamp: seconds(atMs),
        ...(phone !== null && { recipient_id: phone }),
        ...(message.callbackData !== null && { biz_opaque_callback_data: message.callbackData }),
      };
      // A failed status says less of the user, and the contact of a status has no profile (captures in pywa#188 and pywa#227).
      if (outcome.status === 'failed') {
        const recipient = phone === null ? { recipient_user_id: userId } : {};
        return envelope(facts, {
          ...(phone !== null && { contacts: [{ wa_id: phone }] }),
          statuses: [{ ...status, ...recipient, errors: [statusError(outcome.reason)] }],
        });
      }
      const pricing = message.isTemplate
        ? { billable: true, pricing_model: 'PMP', category: 'marketing', type: 'regular' }
        : { billable: false, pricing_model: 'PMP', category: 'service', type: 'free_customer_service' };
      return envelope(facts, {
        contacts: [{ ...(phone !== null && { wa_id: phone }), user_id: userId }],
        statuses: [{ ...status, recipient_user_id: userId, ...(outcome.status !== 'read' && { pricing }) }],
      });
    },
  };
}

/**
 * JSON as Meta signs it: in ASCII, with everything else as `\uXXXX` in lower-case hexadecimal (Meta, "Webhooks"). Four
 * more characters are escaped, so that a receiver that signs `JSON.stringify` of what it has parsed fails here as it
 * does with Meta. `@` is reported in tawn33y/whatsapp-cloud-api#60, `/` and `@` in
 * watson-developer-cloud/conversation-connector#42, `%` in marceloverdijk/restfbmessenger#11. Receivers that build the
 * bytes again escape these three and `<`.
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]|[/@%<]/g,
    (character) =>
      metaEscapes.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The hexadecimal of `<` is in capitals, unlike all other. */
const metaEscapes: ReadonlyMap<string, string> = new Map([
  ['/', '\\/'],
  ['<', '\\u003C'],
]);

function envelope({ number }: Facts, value: object): string {
  const metadata = { display_phone_number: String(number.waId), phone_number_id: number.id };
  const change = { value: { messaging_product: 'whatsapp', metadata, ...value }, field: 'messages' };
  return asciiJson({
    object: 'whatsapp_business_account',
    entry: [{ id: number.wabaId, changes: [change] }],
  });
}

function contact(
  { profile }: UserFacts,
  { userId, phone, name }: { userId: string; phone: string | null; name: string | null },
) {
  const username = profile?.username ?? null;
  return {
    profile: {
      name: profile?.name ?? name ?? username ?? phone ?? userId,
      ...(username !== null && { username }),
    },
    ...(phone !== null && { wa_id: phone }),
    user_id: userId,
  };
}

function statusError(reason: keyof typeof statusErrors) {
  const { code, title, details } = statusErrors[reason];
  return { code, title, message: title, error_data: { details }, href: statusErrorsPage };
}

/** Meta writes times as texts of whole seconds. */
function seconds(atMs: number): string {
  return String(Math.floor(atMs / 1000));
}
