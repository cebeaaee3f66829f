// Shows bulk calls: any count on all numbers, progress as it comes, a name that makes a repeat safe, and a record of where work stopped.
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Store, StoreUnavailable } from '@blockhouse/engine';
import { type Answer, demoNumber, type Running, startServer } from './harness.ts';
import { eventually } from './waiting.ts';

const users = Array.from({ length: 2500 }, (_, index) => String(16_500_000_000 + index));
const path = '/blockhouse/v1/blocks';

async function start(t: TestContext) {
  const running = await startServer(t);
  const second = { id: '77', display_phone_number: '+49 30 123456' };
  await running.call('POST', '/blockhouse/v1/numbers', { body: second });
  for (const id of [demoNumber, '77']) {
    for (let from = 0; from < users.length; from += 1000) {
      const messages = users.slice(from, from + 1000).map((user) => ({ from: user }));
      await running.call('POST', `/blockhouse/v1/numbers/${id}/inbound`, { body: { messages } });
    }
  }
  return running;
}

const parsed = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('one block on all numbers, streamed with progress', async (t) => {
  const { url, key, call } = await start(t);
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json', accept: 'application/x-ndjson' },
    body: JSON.stringify({ users: [...users, 'nobody'], numbers: ['*'] }),
  });
  assert.match(response.headers.get('content-type') ?? '', /ndjson/);
  const lines = parsed(await response.text());
  assert.deepEqual(
    lines.map(({ type, done, total }) => [type, done, total]),
    [
      ['results', 1000, 5002],
      ['results', 2000, 5002],
      ['results', 2501, 5002],
      ['results', 3501, 5002],
      ['results', 4501, 5002],
      ['results', 5002, 5002],
      ['end', undefined, undefined],
    ],
  );
  const { run } = lines.at(-1);
  assert.deepEqual([run.state, run.counts], ['done', { blocked: 5000, refused: 2 }]);
  assert.deepEqual(
    (await call('GET', `/blockhouse/v1/runs/${response.headers.get('x-blockhouse-run')}`)).body,
    run,
  );
  const refused = lines[2].results.at(-1);
  assert.deepEqual(
    [refused.number, refused.user, refused.outcome, refused.code, refused.reason],
    [demoNumber, 'nobody', 'refused', 131047, 'invalid_format'],
  );
  assert.match(refused.explanation, /not written as a phone number/);
});

test('a name makes a repeat safe: the same answer, nothing done twice, and no other request under it', async (t) => {
  const { call, unblock } = await start(t);
  const headers = { 'idempotency-key': 'cleanup-1' };
  const body = { users, numbers: [demoNumber], note: 'x' };
  const first = await call('POST', path, { body, headers });
  await unblock(users[0] ?? '');
  const again = await call('POST', path, { body, headers });
  assert.deepEqual(again.body.results, first.body.results);
  assert.equal((await call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`)).body.total, 2499);
  const other = await call('POST', path, { body: { ...body, note: 'y' }, headers });
  assert.equal(other.status, 409);
  assert.match(other.body.error.message, /Idempotency-Key: "cleanup-1" was the name of another request/);
});

/** Answers as soon as a socket that was open at a server here is closed there, and those who listen have been told. */
function serverSockets(t: TestContext) {
  const sockets: Socket[] = [];
  const keep = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
  subscribe('net.server.socket', keep);
  t.after(() => unsubscribe('net.server.socket', keep));
  return {
    async closed(port: number | undefined): Promise<void> {
      const socket = sockets.find(({ remotePort }) => remotePort === port);
      assert.ok(socket, `no socket from port ${port}`);
      // The connection may end with an error, at which `once` of node:events would reject.
      if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
      await new Promise(setImmediate);
    },
  };
}

/** Makes changes of the store wait from the nth on, until they are let go. */
function holdChanges({ server }: Running, nth: number) {
  const change = server.store.change.bind(server.store);
  const held = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let changes = 0;
  server.store.change = async (...call) => {
    if (++changes >= nth) {
      held.resolve();
      await goOn.promise;
    }
    return change(...call);
  };
  return { held: held.promise, letGo: goOn.resolve };
}

/** Asks for a stream and hangs up once `until` is fulfilled; answers when the server knows. */
async function hangUp(t: TestContext, running: Running, body: object, name: string, until: Promise<void>) {
  const sockets = serverSockets(t);
  const headers = {
    'x-api-key': running.key,
    'content-type': 'application/json',
    accept: 'application/x-ndjson',
    'idempotency-key': name,
  };
  const asking = httpRequest(running.url + path, { method: 'POST', headers, agent: false }, (response) => {
    response.on('error', () => {});
    response.resume();
  });
  asking.on('error', () => {});
  asking.end(JSON.stringify(body));
  await until;
  const port = asking.socket?.localPort;
  asking.destroy();
  await sockets.closed(port);
}

test('a client that hangs up stops the work behind the request in hand; the record says where, and a repeat goes on', async (t) => {
  const running = await start(t);
  const { call } = running;
  const body = { users, numbers: [demoNumber, '77'] };
  const { held, letGo } = holdChanges(running, 2);
  await hangUp(t, running, body, 'half', held);
  assert.equal((await call('GET', '/blockhouse/v1/runs/half')).body.state, 'running');
  letGo();
  const rest = await untilFree(() => call('POST', path, { body, headers: { 'idempotency-key': 'half' } }));
  const changed = rest.body.results.filter((result: { changed: boolean }) => result.changed);
  assert.equal(changed.length, 5000, 'nothing was done twice');
  assert.deepEqual(rest.body.run.counts, { blocked: 5000 });
});

test('the record of a run that was hung up on says what the lists say', async (t) => {
  const running = await start(t);
  const { call, server } = running;
  const { held, letGo } = holdChanges(running, 2);
  const stopped = Promise.withResolvers<void>();
  const changeRecords = server.store.changeRecords.bind(server.store);
  server.store.changeRecords = async (...asked) => {
    const answer = await changeRecords(...asked);
    if ((answer as { state?: string } | null)?.state === 'stopped') stopped.resolve();
    return answer;
  };
  await hangUp(t, running, { users, numbers: [demoNumber, '77'] }, 'half', held);
  letGo();
  await stopped.promise;
  const run = (await call('GET', '/blockhouse/v1/runs/half')).body;
  assert.deepEqual([run.state, run.done, run.total], ['stopped', 2000, 5000]);
  assert.equal((await call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`)).body.total, 2000);
  assert.equal((await call('GET', '/blockhouse/v1/numbers/77/blocks')).body.total, 0);
});

test('a client that hangs up while the store does not answer harms nobody, and the run goes on later', async (t) => {
  const running = await start(t);
  const { call, server } = running;
  const { held, letGo } = holdChanges(running, 2);
  const { record, putRecord, changeRecords } = server.store;
  const refused = Promise.withResolvers<void>();
  const body = { users, numbers: [demoNumber, '77'] };
  await hangUp(t, running, body, 'outage', held);
  let refusals = 0;
  const refuse = async () => {
    // The chunk in hand could not be kept, then the end of the run.
    if (++refusals === 2) refused.resolve();
    throw new StoreUnavailable('the database does not answer');
  };
  Object.assign(server.store, { record: refuse, putRecord: refuse, changeRecords: refuse });
  letGo();
  await refused.promise;
  await new Promise(setImmediate);
  Object.assign(server.store, { record, putRecord, changeRecords });
  assert.equal((await call('GET', '/blockhouse/v1/runs/outage')).body.state, 'stopped');
  const rest = await call('POST', path, { body, headers: { 'idempotency-key': 'outage' } });
  assert.deepEqual([rest.status, rest.body.run.counts], [200, { blocked: 5000 }]);
});

test('a run that ends in an outage of the store still says what became of each user', async (t) => {
  const { call, server } = await start(t);
  const store = server.store as { -readonly [Name in keyof Store]: Store[Name] };
  const { changeRecords, record } = store;
  let kept = 0;
  const refuse = async () => {
    throw new StoreUnavailable('the database does not answer');
  };
  store.changeRecords = async (...asked) => {
    // The claim and the first chunk are kept.
    if (++kept <= 2) return (await changeRecords.apply(store, asked)) as never;
    store.record = refuse;
    return await refuse();
  };
  const headers = { 'idempotency-key': 'outage' };
  const { status, body } = await call('POST', path, { body: { users, numbers: [demoNumber] }, headers });
  Object.assign(store, { changeRecords, record });
  assert.deepEqual([status, body.run.state, body.run.done, body.error.code], [200, 'stopped', 1000, 139103]);
  const outcomes = Map.groupBy(body.results, ({ outcome }: { outcome: string }) => outcome);
  assert.deepEqual(
    [...outcomes].map(([outcome, { length }]) => [outcome, length]),
    [
      ['blocked', 1000],
      ['unknown', 1000],
      ['not_tried', 500],
    ],
  );
});

/** Asks again while another caller works on the run. */
function untilFree(ask: () => Promise<Answer>): Promise<Answer> {
  return eventually('the run was free', ask, ({ status }) => status !== 409);
}

test('what is wrong is said before anything is done', async (t) => {
  const { call } = await startServer(t);
  const good = { users: ['1'], numbers: ['*'] };
  for (const [body, problem] of [
    [{ ...good, users: [] }, /users/],
    [{ ...good, numbers: ['5'] }, /numbers\[0\]: there is no number "5"/],
    [{ ...good, until: 'soon' }, /until must be a time such as/],
    [{ ...good, until: '2001-01-01T00:00:00Z' }, /until must be in the future/],
    [{ ...good, when_closed: 'later' }, /when_closed/],
    [{ ...good, colour: 'red' }, /colour/],
    [{ users: ['1'] }, /numbers/],
  ] as const) {
    const answer = await call('POST', path, { body });
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.match(answer.body.error.message, problem);
  }
  const wrongKey = await call('POST', path, { body: good, headers: { 'idempotency-key': 'two words' } });
  assert.equal(wrongKey.status, 400);
  assert.equal((await call('GET', '/blockhouse/v1/runs/none')).status, 400);
  const app = (
    await call('POST', '/blockhouse/v1/keys', { body: { name: 'a', role: 'app', numbers: ['*'] } })
  ).body;
  assert.equal((await call('POST', path, { body: good, key: app.key })).status, 403);
  assert.deepEqual((await call('GET', '/blockhouse/v1/activity')).body.data, []);
});

test('a client that hangs up before the first line holds nothing up', async (t) => {
  const running = await start(t);
  const body = { users, numbers: [demoNumber, '77'] };
  const { held, letGo } = holdChanges(running, 1);
  await hangUp(t, running, body, 'early', held);
  letGo();
  const headers = { 'idempotency-key': 'early' };
  const answer = await untilFree(() => running.call('POST', path, { body, headers }));
  assert.deepEqual(answer.body.run.counts, { blocked: 5000 });
});

test('a number that is removed meanwhile is not tried, and the others are done', async (t) => {
  const { call, server } = await start(t);
  const change = server.store.change.bind(server.store);
  let removed = false;
  // Removed between the reading of the request and the work on it.
  server.store.change = (async (numberId: string, ...rest: [never, never]) => {
    if (numberId === '77' && !removed) {
      removed = true;
      await server.store.changeNumbers(() => ({ remove: '77' }));
    }
    return change(numberId, ...rest);
  }) as typeof server.store.change;
  const { body } = await call('POST', path, {
    body: { users: users.slice(0, 5), numbers: ['77', demoNumber] },
  });
  assert.deepEqual([body.run.state, body.run.counts], ['done', { not_tried: 5, blocked: 5 }]);
});

test('a reset forgets runs, and more than an answer holds must be streamed', async (t) => {
  const { call } = await startServer(t);
  const headers = { 'idempotency-key': 'k' };
  const body = { users: ['15550100001'], numbers: ['*'] };
  assert.equal((await call('POST', path, { body, headers })).body.results[0].outcome, 'blocked');
  await call('POST', '/sandbox/reset');
  assert.equal((await call('GET', '/blockhouse/v1/runs/k')).status, 400);
  const again = await call('POST', path, { body, headers });
  assert.equal(again.body.results[0].changed, true, 'it was done anew');
  const many = { users: Array(100_001).fill('1'), numbers: ['*'] };
  const refused = await call('POST', path, { body: many });
  assert.equal(refused.status, 400);
  assert.match(refused.body.error.message, /make 100001 results; .* Accept: application\/x-ndjson/);
  assert.equal((await call('GET', '/blockhouse/v1/runs/k%200')).status, 400);
});

test('who was named by an ID is shown by it', async (t) => {
  const { call } = await startServer(t);
  const userId = (await call('GET', '/sandbox/users/15550100001')).body.numbers[demoNumber].user_id;
  const { body } = await call('POST', path, { body: { users: [userId], numbers: ['*'] } });
  assert.deepEqual([body.results[0].user_id, body.results[0].wa_id], [userId, undefined]);
  assert.equal((await call('GET', '/blockhouse/v1/activity')).body.data[0].wa_id, null);
});
