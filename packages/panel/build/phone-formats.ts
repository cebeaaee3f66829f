import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const id = 'virtual:phone-formats';

/** [pattern, format, pattern of the leading digits] */
export type PhoneFormat = readonly [string, string, string];

/** What libphonenumber knows about writing numbers, and nothing else: a tenth of the library and its metadata. */
export function readFormats(): Record<string, PhoneFormat[]> {
  const metadata = createRequire(import.meta.url)('libphonenumber-js/metadata.min.json') as {
    country_calling_codes: Record<string, string[]>;
    countries: Record<string, unknown[]>;
    nonGeographic: Record<string, unknown[]>;
  };
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

export function phoneFormats(): Plugin {
  return {
    name: 'phone-formats',
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load: (source) =>
      source === `\0${id}`
        ? `export const formats = JSON.parse(${JSON.stringify(JSON.stringify(readFormats()))});`
        : null,
  };
}
