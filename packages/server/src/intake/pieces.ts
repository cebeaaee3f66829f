import { createHash } from 'node:crypto';
import { asciiJson } from '../webhooks/payload.ts';

/** JSON with its numbers kept as they are written: what goes on is what came. */
declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** One thing that a webhook of Meta's tells, and whom it is about by their names. */
export interface ToldPiece {
  /** The number it is about; null: the business account as a whole. */
  readonly numberId: string | null;
  readonly wabaId: string;
  readonly key: string;
  readonly phone: string | null;
  readonly userId: string | null;
  readonly message: { readonly sentAtMs: number; readonly name: string | null } | null;
  readonly body: string;
}

/** A user whose phone and ID were told together. */
export interface ToldPair {
  readonly phone: string;
  readonly userId: string;
}

/** A body that is not a webhook of Meta's. */
export class NotAWebhook extends Error {
  override readonly name = 'NotAWebhook';
}

/**
 * Takes a webhook apart: one piece for each message and status, and one for each change that is neither, each as a body of its
 * own. A body that tells only one thing goes on byte for byte.
 * @throws NotAWebhook
 */
export function piecesOf(raw: string): readonly ToldPiece[] {
  const told = parse(raw);
  const pieces: ToldPiece[] = [];
  for (const entry of fieldsOf(told['entry'])) {
    for (const change of fieldsOf(entry['changes'])) {
      for (const part of partsOf(change)) {
        const body = asciiJson({ ...told, entry: [{ ...entry, changes: [part.change] }] });
        pieces.push({ ...part.told, wabaId: textOf(entry['id']) ?? '', key: part.key ?? hashOf(body), body });
      }
    }
  }
  const [only] = pieces;
  const isWhole = pieces.length === 1 && only !== undefined && /^[ -~]*$/.test(raw);
  return isWhole ? [{ ...only, body: raw }] : pieces;
}

/** The phones and IDs that a webhook tells together. */
export function pairsOf(raw: string): readonly ToldPair[] {
  const values = fieldsOf(parse(raw)['entry'])
    .flatMap((entry) => fieldsOf(entry['changes']))
    .map(({ value }) => objectOf(value));
  return values.flatMap((value) => [
    ...fieldsOf(value['contacts']).flatMap((one) => pairOf(one['wa_id'], one['user_id'])),
    ...fieldsOf(value['messages']).flatMap((one) => pairOf(one['from'], one['from_user_id'])),
    ...fieldsOf(value['statuses']).flatMap((one) => pairOf(one['recipient_id'], one['recipient_user_id'])),
  ]);
}

type Part = {
  readonly change: Fields;
  readonly key: string | null;
  readonly told: Pick<ToldPiece, 'numberId' | 'phone' | 'userId' | 'message'>;
};

function partsOf(change: Fields): readonly Part[] {
  const value = objectOf(change['value']);
  const numberId = textOf(objectOf(value['metadata'])['phone_number_id']);
  const nobody = { numberId, phone: null, userId: null, message: null };
  const { messages, statuses, contacts, ...rest } = value;
  const said = change['field'] === 'messages' ? fieldsOf(messages) : [];
  const fared = change['field'] === 'messages' ? fieldsOf(statuses) : [];
  if (said.length + fared.length === 0) return [{ change, key: null, told: nobody }];
  const all = fieldsOf(contacts);
  const partWith = (own: Fields, phone: string | null, userId: string | null): Fields => {
    const theirs = all.length === 1 ? all : all.filter((one) => isAbout(one, phone, userId));
    return { ...change, value: { ...rest, ...(theirs.length > 0 && { contacts: theirs }), ...own } };
  };
  return [
    ...said.map((message): Part => {
      const phone = textOf(message['from']);
      const userId = textOf(message['from_user_id']);
      const name = nameOf(all.find((one) => isAbout(one, phone, userId)));
      const id = textOf(message['id']);
      return {
        change: partWith({ messages: [message] }, phone, userId),
        key: id,
        told: {
          numberId,
          phone,
          userId,
          message: { sentAtMs: secondsOf(message['timestamp']) * 1000, name },
        },
      };
    }),
    ...fared.map((status): Part => {
      const phone = textOf(status['recipient_id']);
      const userId = textOf(status['recipient_user_id']);
      const id = textOf(status['id']);
      return {
        change: partWith({ statuses: [status] }, phone, userId),
        key: id === null ? null : `${id} ${textOf(status['status'])}`,
        told: { numberId, phone, userId, message: null },
      };
    }),
  ];
}

function isAbout(contact: Fields, phone: string | null, userId: string | null): boolean {
  return (phone !== null && contact['wa_id'] === phone) || (userId !== null && contact['user_id'] === userId);
}

function nameOf(contact: Fields | undefined): string | null {
  return textOf(objectOf(contact?.['profile'])['name']);
}

function pairOf(phone: unknown, userId: unknown): readonly ToldPair[] {
  return typeof phone === 'string' && typeof userId === 'string' ? [{ phone, userId }] : [];
}

function parse(raw: string): Fields {
  let told: unknown;
  try {
    told = JSON.parse(raw, keepNumbers);
  } catch {
    throw new NotAWebhook('The body is not valid JSON.');
  }
  if (typeof told !== 'object' || told === null || !Array.isArray((told as Fields)['entry']))
    throw new NotAWebhook('The body is not a webhook: it has no array "entry".');
  return told as Fields;
}

/** A number that would be written otherwise than it was stays as it was. */
function keepNumbers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? JSON.rawJSON(source)
    : value;
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
