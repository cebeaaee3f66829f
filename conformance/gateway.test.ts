// Shows that the rules, texts and statuses of the Block Users API are the same through the gateway as at the platform behind it.
import { after, before, test } from 'node:test';
import { createServer, readConfig, type Server } from '@blockhouse/server';
import { testStoreUrl } from '../packages/server/test/test-store.ts';
import { Runner } from './runner.ts';
import { scenarios } from './scenarios/all.ts';

let runner: Runner;
const servers: Server[] = [];

async function start(env: Readonly<Record<string, string>>): Promise<{ url: string; key: string }> {
  const own = { PORT: '0', BLOCKHOUSE_STORE: testStoreUrl(), BLOCKHOUSE_LOG: 'silent', ...env };
  const server = await createServer(readConfig(own, { sandbox: true }));
  servers.push(server);
  return { url: await server.listen(), key: server.demoKey ?? '' };
}

before(async () => {
  const upstream = await start({ BLOCKHOUSE_RATE_LIMIT: 'off' });
  const gateway = await start({ BLOCKHOUSE_SECRET: 'x'.repeat(32), BLOCKHOUSE_UPSTREAM_RATE: 'off' });
  runner = new Runner({ ...gateway, upstream });
});
after(() => Promise.all(servers.map((server) => server.close())));

for (const scenario of scenarios) {
  test(`through the gateway: ${scenario.name}`, () => runner.play(scenario));
}
