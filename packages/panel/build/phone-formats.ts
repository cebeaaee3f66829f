import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const id = 'virtual:phone-formats';

/** [pattern, format, pattern of the leading digits] */
export type PhoneFormat = readonly [string, string, string];

interface Metadata {
  readonly country_calling_codes: Record<string, string[]>;
  readonly countries: Record<string, unknown[]>;
  readonly nonGeographic: Record<string, unknown[]>;
}

function readMetadata(): Metadata {
  return createRequire(import.meta.url)('libphonenumber-js/metadata.min.json') as Metadata;
}

/** What libphonenumber knows about writing numbers, and nothing else: a tenth of the library and its metadata. */
export function readFormats(): Record<string, PhoneFormat[]> {
  const metadata = readMetadata();
  const result: Record<string, PhoneFormat[]> = {};
  const add = (code: string, country: unknown[] | undefined) => {
    const formats = (country?.[4] || []) as [string, string, (string[] | 0)?, unknown?, unknown?, string?][];
    result[code] = formats
      .filter(([, , , , , international]) => international !== 'NA')
      .map(([pattern, format, leading, , , international]) => [
        pattern,
        international ?? format,
        leading ? (leading.at(-1) ?? '') : '',
      ]);
  };
  for (const [code, [main]] of Object.entries(metadata.country_calling_codes)) {
    if (main) add(code, metadata.countries[main]);
  }
  for (const [code, country] of Object.entries(metadata.nonGeographic)) add(code, country);
  return result;
}

/** ISO 3166 codes of the countries whose national numbers libphonenumber knows, with their calling codes. */
export function readCountries(): readonly (readonly [country: string, callingCode: string])[] {
  return Object.entries(readMetadata().country_calling_codes).flatMap(([code, countries]) =>
    countries.map((country) => [country, code] as const),
  );
}

export function phoneFormats(): Plugin {
  return {
    name: 'phone-formats',
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load: (source) =>
      source === `\0${id}`
        ? `export const formats = ${literal(readFormats())}; export const countries = ${literal(readCountries())};`
        : null,
  };
}

/** Faster to read for a browser than the same as an expression. */
function literal(value: unknown): string {
  return `JSON.parse(${JSON.stringify(JSON.stringify(value))})`;
}
