import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes an empty folder that is removed at the end.
 * @param scope decides when that is: a test's context, or `{ after }` of `node:test` for the end of the file.
 */
export function tempFolder(scope: { after(run: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'blockhouse-test-'));
  // Processes that a test has killed may still be closing their files.
  scope.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  return path;
}
