// Shows that the server behaves over PostgreSQL as over SQLite: the same tests pass over it.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../../../../tools/postgres.ts';
import { runOver } from '../run-over.ts';

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
  const output = await runOver(chosen, { TEST_POSTGRES_URL: database.url });
  assert.match(output, /^# pass [1-9]\d\d/m, 'hundreds of tests ran');
});
