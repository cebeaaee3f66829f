// Shows which error each code of Meta's becomes, who has to act, and what to do next: limits, restricted accounts,
// tokens and permissions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AccountRestrictedError,
  AmbiguousOutcome,
  AuthenticationError,
  Blockhouse,
  BlockhouseError,
  BlockUsersClient,
  NotFoundError,
  PermissionError,
  RateLimitError,
} from '@blockhouse/client';
import { explainRefusal, platformProblemHeader, platformProblems, refusals } from '@blockhouse/client/wire';

type Answer = { status?: number; body: unknown; headers?: Record<string, string> };

/** A client whose fetch answers from a list, and repeats the last answer. */
function against(answers: readonly Answer[], over: { retries?: number; batchSize?: number } = {}) {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (url) => {
    const {
      status = 200,
      body,
      headers = {},
    } = answers[Math.min(asked.length, answers.length - 1)] ?? {
      body: '',
    };
    asked.push(String(url));
    return Response.json(body, { status, headers });
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

for (const [Kind, codes] of [
  [RateLimitError, [4, 17, 613, 80007, 80008, 130429, 131056]],
  [AccountRestrictedError, [368, 131031]],
  [AuthenticationError, [102, 104, 190]],
  [PermissionError, [10, 131005, 200, 299]],
] as const) {
  for (const code of codes) {
    test(`code ${code} is a ${Kind.name}, whatever the status`, async () => {
      for (const status of [400, 403, 429, 502]) {
        const { client, asked } = against([{ status, body: { error: { code, message: 'x' } } }], {
          retries: 1,
        });
        await assert.rejects(client.block(['16505551234']), (error) => {
          assert.ok(error instanceof Kind, String(error));
          assert.deepEqual([error.platformProblem, error.code], [null, code]);
          return true;
        });
        assert.equal(asked.length, Kind === RateLimitError ? 2 : 1, 'only what passes is tried again');
      }
    });
  }
}

test('a restricted account says who has to act', async () => {
  const { client } = against([{ status: 403, body: { error: { code: 368, message: 'x' } } }]);
  await assert.rejects(client.list(), { name: 'AccountRestrictedError', advice: platformProblems.account });
});

test("an error that a server marks as Meta's is not about the caller's key", async () => {
  const said = { status: 502, body: { error: { code: 190, message: 'x' } } };
  const marked = { ...said, headers: { [platformProblemHeader]: 'token' } };
  await assert.rejects(against([marked]).client.list(), {
    name: 'AuthenticationError',
    platformProblem: 'token',
    advice: platformProblems.token,
  });
  await assert.rejects(against([said]).client.list(), { platformProblem: null, advice: null });
  const unknown = { ...said, headers: { [platformProblemHeader]: 'constructor' } };
  await assert.rejects(against([unknown]).client.list(), { platformProblem: null, advice: null });
  const missing = { status: 502, body: { error: { code: 100, error_subcode: 33, message: 'x' } } };
  const noNumber = { ...missing, headers: { [platformProblemHeader]: 'number' } };
  await assert.rejects(against([noNumber]).client.list(), (error) => {
    assert.ok(error instanceof NotFoundError && error.platformProblem === 'number');
    return true;
  });
});

test('what ended a block early keeps whose error it was', async () => {
  const done = { body: { block_users: { added_users: [{ input: '16505551234', wa_id: '16505551234' }] } } };
  const refused = {
    status: 401,
    body: { error: { code: 190, message: 'x' } },
    headers: { [platformProblemHeader]: 'token' },
  };
  const { client } = against([done, refused], { batchSize: 1 });
  await assert.rejects(client.block(['16505551234', '14155559876']), (error) => {
    assert.ok(error instanceof AmbiguousOutcome && error instanceof BlockhouseError);
    assert.deepEqual([error.platformProblem, error.advice], ['token', platformProblems.token]);
    return true;
  });
});

test('a refusal means another thing when unblocking', async () => {
  const { message, details, code } = refusals.window_closed;
  const errors = [{ code, message, error_data: { details } }];
  const body = { block_users: { failed_users: [{ input: '16505551234', wa_id: '16505551234', errors }] } };
  const { client } = against([{ body }]);
  const [blocking] = (await client.block(['16505551234'])).refused;
  const [unblocking] = (await client.unblock(['16505551234'])).refused;
  assert.equal(blocking?.explanation, refusals.window_closed.explanation);
  assert.equal(unblocking?.explanation, explainRefusal('window_closed', 'unblock'));
  for (const reason of Object.keys(refusals) as (keyof typeof refusals)[])
    assert.doesNotMatch(
      explainRefusal(reason, 'unblock'),
      /next write|can be blocked|Unblock somebody/,
      reason,
    );
});

test('a bulk call of which nothing was done says why, in the words of the server', async () => {
  const row = { number: '1', user: '16505551234', outcome: 'not_tried', code: 190, message: 'x' };
  const lines = [
    { type: 'results', done: 1, total: 1, results: [{ ...row, details: platformProblems.token }] },
    { type: 'end', run: {} },
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const fetch: typeof globalThis.fetch = async () => new Response(text);
  const blockhouse = new Blockhouse({ baseUrl: 'http://x', token: 'k', fetch });
  await assert.rejects(blockhouse.block({ users: ['16505551234'], numbers: ['1'] }), (error) => {
    assert.ok(error instanceof AmbiguousOutcome);
    assert.equal(error.explanation, platformProblems.token);
    assert.ok(error.message.endsWith(`; ${platformProblems.token}`), error.message);
    return true;
  });
});

test('one number is asked for by its ID', async () => {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    asked.push(String(input));
    return Response.json({ id: '7 7', display_phone_number: '+1 555 078 3881' });
  };
  const blockhouse = new Blockhouse({ baseUrl: 'http://x', token: 'k', fetch });
  assert.equal((await blockhouse.numbers.get('7 7')).displayPhoneNumber, '+1 555 078 3881');
  assert.deepEqual(asked, ['http://x/blockhouse/v1/numbers/7%207']);
});
