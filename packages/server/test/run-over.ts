import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs tests of the server over another store. @param env names the store, see test-store.ts. */
export async function runOver(
  patterns: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const files = globSync([...patterns], { cwd: root });
  assert.ok(files.length >= patterns.length);
  const { NODE_TEST_CONTEXT: _, ...outer } = process.env;
  const args = [
    '--conditions=@blockhouse/source',
    '--test',
    '--test-concurrency=2',
    '--test-reporter=tap',
    ...files,
  ];
  const options = { cwd: root, env: { ...outer, ...env }, maxBuffer: 64 * 1024 * 1024 };
  const { stdout, code } = await promisify(execFile)(process.execPath, args, options).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  const failed = stdout.split('\n').filter((line) => /^\s*not ok/.test(line));
  assert.deepEqual([failed, code], [[], 0], stdout.slice(-20_000));
  return stdout;
}
