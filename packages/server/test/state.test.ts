// Shows that an exported state can be imported exactly, that an invalid one changes nothing, and what a reset
// keeps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';

const ana = '16505551234';
const ben = '14155559876';
const cem = '905321234567';

async function filled(t: Parameters<typeof startServer>[0]) {
  const running = await startServer(t);
  const { call, write, block, unblock, advance } = running;
  await call('PUT', `/sandbox/users/${ana}`, { body: { name: 'Ana', hide_phone: true } });
  await write(ana, ben, cem);
  await block(cem, ana, ben);
  await unblock(ana);
  await write(cem);
  await advance('3h');
  await call('POST', '/sandbox/clock', { body: { freeze: true } });
  await call('POST', '/blockhouse/v1/numbers', {
    body: { id: '9', display_phone_number: '+1 555 078 3889' },
  });
  return running;
}

test('a sandbox with an imported state continues exactly where the other one was', async (t) => {
  const first = await filled(t);
  const { body: state } = await first.call('GET', '/sandbox/state');
  const { after } = (await first.list('?limit=1')).body.paging.cursors;

  const second = await startServer(t);
  assert.equal((await second.call('PUT', '/sandbox/state', { body: state })).status, 200);
  assert.deepEqual((await second.call('GET', '/sandbox/state')).body, state);
  for (const path of [
    '/sandbox/clock',
    `/sandbox/users/${ana}`,
    `/sandbox/users/${cem}`,
    '/blockhouse/v1/numbers',
  ]) {
    assert.deepEqual((await second.call('GET', path)).body, (await first.call('GET', path)).body, path);
  }
  const rest = await second.list(`?limit=1&after=${after}`);
  assert.deepEqual(
    rest.body.data,
    (await first.list(`?limit=1&after=${after}`)).body.data,
    'a cursor is still valid',
  );
  assert.deepEqual((await second.block(ana)).body, (await first.block(ana)).body);
  assert.deepEqual(
    (await second.list()).body.data.map((row: { user_id: string }) => row.user_id),
    (await first.list()).body.data.map((row: { user_id: string }) => row.user_id),
  );
});

test('a state of a wrong shape or version is refused with the reason, and changes nothing', async (t) => {
  const { call } = await filled(t);
  const { body: state } = await call('GET', '/sandbox/state');
  const number = state.numbers[0];
  const wrong: readonly [what: unknown, why: RegExp][] = [
    [[], /body/],
    [{}, /required/],
    [{ ...state, version: 2 }, /version must be 1 - got "2"/],
    [{ ...state, more: 1 }, /more is not known/],
    [{ ...state, clock: { mode: 'frozen' } }, /clock/],
    [{ ...state, user_id_secret: 'short' }, /user_id_secret/],
    [{ ...state, users: [{ ...state.users[0], kind: 'alien' }] }, /users\[0\]\.kind/],
    [{ ...state, users: [state.users[0], state.users[0]] }, /users must not name the same one twice/],
    [{ ...state, numbers: [number, number] }, /numbers must not name/],
    [{ ...state, numbers: [{ ...number, wa_id: '0000000' }] }, /numbers\[0\]\.wa_id/],
    [{ ...state, numbers: [{ ...number, list_version: 'x' }] }, /list_version/],
    [
      { ...state, numbers: [{ ...number, blocks: [number.blocks[0], number.blocks[0]] }] },
      /blocks must not name/,
    ],
    [{ ...state, numbers: [{ ...number, blocks: number.blocks.toReversed() }] }, /position must grow/],
    [{ ...state, numbers: [{ ...number, windows: [{ wa_id: ana }] }] }, /windows\[0\]/],
    [{ ...state, clock: { mode: 'offset', offset_ms: 7_000_000_000_000 } }, /clock must show a time/],
    [{ ...state, clock: { mode: 'offset', offset_ms: 9e15 } }, /clock/],
    [{ ...state, numbers: [{ ...number, list_version: '9999999999999999' }] }, /list_version/],
    [
      { ...state, numbers: [{ ...number, blocks: [{ ...number.blocks[0], position: 2 ** 53 - 1 }] }] },
      /position/,
    ],
    [
      {
        ...state,
        numbers: [{ ...number, webhook: { url: 'ftp://u:p@x/', app_secret: 's', verify_token: 't' } }],
      },
      /webhook\.url/,
    ],
  ];
  for (const [body, why] of wrong) {
    const { status, body: answer } = await call('PUT', '/sandbox/state', { body });
    assert.equal(status, 400, String(why));
    assert.match(answer.error.message, why);
    assert.deepEqual((await call('GET', '/sandbox/state')).body, state);
  }
});

test('after a reset, the sandbox has the demo number, real time, and the same keys', async (t) => {
  const { call, list, block, key } = await filled(t);
  const { body: made } = await call('POST', '/blockhouse/v1/keys', {
    body: { name: 'x', role: 'app', numbers: ['*'] },
  });
  await call('POST', '/sandbox/faults', { body: { operation: 'list', what: { code: 190 } } });
  assert.equal((await call('POST', '/sandbox/reset')).status, 200);
  assert.deepEqual((await list()).body, { data: [] });
  assert.equal((await call('GET', '/sandbox/clock')).body.mode, 'real');
  const { body: numbers } = await call('GET', '/blockhouse/v1/numbers', { key });
  assert.deepEqual(
    numbers.data.map(({ id }: { id: string }) => id),
    [demoNumber],
  );
  assert.equal((await call('GET', `/sandbox/users/${ana}`)).body.name, null);
  assert.equal((await block(ben)).body.block_users.failed_users.length, 1);
  assert.equal((await call('GET', `/${demoNumber}/block_users`, { key: made.key })).status, 200);
});

test('only an admin can export, import, or reset the state', async (t) => {
  const { call } = await startServer(t);
  const { body: made } = await call('POST', '/blockhouse/v1/keys', {
    body: { name: 'x', role: 'app', numbers: ['*'] },
  });
  for (const [method, path] of [
    ['GET', '/sandbox/state'],
    ['PUT', '/sandbox/state'],
    ['POST', '/sandbox/reset'],
  ] as const) {
    assert.equal((await call(method, path, { key: made.key })).status, 403);
  }
});
