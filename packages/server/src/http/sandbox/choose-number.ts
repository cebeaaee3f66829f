import { type NumberRecord, readPhone } from '@blockhouse/engine';
import { invalid, shown } from '../shared/errors.ts';

/**
 * Chooses one of the numbers that a key opens, by ID or display phone. Without a text, it is the only one.
 * @param open the numbers that the key opens.
 * @param options.parameter the name of the text in errors.
 */
export function chooseNumber(
  open: readonly NumberRecord[],
  { text, parameter }: { text: string | null; parameter: string },
): NumberRecord {
  if (text !== null) {
    const phone = readPhone(text);
    const number = open.find(({ id, waId }) => id === text || waId === phone);
    if (number !== undefined) return number;
    throw invalid(`Param ${parameter} must be a phone_number_id or a display phone - got "${shown(text)}".`);
  }
  const [only, another] = open;
  if (only === undefined) throw invalid('This key opens no number.');
  if (another !== undefined) throw invalid(`Param ${parameter} must say which of ${open.length} numbers.`);
  return only;
}
