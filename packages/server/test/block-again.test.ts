// Shows that blocking a user again changes only the given fields of the note and the expiry: null clears a
// field.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Blockhouse } from '@blockhouse/client';
import { demoNumber, startServer } from './harness.ts';

const ana = '16505551234';
const ben = '14155559876';
const path = `/blockhouse/v1/numbers/${demoNumber}`;
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

/** A server to which Ana has written, with functions that block her and that read her block. */
async function start(t: TestContext) {
  const running = await startServer(t);
  await running.write(ana);
  const change = (route: string) => (body: object) =>
    running.call('POST', `/blockhouse/v1/${route}`, { body: { users: [ana], numbers: ['*'], ...body } });
  const read = (list: string) => async () => {
    const [row] = (await running.call('GET', `${path}/${list}`)).body.data;
    return [row.note, row.until];
  };
  return {
    ...running,
    change: { blocks: change('blocks'), 'standing-blocks': change('standing-blocks') },
    stored: { blocks: read('blocks'), 'standing-blocks': read('standing-blocks') },
  };
}

for (const kind of ['blocks', 'standing-blocks'] as const) {
  test(`${kind}: an omitted field keeps its value, and null clears it`, async (t) => {
    const { change, stored } = await start(t);
    const [first, second] = [inHours(1), inHours(48)];
    await change[kind]({ note: 'spam', until: first });
    assert.deepEqual(await stored[kind](), ['spam', first]);
    await change[kind]({ until: second });
    assert.deepEqual(await stored[kind](), ['spam', second], 'a new expiry keeps the note');
    await change[kind]({ note: 'fraud' });
    assert.deepEqual(await stored[kind](), ['fraud', second], 'a new note keeps the expiry');
    await change[kind]({});
    assert.deepEqual(await stored[kind](), ['fraud', second]);
    await change[kind]({ until: null });
    assert.deepEqual(await stored[kind](), ['fraud', null]);
    await change[kind]({ until: second, note: null });
    assert.deepEqual(await stored[kind](), [null, second]);
  });
}

test("a block through Meta's API changes neither the note nor the expiry", async (t) => {
  const { change, stored, block } = await start(t);
  const until = inHours(1);
  await change.blocks({ note: 'spam', until });
  await block(ana);
  assert.deepEqual(await stored.blocks(), ['spam', until]);
});

test('a block whose expiry was cleared does not expire', async (t) => {
  const { change, list, advance } = await start(t);
  await change.blocks({ until: inHours(1) });
  await change.blocks({ until: null });
  await advance('2h');
  assert.equal((await list()).body.data.length, 1);
});

test('when_closed standing changes an existing standing block in the same way', async (t) => {
  const { call, change, stored } = await start(t);
  const until = inHours(48);
  await change.blocks({ users: [ben], when_closed: 'standing', note: 'spam', until });
  await change.blocks({ users: [ben], when_closed: 'standing', until: null });
  assert.deepEqual(await stored['standing-blocks'](), ['spam', null]);
  assert.equal((await call('GET', `${path}/blocks`)).body.total, 0);
});

test('an import keeps the fields whose columns or cells are missing', async (t) => {
  const { url, key, change, stored } = await start(t);
  const until = inHours(1);
  await change.blocks({ note: 'spam', until });
  const load = async (csv: string) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'text/csv' };
    const response = await fetch(`${url}${path}/blocks/import`, { method: 'POST', headers, body: csv });
    assert.equal(response.status, 200);
    await response.text();
  };
  await load(`phone\n${ana}\n`);
  assert.deepEqual(await stored.blocks(), ['spam', until]);
  await load(`phone,note,until\n${ana},,\n`);
  assert.deepEqual(await stored.blocks(), ['spam', until]);
  await load(`phone,note\n${ana},fraud\n`);
  assert.deepEqual(await stored.blocks(), ['fraud', until]);
});

test('an omitted field and a null field are different requests for one Idempotency-Key', async (t) => {
  const { call } = await start(t);
  const headers = { 'idempotency-key': 'run-1' };
  const body = { users: [ana], numbers: ['*'], note: 'spam' };
  assert.equal((await call('POST', '/blockhouse/v1/blocks', { body, headers })).status, 200);
  const cleared = { body: { ...body, until: null }, headers };
  assert.equal((await call('POST', '/blockhouse/v1/blocks', cleared)).status, 409);
});

test('the SDK sends null, and omits undefined fields', async (t) => {
  const { url, key, stored } = await start(t);
  const client = new Blockhouse({ baseUrl: url, token: key });
  const users = [ana];
  const until = inHours(1);
  await client.block({ users, note: 'spam', until });
  await client.block({ users, note: null });
  assert.deepEqual(await stored.blocks(), [null, until]);
  await client.block({ users, until: null, note: 'fraud' });
  assert.deepEqual(await stored.blocks(), ['fraud', null]);
  const standing = { users: [ben] };
  await client.standingBlocks.place({ ...standing, note: 'spam', until });
  await client.standingBlocks.place({ ...standing, until: null });
  assert.deepEqual(await stored['standing-blocks'](), ['spam', null]);
});
