// Shows bulk calls: any count on all numbers, progress as it comes, a name that makes a repeat safe, and a record of where work stopped.
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { type TestContext, test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';

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
    [demoNumber, 'nobody', 'refused', 131047, 'not_a_user'],
  );
  assert.match(refused.explanation, /WhatsApp/);
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

test('a client that hangs up stops the work behind the request in hand; the record says where, and a repeat goes on', async (t) => {
  const { url, key, call } = await start(t);
  const headers = {
    'x-api-key': key,
    'content-type': 'application/json',
    accept: 'application/x-ndjson',
    'idempotency-key': 'half',
  };
  const body = { users, numbers: [demoNumber, '77'] };
  await new Promise<void>((resolve) => {
    const asking = httpRequest(url + path, { method: 'POST', headers }, (response) => {
      response.once('data', () => asking.destroy());
      response.once('close', resolve);
      response.on('error', () => {});
    });
    asking.on('error', () => {});
    asking.end(JSON.stringify(body));
  });
  const record = async () => (await call('GET', '/blockhouse/v1/runs/half')).body;
  let run = await record();
  while (run.state === 'running') run = await record();
  if (run.state === 'stopped') {
    assert.ok(run.done < run.total, JSON.stringify(run));
    const there = (await call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`)).body.total;
    const elsewhere = (await call('GET', '/blockhouse/v1/numbers/77/blocks')).body.total;
    assert.equal(there + elsewhere, run.done, 'what the record says is what the lists say');
  }
  const rest = await call('POST', path, { body, headers: { 'idempotency-key': 'half' } });
  assert.deepEqual(rest.body.run.counts, { blocked: 5000 });
  assert.equal(rest.body.results.length, 5000);
});

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
  const { url, key, call } = await start(t);
  const headers = {
    'x-api-key': key,
    'content-type': 'application/json',
    accept: 'application/x-ndjson',
    'idempotency-key': 'early',
  };
  const body = { users, numbers: [demoNumber, '77'] };
  await new Promise<void>((resolve) => {
    const asking = httpRequest(url + path, { method: 'POST', headers });
    asking.on('error', () => resolve());
    asking.end(JSON.stringify(body), () => asking.destroy());
    asking.on('close', resolve);
  });
  const repeat = () => call('POST', path, { body, headers: { 'idempotency-key': 'early' } });
  let answer = await repeat();
  while (answer.status === 409) answer = await repeat();
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
