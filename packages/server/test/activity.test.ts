// Shows the activity log: attempts at all numbers, filters, pages, exports, retention, and traffic by hour.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';
import { change, numberRecord, startMs } from './stores/store-suite.ts';

const ana = '16505551234';
const ben = '14155559876';

async function start(t: Parameters<typeof startServer>[0], over: Parameters<typeof startServer>[1] = {}) {
  const running = await startServer(t, over);
  const { call } = running;
  await call('POST', '/sandbox/clock', { body: { freeze: true } });
  await call('POST', '/blockhouse/v1/numbers', { body: { id: '77', display_phone_number: '+49 30 123456' } });
  const pages = async (query: string) => {
    const seen: Record<string, unknown>[] = [];
    for (let after = ''; ; ) {
      const { body } = await call('GET', `/blockhouse/v1/activity?limit=2&${query}${after}`);
      seen.push(...body.data);
      if (body.paging.after === undefined) return seen;
      after = `&after=${body.paging.after}`;
    }
  };
  return { ...running, pages };
}

test('entries of all numbers come newest first, refusals included, with filters and pages', async (t) => {
  const { call, block, unblock, write, advance, pages } = await start(t);
  await write(ana);
  await block(ana, ben);
  await call('POST', '/blockhouse/v1/blocks', {
    body: { users: [ben, 'nobody'], numbers: ['*'], when_closed: 'standing', note: 'n' },
  });
  await advance('1h');
  await unblock(ana);
  const all = await pages('');
  assert.deepEqual(
    all.map(({ number, operation, user, outcome }) => [number, operation, user, outcome]),
    [
      [demoNumber, 'unblock', ana, 'done'],
      [demoNumber, 'block', 'nobody', 'invalid_format'],
      [demoNumber, 'block', ben, 'standing'],
      [demoNumber, 'block', ben, 'window_closed'],
      [demoNumber, 'block', ana, 'done'],
      ['77', 'block', 'nobody', 'invalid_format'],
      ['77', 'block', ben, 'standing'],
    ],
  );
  assert.equal((await pages('number=77')).length, 2);
  assert.equal((await pages(`user=%2B${ben}`)).length, 3);
  assert.equal((await pages('outcome=standing&operation=block')).length, 2);
  assert.equal((await pages('key=key_demo&source=api')).length, 7);
  assert.equal((await pages(`from=${all[0]?.['at']}`)).length, 1);
  assert.equal((await pages(`to=${all[0]?.['at']}`)).length, 6);
  const agent = { name: 'a', role: 'agent', numbers: ['77'] };
  const { key } = (await call('POST', '/blockhouse/v1/keys', { body: agent })).body;
  assert.equal(
    (await call('GET', '/blockhouse/v1/activity', { key })).body.data.length,
    2,
    'an agent sees their numbers',
  );
  assert.equal((await call('GET', `/blockhouse/v1/activity?number=${demoNumber}`, { key })).status, 400);
});

test('entries of many numbers have the same order in pages and in an export', async (t) => {
  const { server, url, key, call } = await start(t);
  const { store } = server;
  const ids = Array.from({ length: 130 }, (_, index) => String(1000 + index));
  for (const [index, id] of ids.entries()) {
    await store.changeNumbers(() => ({ put: numberRecord({ id, waId: 15550790000 + index }) }));
    // Several numbers have entries of the same millisecond, and a user is unblocked twice on each.
    for (const later of [0, 50])
      await change(store, id, 'unblock', [Number(ana)], startMs + ((index * 7) % 40) + later);
  }
  const pages: string[] = [];
  for (let after = ''; ; ) {
    const { body } = await call('GET', `/blockhouse/v1/activity?limit=40${after}`);
    pages.push(...body.data.map(({ at, number }: { at: string; number: string }) => `${at} ${number}`));
    if (body.paging.after === undefined) break;
    after = `&after=${body.paging.after}`;
  }
  const parts = pages.map((entry) => entry.split(' ') as [string, string]);
  const sorted = parts.toSorted(([a, one], [b, other]) =>
    a === b ? Number(one) - Number(other) : a < b ? 1 : -1,
  );
  assert.deepEqual([pages.length, new Set(pages).size, parts], [260, 260, sorted]);
  const headers = { 'x-api-key': key, accept: 'application/x-ndjson' };
  const lines = (await (await fetch(`${url}/blockhouse/v1/activity`, { headers })).text()).trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ at, number }) => `${at} ${number}`),
    pages,
  );
});

test('the activity is exported as CSV and NDJSON', async (t) => {
  const { url, key, write, block } = await start(t);
  await write(ana);
  await block(ana, ben);
  const get = async (accept: string) =>
    (await fetch(`${url}/blockhouse/v1/activity`, { headers: { 'x-api-key': key, accept } })).text();
  const csv = await get('text/csv');
  assert.match(csv, /^at,number,operation,user,wa_id,outcome,key,person,source,note\n/);
  assert.match(csv, /,block,14155559876,14155559876,window_closed,Demo,,api,\n/);
  const lines = (await get('application/x-ndjson'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ outcome }) => outcome),
    ['window_closed', 'done'],
  );
});

test('activity past its retention is deleted at the start', async (t) => {
  const { server, call, write, block, advance } = await start(t);
  await write(ana);
  await block(ana);
  await advance('9d');
  await block(ben);
  const deleted = await server.store.purgeActivity(demoNumber, Date.now() + 86_400_000);
  assert.equal(deleted, 1);
  assert.deepEqual(
    (await call('GET', '/blockhouse/v1/activity')).body.data.map(({ user }: { user: string }) => user),
    [ben],
  );
});

test('traffic has the admitted and dropped messages of each hour', async (t) => {
  const { call, write, block, advance } = await start(t);
  await write(ana, ana, ben);
  await block(ben);
  await write(ben);
  await advance('2h');
  await write(ana, ben, ben);
  const { data } = (await call('GET', `/blockhouse/v1/numbers/${demoNumber}/traffic`)).body;
  assert.equal(data.length, 24);
  assert.deepEqual(
    data.slice(-3).map(({ admitted, dropped }: { admitted: number; dropped: number }) => [admitted, dropped]),
    [
      [3, 1],
      [0, 0],
      [1, 2],
    ],
  );
  const wrong = await call('GET', `/blockhouse/v1/numbers/${demoNumber}/traffic?from=2001-01-01T00:00:00Z`);
  assert.equal(wrong.status, 400);
});
