// Shows the SDK in every scenario against a stub with every documented body and against a real server, in Node and in Chromium.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BlockUsersClient } from '@blockhouse/client';
import { demoNumber, startServer } from '../../server/test/harness.ts';
import { openPageWithSdk } from './browser.ts';
import { type Preparation, play, scenarios } from './scenarios.ts';
import { startStub } from './stub.ts';

type Play = (name: string, options: { baseUrl: string; token: string }) => Promise<unknown>;

const inNode: Play = (name, options) =>
  play(name, new BlockUsersClient({ ...options, phoneNumberId: demoNumber }));

const places: readonly (readonly [string, (t: TestContext) => Promise<Play>])[] = [
  ['Node', async () => inNode],
  ['Chromium', async (t) => (await openPageWithSdk(t, demoNumber)).play],
];

for (const [place, open] of places) {
  test(`in ${place}`, async (t) => {
    const playHere = await open(t);
    const stub = await startStub(t);
    for (const { name, answers, expected } of scenarios) {
      await t.test(`a stub: ${name}`, async () => {
        stub.answer(answers);
        assert.deepEqual(await playHere(name, { baseUrl: stub.url, token: 't' }), expected);
      });
    }
    const server = await startServer(t);
    for (const { name, prepare, expected } of scenarios) {
      if (prepare === undefined) continue;
      await t.test(`a server: ${name}`, async () => {
        await bringTo(server, prepare);
        assert.deepEqual(await playHere(name, { baseUrl: server.url, token: server.key }), expected);
      });
    }
  });
}

/** Makes a server as the scenario needs it, whatever was before. */
async function bringTo(server: Awaited<ReturnType<typeof startServer>>, prepare: Preparation): Promise<void> {
  const { write = [], block = [], fault } = prepare;
  await server.call('POST', '/sandbox/reset');
  if (write.length > 0) await server.write(...write.map((phone) => phone.slice(1)));
  if (block.length > 0) await server.block(...block);
  if (fault === undefined) return;
  const { operation, code, times } = fault;
  await server.call('POST', '/sandbox/faults', { body: { operation, when: { times }, what: { code } } });
}
