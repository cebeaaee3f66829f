// Shows what blocking a user again does to the note and the end of the block: a field that is left out stays, null clears it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Blockhouse } from '@blockhouse/client';
import { demoNumber, startServer } from './harness.ts';

const ana = '16505551234';
const ben = '14155559876';
const path = `/blockhouse/v1/numbers/${demoNumber}`;
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

/** A server on which Ana has written, and the ways to block her and to see what is kept of it. */
async function start(t: TestContext) {
  const running = await startServer(t);
  await running.write(ana);
  const ask = (route: string) => (body: object) =>
    running.call('POST', `/blockhouse/v1/${route}`, { body: { users: [ana], numbers: ['*'], ...body } });
  const read = (list: string) => async () => {
    const [row] = (await running.call('GET', `${path}/${list}`)).body.data;
    return [row.note, row.until];
  };
  return {
    ...running,
    ask: { blocks: ask('blocks'), 'standing-blocks': ask('standing-blocks') },
    kept: { blocks: read('blocks'), 'standing-blocks': read('standing-blocks') },
  };
}

for (const kind of ['blocks', 'standing-blocks'] as const) {
  test(`${kind}: a field that is left out keeps what is there, null clears it`, async (t) => {
    const { ask, kept } = await start(t);
    const [first, second] = [inHours(1), inHours(48)];
    await ask[kind]({ note: 'spam', until: first });
    assert.deepEqual(await kept[kind](), ['spam', first]);
    await ask[kind]({ until: second });
    assert.deepEqual(await kept[kind](), ['spam', second], 'a new end erases no note');
    await ask[kind]({ note: 'fraud' });
    assert.deepEqual(await kept[kind](), ['fraud', second], 'a new note makes no block permanent');
    await ask[kind]({});
    assert.deepEqual(await kept[kind](), ['fraud', second]);
    await ask[kind]({ until: null });
    assert.deepEqual(await kept[kind](), ['fraud', null]);
    await ask[kind]({ until: second, note: null });
    assert.deepEqual(await kept[kind](), [null, second]);
  });
}

test("a block in Meta's dialect changes neither note nor end", async (t) => {
  const { ask, kept, block } = await start(t);
  const until = inHours(1);
  await ask.blocks({ note: 'spam', until });
  await block(ana);
  assert.deepEqual(await kept.blocks(), ['spam', until]);
});

test('an end that was cleared no longer ends the block', async (t) => {
  const { ask, list, advance } = await start(t);
  await ask.blocks({ until: inHours(1) });
  await ask.blocks({ until: null });
  await advance('2h');
  assert.equal((await list()).body.data.length, 1);
});

test('with when_closed standing, a standing block that exists is treated the same', async (t) => {
  const { call, ask, kept } = await start(t);
  const until = inHours(48);
  await ask.blocks({ users: [ben], when_closed: 'standing', note: 'spam', until });
  await ask.blocks({ users: [ben], when_closed: 'standing', until: null });
  assert.deepEqual(await kept['standing-blocks'](), ['spam', null]);
  assert.equal((await call('GET', `${path}/blocks`)).body.total, 0);
});

test('an import keeps what its columns and cells leave out', async (t) => {
  const { url, key, ask, kept } = await start(t);
  const until = inHours(1);
  await ask.blocks({ note: 'spam', until });
  const load = async (csv: string) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'text/csv' };
    const response = await fetch(`${url}${path}/blocks/import`, { method: 'POST', headers, body: csv });
    assert.equal(response.status, 200);
    await response.text();
  };
  await load(`phone\n${ana}\n`);
  assert.deepEqual(await kept.blocks(), ['spam', until]);
  await load(`phone,note,until\n${ana},,\n`);
  assert.deepEqual(await kept.blocks(), ['spam', until]);
  await load(`phone,note\n${ana},fraud\n`);
  assert.deepEqual(await kept.blocks(), ['fraud', until]);
});

test('the same Idempotency-Key is not for a call that leaves out what another one clears', async (t) => {
  const { call } = await start(t);
  const headers = { 'idempotency-key': 'run-1' };
  const body = { users: [ana], numbers: ['*'], note: 'spam' };
  assert.equal((await call('POST', '/blockhouse/v1/blocks', { body, headers })).status, 200);
  const cleared = { body: { ...body, until: null }, headers };
  assert.equal((await call('POST', '/blockhouse/v1/blocks', cleared)).status, 409);
});

test('the SDK sends null, and leaves out what is left out', async (t) => {
  const { url, key, kept } = await start(t);
  const client = new Blockhouse({ baseUrl: url, token: key });
  const users = [ana];
  const until = inHours(1);
  await client.block({ users, note: 'spam', until });
  await client.block({ users, note: null });
  assert.deepEqual(await kept.blocks(), [null, until]);
  await client.block({ users, until: null, note: 'fraud' });
  assert.deepEqual(await kept.blocks(), ['fraud', null]);
  const standing = { users: [ben] };
  await client.placeStanding({ ...standing, note: 'spam', until });
  await client.placeStanding({ ...standing, until: null });
  assert.deepEqual(await kept['standing-blocks'](), ['spam', null]);
});
