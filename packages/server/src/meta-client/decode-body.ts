import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { HttpResponse } from '../outbound/http-client.ts';

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
export function decodedBody({ headers, body }: HttpResponse): Readable {
  const encodings = (headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'identity')
    .reverse();
  const stages = encodings.map((encoding) => {
    const decoder = decoders[encoding];
    if (decoder === undefined) {
      body.destroy();
      throw new Error(`it answered in the encoding "${encoding}", which is not supported`);
    }
    return decoder();
  });
  return stages.reduce<Readable>((read, stage) => pipeline(read, stage, () => {}), body);
}

/** Whether an answer was compressed on its way. */
export function isEncoded({ headers }: HttpResponse): boolean {
  return !['', 'identity'].includes((headers['content-encoding'] ?? '').trim().toLowerCase());
}
