// Shows that a user whose wa_id changes during a call remains one user: no data is left under the old wa_id.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { demoNumber, type Running, startServer } from './harness.ts';
import { within } from './waiting.ts';

/** Two spellings of one phone. The first spelling that the user writes from becomes the `wa_id`. */
const typed = '+52 55 1234 5678';
const waId = '5215512345678';

/** Holds the next change of a blocklist after its users are parsed and before it reaches the store. */
function holdNextChange({ server: { store } }: Running) {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const change = store.change.bind(store);
  store.change = async (...asked) => {
    store.change = change;
    held.resolve();
    await released.promise;
    return await change(...asked);
  };
  return { held: within('the change reached the store', held.promise), release: released.resolve };
}

const inbound = ({ call }: Running, from: string) =>
  call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
    body: { messages: [{ from, type: 'text' }] },
  });

async function start(t: TestContext) {
  const running = await startServer(t, { sandbox: false, adminKey: 'x'.repeat(40) });
  const { status } = await running.call('POST', '/blockhouse/v1/numbers', {
    body: { id: demoNumber, display_phone_number: '+1 555 078 3881', waba_id: '102290129340398' },
  });
  assert.equal(status, 201);
  return running;
}

test('a standing block by one spelling applies to the user who writes from the other spelling during the call', async (t) => {
  const running = await start(t);
  const { held, release } = holdNextChange(running);
  const placing = running.call('POST', '/blockhouse/v1/standing-blocks', {
    body: { users: [typed], numbers: ['*'], note: 'spam' },
  });
  await held;
  assert.equal((await inbound(running, waId)).body.admitted.length, 1);
  release();
  assert.equal((await placing).body.results[0].outcome, 'standing');
  for (const spelling of [typed, waId]) {
    const { body } = await running.call('GET', `/blockhouse/v1/users/${encodeURIComponent(spelling)}`);
    assert.deepEqual([body.wa_id, body.verdict, body.numbers[0].standing?.note], [waId, 'standing', 'spam']);
  }
  assert.deepEqual((await inbound(running, waId)).body.admitted, []);
  const { body: list } = await running.list();
  assert.deepEqual(
    list.data.map(({ wa_id }: { wa_id: string }) => wa_id),
    [waId],
  );
});
