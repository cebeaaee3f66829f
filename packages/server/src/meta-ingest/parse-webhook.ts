import { createHash } from 'node:crypto';
import type { Claim } from '@blockhouse/engine';
import { keepNumbers } from '../shared/keep-numbers.ts';
import { asciiJson } from '../webhooks/render.ts';
import { type Fields, latestTimeOf, objectOf, objectsOf, textOf, timeOf } from './json-fields.ts';
import {
  type Contact,
  claimOfContact,
  claimsOfEvent,
  claimsOfSystem,
  contactOf,
  isContactOf,
  type NamedUser,
  recipientOf,
  senderOf,
} from './user-claims.ts';

/** One message, status, or other event of a webhook from Meta. */
export interface ParsedItem {
  /** The number that the item is about; null if it is about the business account. */
  readonly numberId: string | null;
  readonly wabaId: string;
  /** Identifies the item when Meta delivers it again. */
  readonly key: string;
  readonly phone: string | null;
  readonly userId: string | null;
  /** Set if the item is a message that a user wrote. */
  readonly message: { readonly sentAtMs: number; readonly name: string | null } | null;
  /** The message as it came; null: the item is none. */
  readonly content: Fields | null;
  /** Whether the item shows that the business has sent the user a message. */
  readonly isOutbound: boolean;
  /** The item as a webhook of its own. */
  readonly body: string;
  /** The names of users that the item reports. */
  readonly claims: readonly Claim[];
}

/** The body is not a webhook from Meta. */
export class NotAWebhook extends Error {
  override readonly name = 'NotAWebhook';
}

/** The maximum size of all items together. Each item repeats the fields around it. */
const itemsBytesMax = 64 * 1024 * 1024;

/**
 * The numbers and the business accounts that a webhook names. They select the app secrets of its signature.
 * @throws NotAWebhook
 */
export function mentionedIds(raw: string): {
  readonly numberIds: readonly string[];
  readonly wabaIds: readonly string[];
} {
  const entries = objectsOf(parse(raw)['entry']);
  const values = entries.flatMap((entry) => objectsOf(entry['changes'])).map(({ value }) => objectOf(value));
  const texts = (found: readonly unknown[]) => found.filter((one) => typeof one === 'string');
  return {
    numberIds: texts(values.map((value) => objectOf(value['metadata'])['phone_number_id'])),
    wabaIds: texts(entries.map(({ id }) => id)),
  };
}

/**
 * Splits a webhook into items: one for each message, each status, and each other change. Each item has a body
 * of its own. If an ASCII body has only one item, that item keeps the body byte for byte.
 * @param nowMs no claim has a later time.
 * @throws NotAWebhook
 */
export function parseItems(raw: string, nowMs: number): readonly ParsedItem[] {
  const webhook = parse(raw, keepNumbers);
  const parts = objectsOf(webhook['entry']).flatMap((entry) =>
    objectsOf(entry['changes']).flatMap((change) => partsOf(change, nowMs).map((part) => ({ entry, part }))),
  );
  const isOneItem = parts.length === 1 && /^[ -~]*$/.test(raw);
  let bytes = 0;
  return parts.map(({ entry, part: { change, key, ...about } }): ParsedItem => {
    const body = isOneItem ? raw : asciiJson({ ...webhook, entry: [{ ...entry, changes: [change] }] });
    bytes += body.length;
    if (bytes > itemsBytesMax) throw new NotAWebhook('The body is too large when it is taken apart.');
    return { ...about, wabaId: textOf(entry['id']) ?? '', key: key ?? hashOf(body), body };
  });
}

/** An item before its body is rendered. */
type Part = Omit<ParsedItem, 'wabaId' | 'key' | 'body'> & {
  /** The change with this item only. */
  readonly change: Fields;
  /** Null: the hash of the whole body. */
  readonly key: string | null;
};

function partsOf(change: Fields, nowMs: number): readonly Part[] {
  const value = objectOf(change['value']);
  const numberId = textOf(objectOf(value['metadata'])['phone_number_id']);
  const noUser = {
    numberId,
    phone: null,
    userId: null,
    message: null,
    content: null,
    isOutbound: false,
    claims: [],
  };
  const { messages, statuses, contacts, errors, ...rest } = value;
  const isMessages = change['field'] === 'messages';
  const [messageItems, statusItems] = isMessages ? [objectsOf(messages), objectsOf(statuses)] : [[], []];
  const count = messageItems.length + statusItems.length;
  if (count === 0) return [{ ...noUser, change, key: null, claims: claimsOfEvent(value, nowMs) }];

  const all = objectsOf(contacts);
  const only = all.length === 1 && count === 1 ? all[0] : undefined;
  const changeWith = (fields: Fields): Fields => ({ ...change, value: { ...rest, ...fields } });
  const contactsFor = (user: NamedUser): Fields => {
    const own = all.length === 1 ? all : all.filter((one) => isContactOf(one, user));
    return own.length > 0 ? { contacts: own } : {};
  };
  return [
    ...messageItems.map((message): Part => {
      const sender = senderOf(message);
      const contact = contactOf(all, sender, only);
      const part = changeWith({ ...contactsFor(contact), messages: [message] });
      return {
        ...messageFields(message, sender, contact, nowMs),
        numberId,
        change: part,
        key: keyOf(message),
      };
    }),
    ...statusItems.map((status): Part => {
      const recipient = recipientOf(status);
      const contact = contactOf(all, recipient);
      const part = changeWith({ ...contactsFor(contact), statuses: [status] });
      return {
        ...statusFields(status, recipient, contact, nowMs),
        numberId,
        change: part,
        key: keyOf(status),
      };
    }),
    // Errors beside messages are an event of their own.
    ...(errors === undefined ? [] : [{ ...noUser, change: changeWith({ errors }), key: null }]),
  ];
}

type UserFields = Pick<ParsedItem, 'phone' | 'userId' | 'message' | 'content' | 'isOutbound' | 'claims'>;

function messageFields(message: Fields, sender: NamedUser, contact: Contact, nowMs: number): UserFields {
  const { phone, userId, name } = contact;
  const atMs = latestTimeOf(message['timestamp'], nowMs);
  // A system message reports that a user has changed their number. The user did not write it.
  if (message['type'] === 'system')
    return {
      phone,
      userId,
      message: null,
      content: null,
      isOutbound: false,
      claims: claimsOfSystem(message, sender, atMs),
    };
  return {
    phone,
    userId,
    message: { sentAtMs: timeOf(message['timestamp']), name },
    content: message,
    isOutbound: false,
    claims: [claimOfContact(contact, sender.phone, atMs)],
  };
}

function statusFields(status: Fields, recipient: NamedUser, contact: Contact, nowMs: number): UserFields {
  const { phone, userId } = contact;
  const atMs = latestTimeOf(status['timestamp'], nowMs);
  // A message that failed has not reached the user.
  const isOutbound = status['status'] !== 'failed';
  return {
    phone,
    userId,
    message: null,
    content: null,
    isOutbound,
    claims: [claimOfContact(contact, recipient.phone, atMs)],
  };
}

/**
 * The key covers the whole item, because the statuses of a message to a group differ only in the participant.
 */
function keyOf(item: Fields): string {
  const hash = hashOf(JSON.stringify(item));
  const id = textOf(item['id']);
  return id === null ? hash : `${id} ${hash}`;
}

function parse(raw: string, reviver?: typeof keepNumbers): Fields {
  let webhook: unknown;
  try {
    webhook = JSON.parse(raw, reviver);
  } catch {
    // Not JSON, or nested too deeply for the parser.
    throw new NotAWebhook('The body is not valid JSON.');
  }
  if (typeof webhook !== 'object' || webhook === null || !Array.isArray((webhook as Fields)['entry']))
    throw new NotAWebhook('The body is not a webhook: it has no array "entry".');
  return webhook as Fields;
}

function hashOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url');
}
