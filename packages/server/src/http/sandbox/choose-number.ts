import { type KeyRecord, type NumberRecord, readPhone } from '@blockhouse/engine';
import { opens } from '../../auth/api-keys.ts';
import { invalid, shown } from '../shared/errors.ts';

/** The number that is meant: by ID or by display phone; the only one that the key opens, when nothing is said. */
export function chooseNumber(
  numbers: readonly NumberRecord[],
  { key, text, parameter }: { key: KeyRecord; text: string | null; parameter: string },
): NumberRecord {
  const open = numbers.filter(({ id }) => opens(key, id));
  if (text === null) {
    const [only, another] = open;
    if (only !== undefined && another === undefined) return only;
    throw invalid(
      only === undefined
        ? 'This key opens no number.'
        : `Param ${parameter} must say which of ${open.length} numbers.`,
    );
  }
  const phone = readPhone(text);
  const number = open.find(({ id, waId }) => id === text || waId === phone);
  if (number === undefined) {
    throw invalid(`Param ${parameter} must be a phone_number_id or a display phone - got "${shown(text)}".`);
  }
  return number;
}
