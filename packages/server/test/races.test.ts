// Shows that concurrent requests are applied one after the other or refused entirely, and that no change is
// lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '@blockhouse/engine';
import { type Answer, blockBody, startServer } from './harness.ts';
import { within } from './waiting.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape.
type Body = any;

const users = Array.from({ length: 20 }, (_, index) => String(16_500_000_000 + index));

test('a number that is removed while it is in use leaves no data behind', async (t) => {
  const { server, call } = await startServer(t);
  const post = (path: string, body: object) => call('POST', path, { body });
  const inbound = (id: string) =>
    post(`/blockhouse/v1/numbers/${id}/inbound`, { messages: users.map((from) => ({ from })) });
  const create = (id: string) =>
    post('/blockhouse/v1/numbers', { id, display_phone_number: '+1 555 078 3882' });
  const remove = () => call('DELETE', '/blockhouse/v1/numbers/777');
  /** Requests on the number, each with a function that returns whether the response reports full success. */
  const requests = [
    {
      send: () => post('/777/block_users', blockBody(...users.slice(0, 5))),
      isDone: ({ block_users: { added_users } }: Body) => added_users.length === 5,
    },
    {
      send: () => post('/777/block_users', blockBody(...users)),
      isDone: ({ block_users: { added_users } }: Body) => added_users.length === users.length,
    },
    {
      send: () => inbound('777'),
      isDone: ({ admitted, dropped }: Body) => admitted.length + dropped.length === users.length,
    },
    {
      send: () => call('PATCH', '/blockhouse/v1/numbers/777', { body: { verified_name: 'Ghost' } }),
      isDone: ({ verified_name }: Body) => verified_name === 'Ghost',
    },
  ];
  const isUnknownNumber = ({ status, body }: Answer) => status === 400 && body.error.error_subcode === 33;

  // Each request succeeds before the removal, and finds no number after it.
  assert.equal((await create('777')).status, 201);
  await inbound('777');
  for (const { send, isDone } of requests) {
    const { status, body } = await send();
    assert.ok(status === 200 && isDone(body), JSON.stringify(body));
  }
  assert.equal((await remove()).status, 200);
  for (const { send } of requests) assert.ok(isUnknownNumber(await send()));

  const { arrived, release } = holdChangesOf(server.store);
  const seen = { done: 0, gone: 0 };
  for (let round = 0; round < 30; round++) {
    assert.equal((await create('777')).status, 201);
    assert.equal((await inbound('777')).body.admitted.length, users.length);
    // All requests have found the number. They reach the store together, with the removal at each position.
    const position = round % (requests.length + 1);
    const sent: Promise<Answer>[] = [];
    for (const send of requests.map(({ send }) => send).toSpliced(position, 0, remove)) {
      const atGate = arrived();
      sent.push(send());
      await within('the request reached the store', atGate);
    }
    release();
    const answers = await Promise.all(sent);
    const [removed] = answers.splice(position, 1);
    assert.equal(removed?.status, 200);
    for (const [index, { isDone }] of requests.entries()) {
      const answer = answers[index] ?? assert.fail();
      const isWhole = answer.status === 200 && isDone(answer.body);
      assert.ok(isWhole || isUnknownNumber(answer), JSON.stringify(answer.body));
      seen[isWhole ? 'done' : 'gone']++;
    }
    assert.equal((await call('GET', '/777/block_users')).status, 400);
    assert.equal((await create('888')).status, 201);
    assert.equal((await inbound('888')).body.dropped.length, 0);
    assert.deepEqual((await call('GET', '/888/block_users')).body, { data: [] });
    await call('DELETE', '/blockhouse/v1/numbers/888');
  }
  assert.ok(seen.done > 0 && seen.gone > 0, `each order occurred: ${JSON.stringify(seen)}`);
});

/** Holds changes before they reach the store, and releases all of them together, in their order. */
function holdChangesOf(store: Store) {
  const held: (() => void)[] = [];
  let onArrival: (() => void) | null = null;
  const hold = async () => {
    const arrive = onArrival;
    if (arrive === null) return;
    onArrival = null;
    await new Promise<void>((resolve) => {
      held.push(resolve);
      arrive();
    });
  };
  const change = store.change.bind(store);
  const changeNumbers = store.changeNumbers.bind(store);
  store.change = async (...asked) => {
    await hold();
    return await change(...asked);
  };
  store.changeNumbers = async (...asked) => {
    await hold();
    return await changeNumbers(...asked);
  };
  return {
    /** Holds the next change. Resolves when it has arrived. */
    arrived: () =>
      new Promise<void>((resolve) => {
        onArrival = resolve;
      }),
    release() {
      for (const release of held.splice(0)) release();
    },
  };
}

test('concurrent changes of numbers, users, and the clock are not lost', async (t) => {
  const { call } = await startServer(t);
  const same = await Promise.all(
    users.map(() =>
      call('POST', '/blockhouse/v1/numbers', { body: { display_phone_number: '+1 555 078 3882' } }),
    ),
  );
  assert.equal(same.filter(({ status }) => status === 201).length, 1);

  const { body: number } = same.find(({ status }) => status === 201) ?? { body: null };
  await Promise.all([
    call('PATCH', `/blockhouse/v1/numbers/${number.id}`, { body: { verified_name: 'Shop' } }),
    call('PATCH', `/blockhouse/v1/numbers/${number.id}`, { body: { waba_id: '7' } }),
  ]);
  const { body: patched } = await call('GET', `/blockhouse/v1/numbers/${number.id}`);
  assert.deepEqual([patched.verified_name, patched.waba_id], ['Shop', '7']);

  await Promise.all([
    call('PUT', '/sandbox/users/16505551234', { body: { name: 'Ana' } }),
    call('PUT', '/sandbox/users/16505551234', { body: { username: '@ana' } }),
  ]);
  const { body: ana } = await call('GET', '/sandbox/users/16505551234');
  assert.deepEqual([ana.name, ana.username], ['Ana', '@ana']);

  await call('POST', '/sandbox/clock', { body: { set: '2027-01-01T00:00:00Z' } });
  await call('POST', '/sandbox/clock', { body: { freeze: true } });
  const { body: before } = await call('GET', '/sandbox/clock');
  await Promise.all(users.map(() => call('POST', '/sandbox/clock', { body: { advance: '1h' } })));
  const { body: after } = await call('GET', '/sandbox/clock');
  assert.equal(Date.parse(after.now) - Date.parse(before.now), users.length * 3_600_000);
});

test('after concurrent blocks and unblocks of the same users, the list agrees with the messages that are dropped', async (t) => {
  const { write, block, unblock, list, call } = await startServer(t);
  await write(...users);
  const answers = await Promise.all(
    users.flatMap((user) => [block(user, ...users), unblock(user), block(user), unblock(...users.slice(5))]),
  );
  for (const { status, body } of answers) assert.deepEqual([status, body.error], [200, undefined]);
  const { body } = await list('?limit=1000');
  const listed = new Set(body.data.map((row: { wa_id: string }) => row.wa_id));
  assert.equal(listed.size, body.data.length, 'nobody is listed twice');
  for (const user of users) {
    const { numbers } = (await call('GET', `/sandbox/users/${user}`)).body;
    assert.equal(Object.values(numbers as Record<string, { online: boolean }>)[0]?.online, !listed.has(user));
  }
});

test('lists that changed in the same millisecond have different versions', async (t) => {
  const { call } = await startServer(t);
  await call('POST', '/sandbox/clock', { body: { freeze: true } });
  const cursors: string[] = [];
  for (const id of ['901', '902']) {
    await call('POST', '/blockhouse/v1/numbers', { body: { id, display_phone_number: `+1 555 078 4${id}` } });
    await call('POST', `/blockhouse/v1/numbers/${id}/inbound`, {
      body: { messages: [{ from: '16505551234' }] },
    });
    await call('POST', `/${id}/block_users`, { body: blockBody('16505551234') });
    cursors.push((await call('GET', `/${id}/block_users`)).body.paging.cursors.after);
  }
  const { body } = await call('GET', `/902/block_users?after=${cursors[0]}`);
  assert.equal(body.error.code, 139102);
});
