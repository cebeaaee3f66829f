import { rmSync } from 'node:fs';

/**
 * Finds a program that is too large to unpack for every test file. `tools/test-setup.ts` unpacks it once for the whole suite and
 * names its place in the environment. A test file that runs alone unpacks its own, and removes it when its process ends.
 * @param variable names the place in the environment.
 * @param unpack unpacks the program into a new folder.
 */
export function sharedProgram(
  variable: string,
  unpack: () => Promise<{ readonly folder: string; readonly place: string }>,
): () => Promise<string> {
  let own: Promise<string> | null = null;
  return async () => {
    const shared = process.env[variable];
    if (shared !== undefined) return shared;
    own ??= unpack().then(({ folder, place }) => {
      process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
      return place;
    });
    return await own;
  };
}
