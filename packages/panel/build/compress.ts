import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Files below this are not worth a second file. */
const bytesMin = 1024;

/** Writes each text file compressed, too, so that the server only has to choose one. */
export function compress(): Plugin {
  let folder = '';
  return {
    name: 'compress',
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const name of globSync('**/*.{js,css,svg}', { cwd: folder })) {
        const path = join(folder, name);
        const bytes = readFileSync(path);
        if (bytes.length < bytesMin) continue;
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
      }
    },
  };
}
