/** Why bytes are no list: which kind of file they are, or that there are too many. */
export type FileKind = 'excel' | 'opendocument' | 'numbers' | 'zip' | 'pdf' | 'rtf' | 'image' | 'binary';

/** Text out of the bytes of a file, or what else the file is. */
export type Decoded =
  | { readonly text: string; readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' }
  | { readonly file: FileKind };

/** Kinds of files by how they begin. */
const beginnings: readonly (readonly [FileKind, readonly number[]])[] = [
  ['excel', [0xd0, 0xcf, 0x11, 0xe0]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]],
  ['zip', [0x1f, 0x8b]],
  ['pdf', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['rtf', [0x7b, 0x5c, 0x72, 0x74, 0x66]],
  ['image', [0x89, 0x50, 0x4e, 0x47]],
  ['image', [0xff, 0xd8, 0xff]],
];

/** Names of what is inside, by which a zip is one of an office program. */
const insides: readonly (readonly [FileKind, RegExp])[] = [
  ['excel', /xl\/|\[Content_Types\]\.xml/],
  ['opendocument', /application\/vnd\.oasis\.opendocument/],
  ['numbers', /Index\/|\.iwa/],
];

const lookedAt = 64 * 1024;

/**
 * Decodes the bytes of a file: UTF-8 and UTF-16 with or without a byte order mark, and Windows-1252 where the bytes are no UTF-8.
 * A spreadsheet, an archive or a picture is recognized by its first bytes.
 */
export function decodeFile(bytes: Uint8Array): Decoded {
  const file = fileKind(bytes);
  if (file !== null) return { file };
  const utf16 = utf16Of(bytes);
  if (utf16 !== null) return { text: new TextDecoder(utf16).decode(bytes), encoding: utf16 };
  if (bytes.subarray(0, lookedAt).includes(0)) return { file: 'binary' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'utf-8' };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(bytes), encoding: 'windows-1252' };
  }
}

function fileKind(bytes: Uint8Array): FileKind | null {
  const kind =
    beginnings.find(([, first]) => first.every((byte, index) => bytes[index] === byte))?.[0] ?? null;
  if (kind !== 'zip') return kind;
  const names = new TextDecoder('latin1').decode(bytes.subarray(0, lookedAt));
  return insides.find(([, name]) => name.test(names))?.[0] ?? 'zip';
}

/** By the byte order mark, or by where the zero bytes of ASCII characters are. */
function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, 1024);
  const zeros = [0, 0];
  for (const [index, byte] of sample.entries())
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const isMost = (count: number) => count > sample.length / 4;
  if (isMost(odd) && even < odd / 4) return 'utf-16le';
  return isMost(even) && odd < even / 4 ? 'utf-16be' : null;
}
