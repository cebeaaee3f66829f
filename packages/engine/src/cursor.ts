/**
 * Graph's cursors, as Meta's sample shows them: base64 of compact JSON, in which `Z` escapes what a URL would
 * not carry and itself: `Z` → `ZA`, `+` → `ZB`, `/` → `ZC`, `=` → `ZD`.
 */

/** A place in one version of a blocklist. */
export interface Cursor {
  /** 0-based index of a row. */
  readonly offset: number;
  /** The blocklist's version: microseconds since 1970. */
  readonly version: number;
  /**
   * Where the store keeps the row at `offset`, so that a page costs the same at any depth. Null when unknown: the
   * first row needs none, and a cursor written by hand has none.
   */
  readonly position: number | null;
}

declare function btoa(text: string): string;
declare function atob(text: string): string;

const escapes: Readonly<Record<string, string>> = { Z: 'ZA', '+': 'ZB', '/': 'ZC', '=': 'ZD' };
const unescapes: Readonly<Record<string, string>> = { ZA: 'Z', ZB: '+', ZC: '/', ZD: '=' };

/** No cursor of ours is longer; a longer text is not looked at. */
const textLengthMax = 512;

/** Writes a cursor; for the first row it is Meta's sample byte for byte. */
export function encodeCursor({ offset, version, position }: Cursor): string {
  const at = position === null || offset === 0 ? '' : `,"at":"${offset}:${position}"`;
  const json = `{"offset":${offset},"versionId":"${version}"${at}}`;
  return btoa(json).replace(/[Z+/=]/g, (character) => escapes[character] ?? character);
}

/**
 * Reads a cursor.
 * @returns null for anything that {@link encodeCursor}'s form does not cover: truncated, forged, not a cursor.
 */
export function decodeCursor(text: string): Cursor | null {
  if (text.length > textLengthMax || !/^(?:[A-Ya-z0-9]|Z[A-D])+$/.test(text)) return null;
  const base64 = text.replace(/Z[A-D]/g, (escaped) => unescapes[escaped] ?? escaped);
  try {
    return readCursor(JSON.parse(atob(base64)));
  } catch {
    return null;
  }
}

function readCursor(value: unknown): Cursor | null {
  if (typeof value !== 'object' || value === null) return null;
  const { offset, versionId, at } = value as Record<string, unknown>;
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) return null;
  if (typeof versionId !== 'string' || !/^\d{1,16}$/.test(versionId)) return null;
  return { offset, version: Number(versionId), position: positionFor(offset, at) };
}

/** The position counts only for the offset it was written with; a changed offset falls back to counting rows. */
function positionFor(offset: number, at: unknown): number | null {
  if (typeof at !== 'string') return null;
  const [, atOffset, position] = /^(\d{1,15}):(\d{1,15})$/.exec(at) ?? [];
  return offset > 0 && Number(atOffset) === offset ? Number(position) : null;
}
