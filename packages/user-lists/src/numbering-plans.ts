import { type CountryCode, getCountries, getCountryCallingCode, Metadata } from 'libphonenumber-js/min';

/** How many digits national numbers may have, by calling code. */
const lengths = new Map<string, Set<number>>();
const nonGeographic = ['800', '808', '870', '878', '881', '882', '883', '888', '979'];

function readPlans(): void {
  const metadata = new Metadata();
  const add = (callingCode: string, plan: CountryCode) => {
    metadata.selectNumberingPlan(plan);
    const known = lengths.get(callingCode) ?? new Set();
    for (const length of metadata.numberingPlan?.possibleLengths() ?? []) known.add(length);
    lengths.set(callingCode, known);
  };
  for (const country of getCountries()) add(getCountryCallingCode(country), country);
  // A numbering plan without a country is selected by its calling code.
  for (const code of nonGeographic) add(code, code as CountryCode);
  // Mexico's wa_ids keep the 1 that mobile numbers once had: 52 1 and ten digits.
  lengths.get('52')?.add(11);
}

/** Whether a country has numbers of this calling code and of as many digits. */
export function isPossibleLength(digits: string): boolean {
  if (lengths.size === 0) readPlans();
  for (let size = 1; size <= 3; size++) {
    const known = lengths.get(digits.slice(0, size));
    if (known !== undefined) return known.has(digits.length - size);
  }
  // Assigned after the numbering plans here were written down.
  return true;
}
