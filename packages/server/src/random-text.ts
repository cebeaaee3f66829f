import { randomInt, randomUUID } from 'node:crypto';

/** Random bits as base64url. UUIDs are drawn from a cache inside Node, which makes them the cheapest source of randomness. */
function randomBase64Url(): string {
  return Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
}

/** An `fbtrace_id` in Graph's form: an `A` and 22 characters of base64url. */
export function newTraceId(): string {
  return `A${randomBase64Url()}`;
}

/**
 * A message ID in WhatsApp's form: base64 of a record that holds the user's `wa_id` (tagged 0x1c 0x18), the
 * direction (0x11 to the user, 0x12 from them) and a random part in hexadecimal (tagged 0x18).
 */
export function newWamid(user: string, direction: 'inbound' | 'outbound'): string {
  const random = randomUUID().replaceAll('-', '').slice(0, 20).toUpperCase();
  const side = direction === 'inbound' ? '\x12' : '\x11';
  const length = String.fromCharCode(user.length);
  const record = `\x1c\x18${length}${user}\x15\x02\x00${side}\x18\x14${random}\x00`;
  return `wamid.${Buffer.from(record, 'latin1').toString('base64')}`;
}

/** A phone number ID in Meta's form: fifteen digits. */
export function newNumberId(): string {
  return String(randomInt(100_000_000_000_000, 200_000_000_000_000));
}
