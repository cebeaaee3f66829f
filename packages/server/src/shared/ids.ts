import { randomFillSync, randomInt } from 'node:crypto';

/** Random bytes for many IDs. One call for all of them is faster than a call for each ID. */
const randomBytes = Buffer.alloc(4096);
let used = randomBytes.length;

function randomText(bytes: number, encoding: 'base64url' | 'hex'): string {
  if (used + bytes > randomBytes.length) {
    randomFillSync(randomBytes);
    used = 0;
  }
  used += bytes;
  return randomBytes.toString(encoding, used - bytes, used);
}

/** A new `fbtrace_id` in Graph's form: an `A` and 22 characters of base64url. */
export function newTraceId(): string {
  return `A${randomText(16, 'base64url')}`;
}

/**
 * A new message ID in WhatsApp's form, which is base64 of a record. The record has the user's `wa_id` (tag 0x1c 0x18),
 * the direction (0x11 to the user, 0x12 from the user), and a random part in hexadecimal (tag 0x18).
 */
export function newWamid(user: string, direction: 'inbound' | 'outbound'): string {
  const random = randomText(10, 'hex').toUpperCase();
  const side = direction === 'inbound' ? '\x12' : '\x11';
  const length = String.fromCharCode(user.length);
  return `wamid.${btoa(`\x1c\x18${length}${user}\x15\x02\x00${side}\x18\x14${random}\x00`)}`;
}

/** A new phone number ID in Meta's form: fifteen digits. */
export function newNumberId(): string {
  return String(randomInt(100_000_000_000_000, 200_000_000_000_000));
}
