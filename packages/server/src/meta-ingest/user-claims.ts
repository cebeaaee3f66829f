import { type Claim, readPhone, readWaId } from '@blockhouse/engine';
import { accountClaim, variantsOf } from '../users/names.ts';
import { type Fields, latestTimeOf, objectOf, objectsOf, textOf } from './json-fields.ts';

/** The phone and the ID by which a message or a status names its user. */
export interface NamedUser {
  readonly phone: string | null;
  readonly userId: string | null;
}

/**
 * A user with the details of their contact. `phone` is the `wa_id` of the contact, whose spelling may differ.
 */
export interface Contact extends NamedUser {
  readonly name: string | null;
  readonly username: string | null;
}

export function senderOf(message: Fields): NamedUser {
  return { phone: textOf(message['from']), userId: textOf(message['from_user_id']) };
}

/** The recipient of a message. A message to a group has one status for each participant. */
export function recipientOf(status: Fields): NamedUser {
  const prefix = status['recipient_type'] === 'group' ? 'recipient_participant' : 'recipient';
  return { phone: textOf(status[`${prefix}_id`]), userId: textOf(status[`${prefix}_user_id`]) };
}

export function isContactOf(contact: Fields, { phone, userId }: NamedUser): boolean {
  return (phone !== null && contact['wa_id'] === phone) || (userId !== null && contact['user_id'] === userId);
}

/**
 * Completes a user from their contact.
 * @param only the contact of a webhook with a single message. It is the sender's under any name.
 */
export function contactOf(
  contacts: readonly Fields[],
  user: NamedUser,
  only: Fields | undefined = undefined,
): Contact {
  const { phone, userId } = user;
  const contact =
    contacts.find((one) => isContactOf(one, user)) ??
    contacts.find((one) => phone !== null && isSpelling(phone, one['wa_id'])) ??
    only;
  const profile = objectOf(contact?.['profile']);
  return {
    phone: textOf(contact?.['wa_id']) ?? phone,
    userId: userId ?? textOf(contact?.['user_id']),
    name: textOf(profile['name']),
    username: textOf(profile['username']),
  };
}

function isSpelling(phone: string, waId: unknown): boolean {
  const parsed = readPhone(phone);
  return parsed !== null && variantsOf(parsed).some((spelling) => String(spelling) === waId);
}

/**
 * The claim that a contact's names belong to one account. `written` is the phone by which the webhook names
 * the user.
 */
export function claimOfContact(contact: Contact, written: string | null, atMs: number): Claim {
  const { phone, userId, username } = contact;
  const waId = phone === null ? null : readWaId(phone);
  const input = written === null || written === phone ? null : readPhone(written);
  return accountClaim({
    waId,
    userId,
    username,
    inputs: input === null || waId === null ? [] : [input],
    atMs,
  });
}

const numberChanges = ['user_changed_number', 'customer_changed_number', 'user_changed_user_id'];

/**
 * The claim of a system message: the user has a new phone or a new ID (Meta, "System messages webhook
 * reference").
 */
export function claimsOfSystem(
  message: Fields,
  { phone, userId }: NamedUser,
  atMs: number,
): readonly Claim[] {
  const system = objectOf(message['system']);
  if (!numberChanges.includes(String(system['type']))) return [];
  const newWaId = textOf(system['wa_id']) ?? textOf(system['new_wa_id']);
  const newId = textOf(system['user_id']);
  const oldId = textOf(system['previous_user_id']) ?? (userId === newId ? null : userId);
  return [
    {
      kind: 'changed',
      from: { waId: phone === null ? null : readWaId(phone), userId: oldId },
      to: { waId: newWaId === null ? null : readWaId(newWaId), userId: newId },
      atMs,
    },
  ];
}

/** The claims of any other event: its contacts, and the changes in `user_id_update`. */
export function claimsOfEvent(value: Fields, nowMs: number): readonly Claim[] {
  const updates = objectsOf(value['user_id_update']).map((update): Claim => {
    const { previous, current } = objectOf(update['user_id']);
    const waIdText = textOf(update['wa_id']);
    const waId = waIdText === null ? null : readWaId(waIdText);
    return {
      kind: 'changed',
      from: { waId, userId: textOf(previous) },
      to: { waId, userId: textOf(current) },
      atMs: latestTimeOf(update['timestamp'], nowMs),
    };
  });
  const contacts = objectsOf(value['contacts']).map((contact) =>
    claimOfContact(contactOf([], { phone: null, userId: null }, contact), null, nowMs),
  );
  return [...contacts, ...updates];
}
