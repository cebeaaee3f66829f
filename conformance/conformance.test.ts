// Shows that the target keeps every rule, text and status of the Block Users API. The target is a server of our own, or
// the Blockhouse sandbox at TARGET_URL, whose admin key is in TARGET_KEY.
import { after, before, test } from 'node:test';
import { createServer, readConfig } from '@blockhouse/server';
import { testStoreUrl } from '../packages/server/test/test-store.ts';
import { Runner } from './runner.ts';
import { scenarios } from './scenarios/all.ts';

const { TARGET_URL: targetUrl, TARGET_KEY: targetKey } = process.env;
let runner: Runner;
let close: (() => Promise<void>) | undefined;

before(async () => {
  if (targetUrl !== undefined) {
    runner = new Runner({ url: targetUrl, key: targetKey ?? '' });
    return;
  }
  const own = { PORT: '0', BLOCKHOUSE_STORE: testStoreUrl(), BLOCKHOUSE_LOG: 'silent' };
  const server = await createServer(readConfig(own, { sandbox: true }));
  close = () => server.close();
  runner = new Runner({ url: await server.listen(), key: server.demoKey ?? '' });
});
after(() => close?.());

for (const scenario of scenarios) {
  test(scenario.name, () => runner.play(scenario));
}
