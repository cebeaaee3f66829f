// Shows how often the SDK asks and what it sends: retries, hints, deadlines and signals, and undocumented answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AmbiguousOutcome,
  AuthenticationError,
  BlockUsersClient,
  ConnectionError,
  isAmbiguous,
  PermissionError,
  RateLimitError,
  ServerError,
  TimeoutError,
  UnexpectedResponseError,
} from '@blockhouse/client';

const ana = '+16505551234';
const ben = '+14155559876';

type Answer = { status?: number; body: unknown; headers?: Record<string, string> } | Error;

/** A client whose fetch answers from a list, and repeats the last answer. */
function against(
  answers: readonly Answer[],
  over: { retries?: number; deadlineMs?: number; timeoutMs?: number } = {},
) {
  const asked: { url: string; init: RequestInit }[] = [];
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push({ url: String(url), init: init ?? {} });
    if (answer instanceof Error) throw answer;
    const { status = 200, body, headers = {} } = answer ?? { body: '' };
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
  };
  const client = new BlockUsersClient({
    token: 't',
    phoneNumberId: '1',
    fetch,
    retries: 0,
    random: () => 0,
    ...over,
  });
  return { client, asked };
}

test('an unknown code is shown in the words of the server', async () => {
  const body = {
    block_users: {
      added_users: [],
      failed_users: [{ input: ana, errors: [{ message: 'Moon phase', code: 7 }] }],
    },
  };
  const { refused } = await against([{ body }]).client.block([ana]);
  assert.deepEqual(
    [refused[0]?.reason, refused[0]?.explanation],
    ['other', 'The server refused this user: Moon phase.'],
  );
});

test('a provider that drops the plus, and one that answers duplicates once', async () => {
  const body = { block_users: { added_users: [{ input: '16505551234', wa_id: '16505551234' }], errors: [] } };
  const { blocked } = await against([{ body }]).client.block([ana, ana]);
  assert.deepEqual(
    blocked.map(({ user }) => user),
    [ana, ana],
  );
});

test('a user whom the answer does not mention is unknown, never a success', async () => {
  const body = { block_users: { added_users: [{ input: ana, wa_id: '16505551234' }] } };
  await assert.rejects(against([{ body }]).client.block([ana, ben]), (error) => {
    assert.ok(error instanceof AmbiguousOutcome);
    const unknown = { user: ben, number: '1', code: null, message: null, details: null };
    assert.deepEqual([error.changed.length, error.unknown], [1, [unknown]]);
    return true;
  });
});

/** After these nobody knows whether the request was applied. */
const ambiguous: readonly unknown[] = [ServerError, UnexpectedResponseError, ConnectionError, TimeoutError];

const html = '<html>502 Bad Gateway</html>';

for (const [what, answer, Kind, calls] of [
  ['a proxy with HTML and 502', { status: 502, body: html }, ServerError, 3],
  ['HTML with 200', { body: html }, UnexpectedResponseError, 3],
  ['truncated JSON', { body: '{"block_users":{"added_us' }, UnexpectedResponseError, 3],
  ['an empty body', { body: '' }, UnexpectedResponseError, 3],
  ['JSON of another shape', { body: { success: true } }, UnexpectedResponseError, 3],
  ['139103 inside a 200', { body: { error: { code: 139103, message: 'x' } } }, ServerError, 3],
  ['a 429 without a code', { status: 429, body: { error: {} } }, RateLimitError, 3],
  ['130429 inside a 400', { status: 400, body: { error: { code: 130429 } } }, RateLimitError, 3],
  ['a lost permission', { status: 403, body: { error: { code: 200 } } }, PermissionError, 1],
  [
    'an expired token',
    { status: 401, body: { error: { code: 190, error_subcode: 463 } } },
    AuthenticationError,
    1,
  ],
  [
    'a broken connection',
    new TypeError('fetch failed', { cause: new Error('ECONNRESET') }),
    ConnectionError,
    3,
  ],
] as const) {
  test(`${what}: ${Kind.name}, after ${calls} attempts`, async () => {
    const { client, asked } = against([answer], { retries: 2, deadlineMs: 10_000 });
    await assert.rejects(client.block([ana]), (error) => {
      if (!ambiguous.includes(Kind)) return error instanceof Kind;
      assert.ok(error instanceof AmbiguousOutcome && error.cause instanceof Kind && isAmbiguous(error));
      assert.deepEqual(error.usersToRetry, [ana]);
      return true;
    });
    assert.equal(asked.length, calls);
  });
}

test('the hint of the server is obeyed, in seconds or as a date; beyond the deadline it is not waited for', async () => {
  const late = { status: 429, body: { error: { code: 130429 } }, headers: { 'retry-after': '3600' } };
  const { client, asked } = against([late], { retries: 5, deadlineMs: 5000 });
  await assert.rejects(
    client.list(),
    (error) => error instanceof RateLimitError && error.retryAfterMs === 3_600_000,
  );
  assert.equal(asked.length, 1);
  const date = 'Sat, 21 Nov 2026 10:00:00 GMT';
  const dated = { ...late, headers: { date, 'retry-after': 'Sat, 21 Nov 2026 10:00:07 GMT' } };
  await assert.rejects(
    against([dated]).client.list(),
    (error) => error instanceof RateLimitError && error.retryAfterMs === 7000,
  );
});

test('a server that does not answer: each attempt has its own timeout, and the call its deadline', async () => {
  let attempts = 0;
  const fetch: typeof globalThis.fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      attempts++;
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
  const options = { token: 't', phoneNumberId: '1', fetch, random: () => 0 };
  const client = new BlockUsersClient({ ...options, timeoutMs: 20, deadlineMs: 60_000, retries: 1 });
  await assert.rejects(
    client.list(),
    (error) => error instanceof TimeoutError && /no answer within 20 ms/.test(error.message),
  );
  assert.equal(attempts, 2);
  await assert.rejects(new BlockUsersClient({ ...options, deadlineMs: 30 }).list(), TimeoutError);
});

test("the caller's signal ends a request, a wait between attempts, and rejects with its reason", async () => {
  const waiting = against([{ status: 500, body: html }], { retries: 3 });
  const controller = new AbortController();
  const call = waiting.client.list({}, { signal: controller.signal });
  queueMicrotask(() => controller.abort(new Error('enough')));
  await assert.rejects(call, /enough/);
  await assert.rejects(
    waiting.client.list({}, { signal: AbortSignal.abort(new Error('too late')) }),
    /too late/,
  );
});

test("Meta's list without next is read to its end", async () => {
  const page = (count: number, after: string) => ({
    body: {
      data: Array.from({ length: count }, (_, index) => ({
        messaging_product: 'whatsapp',
        wa_id: `${after}${index}`,
      })),
      ...(count > 0 && { paging: { cursors: { before: 'b', after } } }),
    },
  });
  const { client, asked } = against([page(2, '1'), page(2, '2'), page(0, '3')]);
  const seen = [];
  for await (const { waId } of client.listAll({ limit: 2 })) seen.push(waId);
  assert.deepEqual(seen, ['10', '11', '20', '21']);
  assert.deepEqual(
    asked.map(({ url }) => new URL(url).searchParams.get('after')),
    [null, '1', '2'],
  );
});

test('what is sent is what Meta asks for', async () => {
  const { client, asked } = against([
    { body: { block_users: { removed_users: [{ input: 'US.1', user_id: 'US.1' }] } } },
  ]);
  await client.unblock([{ userId: 'US.1' }]);
  const [{ url, init }] = asked as [(typeof asked)[0]];
  assert.equal(url, 'https://graph.facebook.com/v25.0/1/block_users');
  assert.equal(init.method, 'DELETE');
  assert.deepEqual(JSON.parse(String(init.body)), {
    messaging_product: 'whatsapp',
    block_users: [{ user_id: 'US.1' }],
  });
});
