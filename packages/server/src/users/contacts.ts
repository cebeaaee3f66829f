import { type Claim, readPhone, readWaId } from '@blockhouse/engine';
import { accountClaim } from './names.ts';

/** No response of Meta has more contacts than this. */
const contactsMax = 1000;

/**
 * Claims from the response to a send: `contacts` pairs each `input` with the `wa_id` that Meta resolved it
 * to.
 */
export function claimsOfContacts(answer: unknown, atMs: number): readonly Claim[] {
  const { contacts } = fieldsOf(answer);
  if (!Array.isArray(contacts)) return [];
  return contacts.slice(0, contactsMax).flatMap((contact: unknown): readonly Claim[] => {
    const { input, wa_id: waIdText, user_id: userId } = fieldsOf(contact);
    const waId = typeof waIdText === 'string' ? readWaId(waIdText) : null;
    const phone = typeof input === 'string' ? readPhone(input) : null;
    if (waId === null) return [];
    const inputs = phone === null || phone === waId ? [] : [phone];
    return [accountClaim({ waId, userId: typeof userId === 'string' ? userId : null, inputs, atMs })];
  });
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
