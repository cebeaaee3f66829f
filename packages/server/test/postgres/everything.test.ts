// Shows that the server behaves over PostgreSQL as over SQLite: the same tests pass over it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPostgres } from '../../../../tools/postgres.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Tests of one store's own ways, or of none. */
const others = /(config|disk-full|no-room|openapi|cors|user-ids|start-and-stop)\.test\.ts$/;

test('the tests of the server and the conformance scenarios pass over PostgreSQL', async (t) => {
  const database = await startPostgres();
  t.after(() => database.remove());
  const files = globSync(
    [
      'packages/server/test/*.test.ts',
      'packages/server/test/gateway/{identity,meta-webhooks,one-user,own-api}.test.ts',
      'conformance/*.test.ts',
    ],
    { cwd: root },
  );
  const chosen = files.filter((file) => !others.test(file));
  assert.ok(chosen.length >= 14);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = [
    '--conditions=@blockhouse/source',
    '--test',
    '--test-concurrency=2',
    '--test-reporter=tap',
    ...chosen,
  ];
  const options = {
    cwd: root,
    env: { ...env, TEST_POSTGRES_URL: database.url },
    maxBuffer: 64 * 1024 * 1024,
  };
  const { stdout, code } = await promisify(execFile)(process.execPath, args, options).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  const failed = stdout.split('\n').filter((line) => /^\s*not ok/.test(line));
  assert.deepEqual([failed, code], [[], 0], stdout.slice(-20_000));
  assert.match(stdout, /^# pass [1-9]\d\d/m, 'hundreds of tests ran');
});
