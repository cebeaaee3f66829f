// Shows the SDK against a real server: results that name everybody, lists both ways, conflicts, and batches beyond 1,000.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AmbiguousOutcome,
  AuthenticationError,
  BlockhouseError,
  BlockUsersClient,
  type ClientOptions,
  ListChangedError,
  NotFoundError,
  RateLimitError,
  ServerError,
  throwIfRefused,
  UsersRefused,
} from '@blockhouse/client';
import { demoNumber, startServer } from '../../server/test/harness.ts';

const ana = '16505551234';
const ben = '14155559876';

async function start(t: Parameters<typeof startServer>[0], over: Partial<ClientOptions> = {}) {
  const running = await startServer(t);
  const options = {
    baseUrl: `${running.url}/`,
    token: running.key,
    phoneNumberId: demoNumber,
    random: () => 0,
  };
  return { ...running, client: new BlockUsersClient({ ...options, ...over }) };
}

const many = (count: number) => Array.from({ length: count }, (_, index) => String(16_500_000_000 + index));

test('every user is either blocked or refused, with a reason that can be shown', async (t) => {
  const { client, write } = await start(t);
  await write(ana);
  const users = [ana, { phone: `+${ben}` }, '15550100003', 'nobody', '+1 555 078 3881', ana];
  const { blocked, refused } = await client.block(users);
  assert.deepEqual(blocked, [
    { user: ana, waId: ana, userId: null },
    { user: ana, waId: ana, userId: null },
  ]);
  assert.deepEqual(
    refused.map(({ user, code, reason }) => [user, code, reason]),
    [
      [users[1], 131047, 'window_closed'],
      [users[2], 131047, 'business'],
      [users[3], 131047, 'invalid_format'],
      [users[4], 131021, 'self'],
    ],
  );
  assert.match(refused[0]?.explanation ?? '', /within the last 24 hours/);
  assert.equal(refused[0]?.details, 'User has not messaged in the last 24 hours');
});

test('the status of an answer with refusals makes no difference', async (t) => {
  const { url, key } = await startServer(t, { partialFailureStatus: 400 });
  const client = new BlockUsersClient({ baseUrl: url, token: key, phoneNumberId: demoNumber });
  const { blocked, refused } = await client.block(['15550100001', ben]);
  assert.deepEqual([blocked.length, refused.length], [1, 1]);
});

test('unblocking, and exceptions for those who want them', async (t) => {
  const { client } = await start(t);
  assert.deepEqual((await client.unblock([ana])).unblocked, [{ user: ana, waId: ana, userId: null }]);
  const result = await client.block([ana, ben]);
  assert.throws(
    () => throwIfRefused(result),
    (error) => {
      assert.ok(error instanceof UsersRefused && error instanceof BlockhouseError);
      assert.equal(error.refused.length, 2);
      assert.match(
        error.message,
        /^16505551234 was refused: You can block only users who wrote .*, and 1 more$/,
      );
      return true;
    },
  );
  assert.deepEqual(throwIfRefused(await client.unblock([ana])).refused, []);
});

test('users by their business-scoped ID', async (t) => {
  const { client, write, call } = await start(t);
  await write(ana);
  const userId: string = (await call('GET', `/sandbox/users/${ana}`)).body.numbers[demoNumber].user_id;
  assert.deepEqual((await client.block([{ userId }])).blocked, [{ user: { userId }, waId: null, userId }]);
  assert.equal(await client.isBlocked({ userId }), true);
  assert.equal(await client.isBlocked(`+${ana}`), true);
  assert.equal(await client.isBlocked(ben), false);
});

test('2,500 users in three requests, merged in order; then the list, both ways', async (t) => {
  const { client, write } = await start(t);
  const users = many(2500);
  for (let from = 0; from < 2500; from += 1000) await write(...users.slice(from, from + 1000));
  const progress: number[] = [];
  const { blocked, refused } = await client.block([...users, ben], {
    onProgress: ({ done }) => progress.push(done),
  });
  assert.deepEqual(
    blocked.map(({ user }) => user),
    users,
  );
  assert.deepEqual(
    refused.map(({ user }) => user),
    [ben],
  );
  assert.deepEqual(progress, [1000, 2000, 2500]);

  const listed = [];
  for await (const { waId } of client.listAll()) listed.push(waId);
  assert.deepEqual(listed, users);
  const sizes = [];
  for await (const page of client.pages({ limit: 999 })) sizes.push(page.users.length);
  assert.deepEqual(sizes, [999, 999, 502]);
  const last = await client.list({ limit: 1000 });
  const backward = [];
  for await (const page of client.pagesBackward({ before: last.cursors?.after ?? '', limit: 400 })) {
    backward.unshift(...page.users.map(({ waId }) => waId));
  }
  assert.deepEqual(backward, users.slice(0, 999));
  assert.deepEqual([...last].length, 1000);
});

test('a list that changes is an error of its own, or a restart without repetitions', async (t) => {
  const { client, write } = await start(t);
  const users = many(10);
  await write(...users);
  await client.block(users);
  const read = async (onConflict: 'throw' | 'restart') => {
    const seen: (string | null)[] = [];
    for await (const { waId } of client.listAll({ limit: 3, onConflict })) {
      seen.push(waId);
      if (seen.length === 2) await client.unblock([users[9] ?? '']);
      if (seen.length === 5) await client.unblock([users[0] ?? '']);
    }
    return seen;
  };
  await assert.rejects(read('throw'), (error) => {
    assert.ok(error instanceof ListChangedError);
    assert.deepEqual([error.code, error.status], [139102, 400]);
    return true;
  });
  await client.block(users);
  assert.deepEqual(await read('restart'), users.slice(0, 9));
});

test('a failure in the middle says what is known, and a second call finishes', async (t) => {
  const { client, write, call } = await start(t, { retries: 0 });
  const users = many(5000);
  for (let from = 0; from < 5000; from += 1000) await write(...users.slice(from, from + 1000));
  const fail = (code: number) =>
    call('POST', '/sandbox/faults', {
      body: { operation: 'block', user: users[2500], when: { times: 1 }, what: { code } },
    });
  await fail(139103);
  const known = await client.block(users).then(
    () => assert.fail('it failed'),
    (error) => error as AmbiguousOutcome,
  );
  assert.ok(known instanceof AmbiguousOutcome);
  assert.ok(known.cause instanceof ServerError);
  assert.deepEqual([known.changed.length, known.unknown.length, known.remaining.length], [2000, 1000, 2000]);
  assert.match(known.message, /2000 done, 0 refused, 1000 unknown, 2000 not tried; POST .* code 139103/);
  assert.equal((await client.block(known.usersToRetry)).blocked.length, 3000);

  await fail(190);
  await assert.rejects(client.block(users), (error) => {
    assert.ok(error instanceof AmbiguousOutcome && error.cause instanceof AuthenticationError);
    assert.deepEqual(
      [error.unknown.length, error.remaining.length],
      [0, 3000],
      'a refused request changed nothing',
    );
    return true;
  });
});

test('faults that pass are retried, as the server asks; zero retries means none', async (t) => {
  const { client, call, url, key } = await start(t, { random: () => 0 });
  const order = (code: number) =>
    call('POST', '/sandbox/faults', { body: { operation: 'list', when: { times: 1 }, what: { code } } });
  for (const code of [139103, 130429]) {
    await order(code);
    assert.deepEqual((await client.list()).users, []);
  }
  const impatient = new BlockUsersClient({ baseUrl: url, token: key, phoneNumberId: demoNumber, retries: 0 });
  await order(139103);
  await assert.rejects(impatient.list(), ServerError);
  await order(130429);
  await assert.rejects(impatient.list(), (error) => {
    assert.ok(error instanceof RateLimitError);
    assert.equal(error.retryAfterMs, 1000);
    return true;
  });
});

test('errors say everything but the token', async (t) => {
  const { url } = await startServer(t);
  const token = 'EAAJB-secret-token';
  await assert.rejects(
    new BlockUsersClient({ baseUrl: url, token, phoneNumberId: demoNumber }).block([ana]),
    (error) => {
      assert.ok(error instanceof AuthenticationError);
      assert.equal(
        error.message,
        'POST /v25.0/106540352242922/block_users: status 401, code 190: Invalid OAuth access token - Cannot parse access token',
      );
      assert.match(error.traceId ?? '', /^A[\w-]{22}$/);
      assert.ok(!JSON.stringify({ ...error, stack: error.stack }).includes(token));
      return true;
    },
  );
  const { client } = await start(t, { phoneNumberId: '1', version: null });
  await assert.rejects(client.list(), (error) => {
    assert.ok(error instanceof NotFoundError);
    assert.match(error.message, /^GET \/1\/block_users: status 400, code 100: Unsupported get request/);
    return true;
  });
});
