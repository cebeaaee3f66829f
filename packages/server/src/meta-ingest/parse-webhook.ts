import { createHash } from 'node:crypto';
import { type Claim, readPhone, readWaId } from '@blockhouse/engine';
import { keepNumbers } from '../shared/keep-numbers.ts';
import { accountClaim, variantsOf } from '../users/names.ts';
import { asciiJson } from '../webhooks/render.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One thing that a webhook of Meta's tells, and whom it is about by their names. */
export interface ParsedItem {
  /** The number it is about; null: the business account as a whole. */
  readonly numberId: string | null;
  readonly wabaId: string;
  readonly key: string;
  readonly phone: string | null;
  readonly userId: string | null;
  readonly message: { readonly sentAtMs: number; readonly name: string | null } | null;
  readonly body: string;
  /** What it tells of who users are. */
  readonly claims: readonly Claim[];
}

/** A body that is not a webhook of Meta's. */
export class NotAWebhook extends Error {
  override readonly name = 'NotAWebhook';
}

/** Together the pieces are no larger than this: each repeats what stands around it. */
const itemsBytesMax = 64 * 1024 * 1024;

/** Which numbers and business accounts a webhook names: all that is looked at before its signature is. @throws NotAWebhook */
export function mentionedIds(raw: string): {
  readonly numberIds: readonly string[];
  readonly wabaIds: readonly string[];
} {
  const entries = fieldsOf(parse(raw)['entry']);
  const values = entries.flatMap((entry) => fieldsOf(entry['changes'])).map(({ value }) => objectOf(value));
  const texts = (found: readonly unknown[]) => found.filter((one) => typeof one === 'string');
  return {
    numberIds: texts(values.map((value) => objectOf(value['metadata'])['phone_number_id'])),
    wabaIds: texts(entries.map(({ id }) => id)),
  };
}

/**
 * Takes a webhook apart: one piece for each message and status, and one for each change that is neither, each as a body of its
 * own. A body in ASCII that tells only one thing goes on byte for byte.
 * @param nowMs nothing is told of a later time.
 * @throws NotAWebhook
 */
export function parseItems(raw: string, nowMs: number): readonly ParsedItem[] {
  const told = parse(raw, keepNumbers);
  const parts = fieldsOf(told['entry']).flatMap((entry) =>
    fieldsOf(entry['changes']).flatMap((change) => partsOf(change, nowMs).map((part) => ({ entry, part }))),
  );
  const [only] = parts;
  const isWhole = parts.length === 1 && only !== undefined && /^[ -~]*$/.test(raw);
  let bytes = 0;
  return parts.map(({ entry, part }): ParsedItem => {
    const body = isWhole ? raw : asciiJson({ ...told, entry: [{ ...entry, changes: [part.change] }] });
    bytes += body.length;
    if (bytes > itemsBytesMax) throw new NotAWebhook('The body is too large when it is taken apart.');
    return { ...part.told, wabaId: textOf(entry['id']) ?? '', key: part.key ?? hashOf(body), body };
  });
}

type Part = {
  readonly change: Fields;
  /** Null: the whole of what goes on is. */
  readonly key: string | null;
  readonly told: Pick<ParsedItem, 'numberId' | 'phone' | 'userId' | 'message' | 'claims'>;
};

function partsOf(change: Fields, nowMs: number): readonly Part[] {
  const value = objectOf(change['value']);
  const numberId = textOf(objectOf(value['metadata'])['phone_number_id']);
  const nobody = { numberId, phone: null, userId: null, message: null, claims: [] };
  const { messages, statuses, contacts, errors, ...rest } = value;
  const said = change['field'] === 'messages' ? fieldsOf(messages) : [];
  const fared = change['field'] === 'messages' ? fieldsOf(statuses) : [];
  if (said.length + fared.length === 0)
    return [{ change, key: null, told: { ...nobody, claims: claimsOfEvent(value, nowMs) } }];
  const all = fieldsOf(contacts);
  const only = all.length === 1 && said.length + fared.length === 1 ? all[0] : undefined;
  const partWith = (own: Fields, phone: string | null, userId: string | null): Fields => {
    const theirs = all.length === 1 ? all : all.filter((one) => isAbout(one, phone, userId));
    return { ...change, value: { ...rest, ...(theirs.length > 0 && { contacts: theirs }), ...own } };
  };
  return [
    ...said.map((message): Part => {
      const named = [textOf(message['from']), textOf(message['from_user_id'])] as const;
      const contact = contactOf(all, ...named, only);
      const { phone, userId, name } = contact;
      const sentAtMs = secondsOf(message['timestamp']) * 1000;
      // That somebody has changed their number is told as a message, but nobody has written it.
      const isWritten = message['type'] !== 'system';
      const atMs = Math.min(sentAtMs + secondMs, nowMs);
      return {
        change: partWith({ messages: [message] }, phone, userId),
        key: keyOf(message),
        told: {
          numberId,
          phone,
          userId,
          message: isWritten ? { sentAtMs, name } : null,
          claims: isWritten ? [accountOf(contact, named[0], atMs)] : claimsOfSystem(message, named, atMs),
        },
      };
    }),
    ...fared.map((status): Part => {
      const named = recipientOf(status);
      const contact = contactOf(all, ...named);
      const { phone, userId } = contact;
      const atMs = Math.min(secondsOf(status['timestamp']) * 1000 + secondMs, nowMs);
      return {
        change: partWith({ statuses: [status] }, phone, userId),
        key: keyOf(status),
        told: { numberId, phone, userId, message: null, claims: [accountOf(contact, named[0], atMs)] },
      };
    }),
    // Errors beside messages are an event of their own.
    ...(errors === undefined
      ? []
      : [{ change: { ...change, value: { ...rest, errors } }, key: null, told: nobody }]),
  ];
}

/** An item is the same only if all of it is: the statuses of a group's message differ in nothing but a participant. */
function keyOf(item: Fields): string {
  const hash = hashOf(JSON.stringify(item));
  const id = textOf(item['id']);
  return id === null ? hash : `${id} ${hash}`;
}

function isAbout(contact: Fields, phone: string | null, userId: string | null): boolean {
  return (phone !== null && contact['wa_id'] === phone) || (userId !== null && contact['user_id'] === userId);
}

/**
 * Who is meant, with what the contact of theirs adds: its `wa_id` may be spelled otherwise than the phone.
 * @param only the contact of a message that comes alone: whatever it is called, it is the sender's.
 */
function contactOf(
  contacts: readonly Fields[],
  phone: string | null,
  userId: string | null,
  only: Fields | undefined = undefined,
) {
  const contact =
    contacts.find((one) => isAbout(one, phone, userId)) ??
    contacts.find((one) => phone !== null && isSpelledAs(phone, one)) ??
    only;
  const profile = objectOf(contact?.['profile']);
  return {
    phone: textOf(contact?.['wa_id']) ?? phone,
    userId: userId ?? textOf(contact?.['user_id']),
    name: textOf(profile['name']),
    username: textOf(profile['username']),
  };
}

function isSpelledAs(phone: string, { wa_id: waId }: Fields): boolean {
  const written = readPhone(phone);
  return written !== null && variantsOf(written).some((spelling) => String(spelling) === waId);
}

/** Of a message to a group, each of its participants has a status of their own. */
function recipientOf(status: Fields): readonly [phone: string | null, userId: string | null] {
  const prefix = status['recipient_type'] === 'group' ? 'recipient_participant' : 'recipient';
  return [textOf(status[`${prefix}_id`]), textOf(status[`${prefix}_user_id`])];
}

function accountOf(
  { phone, userId, username }: Pick<ReturnType<typeof contactOf>, 'phone' | 'userId' | 'username'>,
  written: string | null,
  atMs: number,
): Claim {
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

/** A user has got another number, or another ID (Meta, "System messages webhook reference"). */
function claimsOfSystem(
  message: Fields,
  [phone, userId]: readonly [phone: string | null, userId: string | null],
  atMs: number,
): readonly Claim[] {
  const system = objectOf(message['system']);
  const isChange = ['user_changed_number', 'customer_changed_number', 'user_changed_user_id'].includes(
    String(system['type']),
  );
  if (!isChange) return [];
  const nowCalled = textOf(system['wa_id']) ?? textOf(system['new_wa_id']);
  const newId = textOf(system['user_id']);
  const oldId = textOf(system['previous_user_id']) ?? (userId === newId ? null : userId);
  return [
    {
      kind: 'changed',
      from: { waId: phone === null ? null : readWaId(phone), userId: oldId },
      to: { waId: nowCalled === null ? null : readWaId(nowCalled), userId: newId },
      atMs,
    },
  ];
}

/** What any other event tells of users: `user_id_update`, and contacts that come along. */
function claimsOfEvent(value: Fields, nowMs: number): readonly Claim[] {
  const updates = fieldsOf(value['user_id_update']).map((update): Claim => {
    const { previous, current } = objectOf(update['user_id']);
    const waId = textOf(update['wa_id']);
    const phone = waId === null ? null : readWaId(waId);
    return {
      kind: 'changed',
      from: { waId: phone, userId: textOf(previous) },
      to: { waId: phone, userId: textOf(current) },
      atMs: Math.min(secondsOf(update['timestamp']) * 1000 + secondMs, nowMs),
    };
  });
  const contacts = fieldsOf(value['contacts']).map((contact) =>
    accountOf(contactOf([], null, null, contact), null, nowMs),
  );
  return [...contacts, ...updates];
}

/** Times are written in whole seconds: by the end of it, it was so. */
const secondMs = 999;

function parse(raw: string, reviver?: typeof keepNumbers): Fields {
  let told: unknown;
  try {
    told = JSON.parse(raw, reviver);
  } catch {
    // Not JSON, or nested so deeply that nobody can look into it.
    throw new NotAWebhook('The body is not valid JSON.');
  }
  if (typeof told !== 'object' || told === null || !Array.isArray((told as Fields)['entry']))
    throw new NotAWebhook('The body is not a webhook: it has no array "entry".');
  return told as Fields;
}

/** The time of a phone, in seconds; 0 when nobody can read it. */
function secondsOf(value: unknown): number {
  const seconds = Number(typeof value === 'string' || typeof value === 'number' ? value : Number.NaN);
  return Number.isFinite(seconds) ? seconds : 0;
}

function hashOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url');
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function fieldsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : [];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 512 ? value : null;
}
