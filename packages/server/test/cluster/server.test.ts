// Shows that the server behaves over a Citus cluster as over SQLite: the conformance scenarios and its stories pass over it.
import { test } from 'node:test';
import { runOver } from '../run-over.ts';
import { clusterUrl, schemaPrefix, withoutCluster } from './cluster.ts';

test('the conformance scenarios and the stories of the server pass over a cluster', {
  skip: withoutCluster,
}, async () => {
  const patterns = [
    'conformance/*.test.ts',
    'packages/server/test/{the-main-story,races,bulk,bulk-interrupted,standing-blocks,webhooks}.test.ts',
    'packages/server/test/gateway/{identity,own-api}.test.ts',
  ];
  const env = {
    TEST_POSTGRES_URL: clusterUrl ?? '',
    TEST_DISTRIBUTED: 'yes',
    TEST_SCHEMA_PREFIX: schemaPrefix,
  };
  await runOver(patterns, env);
});
