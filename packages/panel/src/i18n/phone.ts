import { formats } from 'virtual:phone-formats';

const compiled = new Map<string, readonly (readonly [RegExp, string, RegExp])[]>();

function formatsOf(code: string) {
  let known = compiled.get(code);
  if (!known) {
    known = (formats[code] ?? []).map(
      ([pattern, format, leading]) =>
        [RegExp(`^(?:${pattern})$`), format, RegExp(`^(?:${leading})`)] as const,
    );
    compiled.set(code, known);
  }
  return known;
}

/** Writes the digits of an E.164 number as the country does: 16505551234 becomes +1 650 555 1234. */
export function formatPhone(digits: string): string {
  for (let length = 1; length <= 3; length++) {
    const code = digits.slice(0, length);
    if (!(code in formats)) continue;
    const rest = digits.slice(length);
    for (const [pattern, format, leading] of formatsOf(code)) {
      if (leading.test(rest) && pattern.test(rest)) {
        return `+${code} ${rest
          .replace(pattern, format)
          .replace(/[-()/.~\u2010-\u2015\s]+/g, ' ')
          .trim()}`;
      }
    }
    return `+${code} ${rest}`;
  }
  return `+${digits}`;
}
