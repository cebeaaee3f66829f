import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * The body of an answer as it was before it was compressed. Requests ask for no compression, but not every proxy obeys.
 * @throws Error when it is encoded in a way that cannot be read: then nobody can look for secrets in it.
 */
export function decodedBody(response: IncomingMessage): Readable {
  const encodings = (response.headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'identity')
    .reverse();
  const stages = encodings.map((encoding) => {
    const decoder = decoders[encoding];
    if (decoder === undefined) {
      response.destroy();
      throw new Error(`it answered in the encoding "${encoding}", which is not supported`);
    }
    return decoder();
  });
  return stages.reduce<Readable>((body, stage) => pipeline(body, stage, () => {}), response);
}

/** Whether an answer was compressed on its way. */
export function isEncoded({ headers }: IncomingMessage): boolean {
  return !['', 'identity'].includes((headers['content-encoding'] ?? '').trim().toLowerCase());
}
