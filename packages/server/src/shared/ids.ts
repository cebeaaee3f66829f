import { randomBytes, randomFillSync, randomInt, randomUUID } from 'node:crypto';

/** Bytes of randomness in one trace ID: 22 characters of base64url. */
const traceBytes = 16;

/** One trace ID, where they are rare. */
export function newTraceId(): string {
  return `A${randomBytes(traceBytes).toString('base64url')}`;
}

/**
 * Makes `fbtrace_id`s in Graph's form: an `A` and 22 characters of base64url. Randomness is drawn for many at once, since a
 * draw costs more than everything else that a request's trace does.
 */
export function traceIds(): () => string {
  const drawn = Buffer.alloc(256 * traceBytes);
  let used = drawn.length;
  return () => {
    if (used === drawn.length) {
      randomFillSync(drawn);
      used = 0;
    }
    used += traceBytes;
    return `A${drawn.toString('base64url', used - traceBytes, used)}`;
  };
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
