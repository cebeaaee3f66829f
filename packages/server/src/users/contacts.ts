import { type Claim, readPhone, readWaId } from '@blockhouse/engine';
import { account } from './directory.ts';

/** More contacts than this are in no answer of Meta's. */
const contactsMax = 1000;

/** What the answer to a send tells of users: `contacts` with what was written, and whom Meta took it for. */
export function claimsOfContacts(answer: unknown, atMs: number): readonly Claim[] {
  const { contacts } = fieldsOf(answer);
  if (!Array.isArray(contacts)) return [];
  return contacts.slice(0, contactsMax).flatMap((contact: unknown): readonly Claim[] => {
    const { input, wa_id: waIdText, user_id: userId } = fieldsOf(contact);
    const waId = typeof waIdText === 'string' ? readWaId(waIdText) : null;
    const phone = typeof input === 'string' ? readPhone(input) : null;
    if (waId === null) return [];
    const inputs = phone === null || phone === waId ? [] : [phone];
    return [account({ waId, userId: typeof userId === 'string' ? userId : null, inputs, atMs })];
  });
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
