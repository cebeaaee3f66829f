// Runs around the whole suite (`--test-global-setup`): what test files share is unpacked before the first one starts, and removed
// after the last one, so that nothing depends on what another file or an earlier run has left.
import { rmSync } from 'node:fs';
import { browserVariable, unpackBrowser } from './browser.ts';
import { postgresVariable, unpackPostgres } from './postgres.ts';

const folders: string[] = [];

export async function globalSetup(): Promise<void> {
  // npm would keep its compiled code in the temporary folder.
  process.env['NODE_DISABLE_COMPILE_CACHE'] = '1';
  for (const [variable, unpack] of [
    [browserVariable, unpackBrowser],
    [postgresVariable, unpackPostgres],
  ] as const) {
    const { folder, place } = await unpack();
    folders.push(folder);
    process.env[variable] = place;
  }
}

export function globalTeardown(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
