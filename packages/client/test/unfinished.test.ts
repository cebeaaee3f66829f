// Shows what is known when a block does not finish: one type of error for any count of users, and a way to the
// results in every case.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AmbiguousOutcome,
  AuthenticationError,
  BlockUsersClient,
  ConnectionError,
  isAmbiguous,
  NotFoundError,
  RateLimitError,
  ServerError,
} from '@blockhouse/client';

const ana = '+16505551234';
const ben = '+14155559876';
const many = (count: number) => Array.from({ length: count }, (_, index) => String(16_500_000_000 + index));

type Answer = (init: RequestInit) => Response | Error | Promise<Response>;

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const failing = (status: number, code: number): Answer => {
  return () => json({ error: { code, message: `code ${code}` } }, status);
};
const lost: Answer = () => new TypeError('fetch failed', { cause: new Error('ECONNRESET') });
const hanging: Answer = ({ signal }) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

/** Blocks everybody. */
const blocking: Answer = ({ body }) => {
  const { block_users: users } = JSON.parse(String(body)) as { block_users: { user: string }[] };
  return json({ block_users: { added_users: users.map(({ user }) => ({ input: user, wa_id: user })) } });
};

/** A client whose fetch answers from a list, and repeats the last answer. */
function against(answers: readonly Answer[], over: { retries?: number } = {}) {
  const asked: RequestInit[] = [];
  const fetch: typeof globalThis.fetch = async (_, init = {}) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? lost;
    asked.push(init);
    const given = await answer(init);
    if (given instanceof Error) throw given;
    return given;
  };
  const options = { token: 't', phoneNumberId: '1', fetch, retries: 0, random: () => 0, ...over };
  return { client: new BlockUsersClient(options), asked };
}

const rejection = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );

test('an unfinished call is ambiguous, and has the code and status of its cause', () => {
  const failure = {
    method: 'POST',
    path: '/',
    status: 500,
    error: { code: 139103, fbtrace_id: 'A' },
    body: {},
    retryAfterMs: null,
  };
  assert.equal(isAmbiguous(new AmbiguousOutcome()), true);
  const error = new AmbiguousOutcome({}, new ServerError('x', { failure }));
  assert.deepEqual([error.code, error.status, error.traceId], [139103, 500, 'A']);
});

for (const count of [1, 999, 1000, 1001, 2500]) {
  const users = many(count);

  test(`${count} users, a fault: one type of error, and everybody in one list`, async () => {
    const error = await rejection(against([failing(500, 139103)]).client.block(users));
    assert.ok(error instanceof AmbiguousOutcome && error.cause instanceof ServerError && isAmbiguous(error));
    assert.equal(error.unknown.length, Math.min(count, 1000));
    assert.equal(error.remaining.length, Math.max(0, count - 1000));
    assert.deepEqual(error.usersToRetry, users);
    assert.equal(error.unknown[0]?.number, '1');
  });

  test(`${count} users, refused as a whole: the plain error, since nothing was changed`, async () => {
    const error = await rejection(against([failing(401, 190)]).client.unblock(users));
    assert.ok(error instanceof AuthenticationError && !isAmbiguous(error));
  });

  test(`${count} users, aborted: the reason of the signal, and what is known beside`, async () => {
    const reason = { mine: true };
    const controller = new AbortController();
    const { client } = against([hanging]);
    let known: AmbiguousOutcome | undefined;
    const call = client.block(users, { signal: controller.signal, onUnfinished: (what) => (known = what) });
    setImmediate(() => controller.abort(reason));
    assert.equal(await rejection(call), reason);
    assert.equal(known?.cause, reason);
    assert.deepEqual(known?.unknown.length, Math.min(count, 1000));
    assert.deepEqual(known?.usersToRetry, users);
  });
}

test('aborted between two requests: the reason, and nobody is unknown', async () => {
  const controller = new AbortController();
  let known: AmbiguousOutcome | undefined;
  const options = {
    signal: controller.signal,
    onProgress: () => controller.abort('enough'),
    onUnfinished: (what: AmbiguousOutcome) => (known = what),
  };
  assert.equal(await rejection(against([blocking]).client.block(many(1500), options)), 'enough');
  assert.deepEqual([known?.changed.length, known?.unknown.length, known?.remaining.length], [1000, 0, 500]);
});

test('a rate limit behind an answer that was lost: the users are unknown, not untouched', async () => {
  const { client } = against([lost, failing(429, 130429)], { retries: 1 });
  const error = await rejection(client.block([ana]));
  assert.ok(error instanceof AmbiguousOutcome && error.cause instanceof RateLimitError);
  assert.deepEqual(error.usersToRetry, [ana]);
});

test('an exception of onProgress ends the call unchanged, and the known results are reported', async () => {
  const { client, asked } = against([blocking], { retries: 3 });
  const mistake = new RangeError('mine');
  let known: AmbiguousOutcome | undefined;
  const onProgress = () => {
    throw mistake;
  };
  const call = client.block(many(1500), { onProgress, onUnfinished: (what) => (known = what) });
  assert.equal(await rejection(call), mistake);
  assert.equal(asked.length, 1);
  assert.deepEqual([known?.changed.length, known?.remaining.length], [1000, 500]);
});

const results = [
  { number: '1', user: ana, outcome: 'blocked', wa_id: ana },
  { number: '1', user: ben, outcome: 'not_tried', code: 190, message: 'Bad token', details: 'revoked' },
];
const line = { type: 'results', done: 2, total: 3, results };
const streamed = (...lines: object[]): Answer => {
  return () => new Response(lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
};

test('an exception of onProgress of a bulk call is not repeated, and the known results are reported', async () => {
  const { client, asked } = against([streamed(line)], { retries: 3 });
  const mistake = new RangeError('mine');
  let known: AmbiguousOutcome | undefined;
  const onProgress = () => {
    throw mistake;
  };
  const request = { users: [ana, ben, 'carla'], numbers: ['1'] };
  const call = client.blockhouse.block(request, { onProgress, onUnfinished: (what) => (known = what) });
  assert.equal(await rejection(call), mistake);
  assert.equal(asked.length, 1);
  assert.deepEqual(
    known?.changed.map(({ user }) => user),
    [ana],
  );
  assert.deepEqual(known?.remaining, [
    { user: ben, number: '1', code: 190, message: 'Bad token', details: 'revoked' },
  ]);
  assert.deepEqual(
    known?.unknown.map(({ user, number }) => [user, number]),
    [['carla', '1']],
  );
});

test('an aborted bulk call rejects with the reason, and says how to resume it', async () => {
  const controller = new AbortController();
  const { client, asked } = against([hanging]);
  let known: AmbiguousOutcome | undefined;
  const options = { signal: controller.signal, onUnfinished: (what: AmbiguousOutcome) => (known = what) };
  const call = client.blockhouse.block({ users: [ana], numbers: ['1', '1', '2'] }, options);
  setImmediate(() => controller.abort('enough'));
  assert.equal(await rejection(call), 'enough');
  assert.equal(known?.run, new Headers(asked[0]?.headers).get('idempotency-key'));
  assert.deepEqual(
    known?.unknown.map(({ number }) => number),
    ['1', '2'],
  );
});

test('a run that the server still works on after a lost answer is asked for again, under the same name', async () => {
  const busy = failing(409, 100);
  const ended = { type: 'end', run: { id: 'x', state: 'done' } };
  const done = { type: 'results', done: 1, total: 1, results: [results[0]] };
  const { client, asked } = against([lost, busy, streamed(done, ended)], { retries: 2 });
  const { changed } = await client.blockhouse.block({ users: [ana], numbers: ['1'] });
  assert.equal(changed.length, 1);
  const names = asked.map(({ headers }) => new Headers(headers).get('idempotency-key'));
  assert.deepEqual([names.length, new Set(names).size], [3, 1]);
  const other = against([busy], { retries: 2 });
  const error = await rejection(other.client.blockhouse.block({ users: [ana], numbers: ['1'] }));
  assert.ok(!isAmbiguous(error), 'the name of another run: nothing was done');
  assert.equal(other.asked.length, 1);
});

test('lines that are none of such an answer: unreadable, never a part of a result', async () => {
  for (const text of ['<html>', '{"type":"results","results":7}', 'null']) {
    const { client } = against([
      () => new Response(`${text}\n${JSON.stringify({ type: 'end', run: {} })}\n`),
    ]);
    const error = await rejection(client.blockhouse.block({ users: [ana], numbers: ['1'] }));
    assert.ok(error instanceof AmbiguousOutcome, text);
    assert.deepEqual(error.usersToRetry, [ana]);
  }
});

test('an interrupted import names the rows that are unknown and those not tried', async () => {
  const names = many(1200);
  const csv = `\ufeffName;Phone;note\r\n${names.map((name) => `"Smith; ""J""";${name};\r\n`).join('')}`;
  const row = { number: '1', user: names[0], outcome: 'blocked' };
  const answer = streamed({ type: 'results', done: 1, total: 1200, results: [row] });
  for (const blocks of [csv, names.map((user) => ({ user, note: 'a "b"' }))]) {
    const { client, asked } = against([answer]);
    const error = await rejection(client.blockhouse.blocks.import('1', blocks));
    assert.ok(error instanceof AmbiguousOutcome);
    assert.equal(error.changed.length, 1);
    assert.deepEqual(
      error.unknown.map(({ user }) => user),
      names.slice(1, 1001),
    );
    assert.deepEqual(
      error.remaining.map(({ user }) => user),
      names.slice(1001),
    );
    assert.equal(error.unknown[0]?.number, '1');
    if (typeof blocks !== 'string')
      assert.match(String(asked[0]?.body), /^"user","note","until"\r\n"16500000000","a ""b""",""\r\n/);
  }
});

test('a list with a cell of many megabytes is sent like any other', async () => {
  const csv = `phone,note\n${ana},"${'a'.repeat(10_000_000)}"\n`;
  const { client, asked } = against([lost]);
  const error = await rejection(client.blockhouse.blocks.import('1', csv));
  assert.ok(error instanceof AmbiguousOutcome);
  assert.deepEqual(error.usersToRetry, [ana]);
  assert.equal(String(asked[0]?.body).length, csv.length);
});

test('a body that cannot be sent is thrown unchanged, and never sent', async () => {
  const { client, asked } = against([lost], { retries: 3 });
  const error = await rejection(client.blockhouse.numbers.update('1', { verifiedName: 1n as never }));
  assert.ok(error instanceof TypeError && /BigInt/.test(error.message));
  const users = [{ phone: 1n as never }];
  assert.ok((await rejection(client.block(users))) instanceof TypeError);
  assert.equal(asked.length, 0);
});

test('an object that a lost attempt removed counts as removed; one that never existed is not found', async () => {
  const gone: Answer = () =>
    json({ error: { code: 100, error_subcode: 33, message: 'no such object' } }, 400);
  for (const first of [lost, failing(503, 139103)]) {
    const { client } = against([first, gone], { retries: 1 });
    await client.blockhouse.numbers.delete('1');
  }
  await against([lost, gone], { retries: 1 }).client.blockhouse.keys.revoke('k');
  for (const answers of [[gone], [failing(429, 130429), gone]]) {
    const { client } = against(answers, { retries: 1 });
    assert.ok((await rejection(client.blockhouse.keys.revoke('k'))) instanceof NotFoundError);
  }
});

test('calls that must not be repeated are not, also where retries are given as undefined', async () => {
  const options = { retries: undefined } as unknown as { retries: number };
  for (const call of [
    ({ blockhouse }: BlockUsersClient) =>
      blockhouse.numbers.create({ displayPhoneNumber: '+1 555 0100' }, options),
    ({ blockhouse }: BlockUsersClient) =>
      blockhouse.keys.create({ name: 'x', role: 'app', numbers: ['*'] }, options),
    ({ blockhouse }: BlockUsersClient) => blockhouse.sandbox.sendMessage(ana, 'hi', options),
    ({ blockhouse }: BlockUsersClient) => blockhouse.sandbox.advanceClock('1h', options),
    ({ blockhouse }: BlockUsersClient) =>
      blockhouse.sandbox.injectFault({ operation: 'block', what: { code: 1 } }, options),
  ]) {
    const { client, asked } = against([lost], { retries: 3 });
    assert.ok((await rejection(call(client))) instanceof ConnectionError);
    assert.equal(asked.length, 1);
  }
});
