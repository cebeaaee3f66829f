import type { RawRow } from './rows.ts';

/** Whether a text is contacts as phones export them. */
export function isVcard(text: string): boolean {
  return /^\s*BEGIN:VCARD\s*$/im.test(text.slice(0, 1000));
}

/** The phones of vCards: of each card those that WhatsApp has marked with a `waid`, or all. */
export function* vcardRows(text: string): Generator<RawRow> {
  let phones: RawRow[] = [];
  for (const { line, text: property } of unfolded(text)) {
    if (/^BEGIN:VCARD\s*$/i.test(property)) phones = [];
    if (/^(?:[\w-]+\.)?TEL[;:]/i.test(property)) {
      phones.push({ line, text: property.replace(/^[\w-]+\.(?=TEL)/i, ''), note: null, until: null });
    }
    if (/^END:VCARD\s*$/i.test(property)) {
      const marked = phones.filter((phone) => /;waid=/i.test(phone.text));
      yield* marked.length > 0 ? marked : phones;
      phones = [];
    }
  }
  // A card that was cut off.
  yield* phones;
}

/** Lines that begin with a space continue the line before them. */
function* unfolded(text: string): Generator<{ readonly line: number; readonly text: string }> {
  let current: { line: number; text: string } | null = null;
  let line = 0;
  for (const [part] of text.matchAll(/[^\r\n]*(?:\r\n|\r|\n|$)/g)) {
    line++;
    const bare = part.replace(/[\r\n]+$/, '');
    if (current !== null && /^[ \t]/.test(bare)) current.text += bare.slice(1);
    else {
      if (current !== null) yield current;
      current = { line, text: bare };
    }
  }
  if (current !== null) yield current;
}
