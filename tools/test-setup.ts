// Runs around the whole suite (`--test-global-setup`). It unpacks what test files share before the first one starts,
// and removes it after the last one. Nothing then depends on another file or an earlier run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browserVariable, unpackBrowser } from './browser.ts';
import { postgresVariable, unpackPostgres } from './postgres.ts';

const folders: string[] = [];

export async function globalSetup(): Promise<void> {
  // Test files and the programs that they start load the same sources: each source is compiled once for all of them.
  const compiled = mkdtempSync(join(tmpdir(), 'blockhouse-compiled-'));
  folders.push(compiled);
  process.env['NODE_COMPILE_CACHE'] = compiled;
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
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
