// Shows what a client refuses at construction, with what to do, and which sizes and times its requests have.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BlockUsersClient, type ClientOptions, RateLimitError, TooManyUsersError } from '@blockhouse/client';

const many = (count: number) => Array.from({ length: count }, (_, index) => String(16_500_000_000 + index));
const usable = { token: 't', phoneNumberId: '1', baseUrl: 'https://blockhouse.example' };

for (const [over, words] of [
  [{ token: undefined }, /token must be an access token or key, got undefined\. .* set that variable/],
  [{ token: null }, /got null/],
  [{ token: '' }, /got an empty string/],
  [{ token: 'secret one' }, /visible ASCII characters/],
  [{ phoneNumberId: undefined }, /phoneNumberId must be the ID .*, got undefined\. Meta shows it/],
  [{ phoneNumberId: '' }, /got ""/],
  [{ phoneNumberId: ' 1' }, /got " 1"/],
  [{ baseUrl: undefined }, /baseUrl must be an http\(s\) address .*, got undefined\. Leave it out for Meta/],
  [{ baseUrl: '' }, /got ""/],
  [{ baseUrl: 'localhost:4080' }, /got "localhost:4080"/],
  [{ baseUrl: 'ftp://ana:secret@example.com' }, /got another/],
  [{ baseUrl: 'https://ana:secret@example.com' }, /without user/],
  [{ batchSize: 0 }, /batchSize must be a whole number from 1 to 1000, got 0/],
  [{ batchSize: 1001 }, /got 1001/],
  [{ batchSize: 2.5 }, /got 2\.5/],
] as const) {
  test(`refused at construction: ${JSON.stringify(over, (_, value) => value ?? 'nothing')}`, () => {
    const options = { ...usable, ...over } as unknown as ClientOptions;
    assert.throws(
      () => new BlockUsersClient(options),
      (error) => error instanceof TypeError && words.test(error.message) && !/secret/.test(error.message),
    );
  });
}

test('only where no address is named it is Meta', async () => {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (url) => {
    asked.push(String(url));
    return new Response('{"data":[]}');
  };
  await new BlockUsersClient({ token: 't', phoneNumberId: '1', fetch }).list();
  await new BlockUsersClient({ ...usable, fetch }).list();
  assert.deepEqual(asked, [
    'https://graph.facebook.com/v25.0/1/block_users',
    'https://blockhouse.example/v25.0/1/block_users',
  ]);
});

/** Takes at most 500 users a request, and refuses more as Meta and the provider do. */
function provider(refusal: { status: number; error: object }) {
  const sizes: number[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const { block_users: users } = JSON.parse(String(init?.body)) as { block_users: { user: string }[] };
    sizes.push(users.length);
    if (users.length > 500)
      return new Response(JSON.stringify({ error: refusal.error }), { status: refusal.status });
    const rows = users.map(({ user }) => ({ input: user, wa_id: user }));
    return new Response(JSON.stringify({ block_users: { added_users: rows, errors: [] } }));
  };
  return { fetch, sizes };
}

const tooManyAtMeta = {
  status: 429,
  error: {
    code: 130429,
    message: '(#130429) Rate limit hit',
    error_data: { details: 'Too many numbers are in the request itself' },
  },
};
const tooManyAtProvider = {
  status: 400,
  error: { code: 100, message: '(#100) Cannot block more than 500 users in one request' },
};

test('requests are as large as batchSize says', async () => {
  const { fetch, sizes } = provider(tooManyAtMeta);
  const client = new BlockUsersClient({ ...usable, fetch, batchSize: 500 });
  const progress: number[] = [];
  const { blocked } = await client.block(many(1201), { onProgress: ({ done }) => progress.push(done) });
  assert.equal(blocked.length, 1201);
  assert.deepEqual(
    [sizes, progress],
    [
      [500, 500, 201],
      [500, 1000, 1201],
    ],
  );
});

for (const [who, refusal] of [
  ['Meta', tooManyAtMeta],
  ['the provider', tooManyAtProvider],
] as const) {
  test(`too many users in a request, in the words of ${who}: an error of its own, and not repeated`, async () => {
    const { fetch, sizes } = provider(refusal);
    const client = new BlockUsersClient({ ...usable, fetch, retries: 4 });
    await assert.rejects(
      client.block(many(501)),
      (error) =>
        error instanceof TooManyUsersError && /set batchSize to what the server takes/.test(error.message),
    );
    assert.deepEqual(sizes, [501]);
  });
}

test('a rate limit that may be either is repeated', async () => {
  const details =
    'Too many requests in a short period of time, or too many numbers are in the request itself';
  const { fetch, sizes } = provider({
    status: 429,
    error: { code: 130429, message: 'Rate limit hit', error_data: { details } },
  });
  const client = new BlockUsersClient({ ...usable, fetch, retries: 1, random: () => 0 });
  await assert.rejects(client.block(many(501)), RateLimitError);
  assert.equal(sizes.length, 2);
});

/** The timers of each request, in milliseconds. */
function watchTimeouts(t: TestContext): readonly number[] {
  const times: number[] = [];
  t.mock.method(AbortSignal, 'timeout', (timeMs: number) => {
    times.push(timeMs);
    return new AbortController().signal;
  });
  return times;
}

test('lists that the server reads whole from Meta have more time than the server takes', async (t) => {
  const times = watchTimeouts(t);
  const bodies: Readonly<Record<string, string>> = {
    'text/csv': 'phone\n',
    'application/json': '{"data":[],"paging":{},"verdict":"fine","advice":"x","numbers":[]}',
  };
  const fetch: typeof globalThis.fetch = async (_, init) =>
    new Response(bodies[new Headers(init?.headers).get('accept') ?? '']);
  const { blockhouse } = new BlockUsersClient({ ...usable, fetch });
  const { blockhouse: hasty } = new BlockUsersClient({ ...usable, fetch, timeoutMs: 3000 });
  for await (const _ of blockhouse.blocks.list('1')) assert.fail('there is nobody');
  await blockhouse.blocks.page('1', { limit: 1 });
  await blockhouse.blocks.export('1');
  await blockhouse.users.diagnose('16505551234');
  await blockhouse.blocks.export('1', { timeoutMs: 2000 });
  await hasty.blocks.export('1');
  await blockhouse.numbers.list();
  assert.deepEqual(times, [75_000, 75_000, 75_000, 75_000, 2000, 3000, 10_000]);
});
