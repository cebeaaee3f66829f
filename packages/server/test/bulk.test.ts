// Shows that a bulk call blocks any number of users on any numbers, streams its progress, and is safe to
// repeat.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';
import { bulkPath, startTwoNumbers, users } from './two-numbers.ts';

const parsed = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a bulk call blocks users on all numbers and streams its progress', async (t) => {
  const { url, key, call } = await startTwoNumbers(t);
  const response = await fetch(url + bulkPath, {
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
  assert.match(refused.explanation, /not a phone number/);
});

test('a repeated Idempotency-Key returns the same result, changes nothing, and refuses a different request', async (t) => {
  const { call, unblock } = await startTwoNumbers(t);
  const headers = { 'idempotency-key': 'cleanup-1' };
  const body = { users, numbers: [demoNumber], note: 'x' };
  const first = await call('POST', bulkPath, { body, headers });
  await unblock(users[0] ?? '');
  const again = await call('POST', bulkPath, { body, headers });
  assert.deepEqual(again.body.results, first.body.results);
  assert.equal((await call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`)).body.total, 2499);
  const other = await call('POST', bulkPath, { body: { ...body, note: 'y' }, headers });
  assert.equal(other.status, 409);
  assert.match(
    other.body.error.message,
    /Idempotency-Key: run "cleanup-1" belongs to a request with other content/,
  );
});

test('an invalid request is refused before any user is blocked', async (t) => {
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
    const answer = await call('POST', bulkPath, { body });
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.match(answer.body.error.message, problem);
  }
  const wrongKey = await call('POST', bulkPath, { body: good, headers: { 'idempotency-key': 'two words' } });
  assert.equal(wrongKey.status, 400);
  assert.equal((await call('GET', '/blockhouse/v1/runs/none')).status, 400);
  const app = (
    await call('POST', '/blockhouse/v1/keys', { body: { name: 'a', role: 'app', numbers: ['*'] } })
  ).body;
  assert.equal((await call('POST', bulkPath, { body: good, key: app.key })).status, 403);
  assert.deepEqual((await call('GET', '/blockhouse/v1/activity')).body.data, []);
});

test('a number that is removed during the run is skipped, and the others are finished', async (t) => {
  const { call, server } = await startTwoNumbers(t);
  const change = server.store.change.bind(server.store);
  let removed = false;
  // The number is removed after the request is parsed and before the work begins.
  server.store.change = (async (numberId: string, ...rest: [never, never]) => {
    if (numberId === '77' && !removed) {
      removed = true;
      await server.store.changeNumbers(() => ({ remove: '77' }));
    }
    return change(numberId, ...rest);
  }) as typeof server.store.change;
  const { body } = await call('POST', bulkPath, {
    body: { users: users.slice(0, 5), numbers: ['77', demoNumber] },
  });
  assert.deepEqual([body.run.state, body.run.counts], ['done', { not_tried: 5, blocked: 5 }]);
});

test('a reset deletes runs, and a large result must be streamed', async (t) => {
  const { call } = await startServer(t);
  const headers = { 'idempotency-key': 'k' };
  const body = { users: ['15550100001'], numbers: ['*'] };
  assert.equal((await call('POST', bulkPath, { body, headers })).body.results[0].outcome, 'blocked');
  await call('POST', '/sandbox/reset');
  assert.equal((await call('GET', '/blockhouse/v1/runs/k')).status, 400);
  const again = await call('POST', bulkPath, { body, headers });
  assert.equal(again.body.results[0].changed, true, 'the user is blocked again');
  const many = { users: Array(100_001).fill('1'), numbers: ['*'] };
  const refused = await call('POST', bulkPath, { body: many });
  assert.equal(refused.status, 400);
  assert.match(refused.body.error.message, /make 100001 results; .* Accept: application\/x-ndjson/);
  assert.equal((await call('GET', '/blockhouse/v1/runs/k%200')).status, 400);
});

test('the result of a user who was given by ID has that ID', async (t) => {
  const { call } = await startServer(t);
  const userId = (await call('GET', '/sandbox/users/15550100001')).body.numbers[demoNumber].user_id;
  const { body } = await call('POST', bulkPath, { body: { users: [userId], numbers: ['*'] } });
  assert.deepEqual([body.results[0].user_id, body.results[0].wa_id], [userId, undefined]);
  assert.equal((await call('GET', '/blockhouse/v1/activity')).body.data[0].wa_id, null);
});
