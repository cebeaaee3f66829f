// Shows what only Blockhouse has through the SDK: bulk and standing blocks, the rich lists, the diagnosis, activity, import and export.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AmbiguousOutcome, BlockUsersClient, NotFoundError } from '@blockhouse/client';
import { demoNumber, startServer } from '../../server/test/harness.ts';

const ana = '16505551234';
const ben = '14155559876';

async function start(t: Parameters<typeof startServer>[0]) {
  const running = await startServer(t);
  const options = {
    baseUrl: running.url,
    token: running.key,
    phoneNumberId: demoNumber,
    source: 'cli' as const,
  };
  const { blockhouse } = new BlockUsersClient(options);
  await blockhouse.numbers.create({ id: '77', displayPhoneNumber: '+49 30 123456' });
  return { ...running, blockhouse };
}

const all = async <Row>(rows: AsyncIterable<Row>): Promise<Row[]> => {
  const found: Row[] = [];
  for await (const row of rows) found.push(row);
  return found;
};

test('one block on all numbers, and standing where the window is closed', async (t) => {
  const { blockhouse, write } = await start(t);
  const users = Array.from({ length: 1200 }, (_, index) => String(16_500_000_000 + index));
  await write(...users.slice(0, 500));
  const progress: number[] = [];
  const result = await blockhouse.block(
    { users: [...users, 'nobody'], note: 'spam', until: '2190-01-01T00:00:00Z', whenClosed: 'standing' },
    { onProgress: ({ done }) => progress.push(done) },
  );
  assert.deepEqual(progress, [1000, 1201, 2201, 2402]);
  assert.deepEqual([result.changed.length, result.standing.length], [500, 1900]);
  assert.deepEqual(
    result.refused.map(({ number, user, reason }) => [number, user, reason]),
    [
      [demoNumber, 'nobody', 'invalid_format'],
      ['77', 'nobody', 'invalid_format'],
    ],
  );
  const blocks = await all(blockhouse.blocks.list(demoNumber, { sort: '-blocked_at', search: 'SPA' }));
  assert.equal(blocks.length, 500);
  assert.deepEqual(
    [blocks[0]?.waId, blocks[0]?.source, blocks[0]?.until, blocks[0]?.key?.name],
    [users[499], 'cli', '2190-01-01T00:00:00.000Z', 'Demo'],
  );
  assert.equal((await all(blockhouse.standingBlocks.list('77'))).length, 1200);
  const undone = await blockhouse.unblock({ users, numbers: [demoNumber] });
  assert.equal(undone.changed.length, 1200);
  const withdrawn = await blockhouse.standingBlocks.withdraw({ users, numbers: ['77'] });
  assert.equal(withdrawn.standing.length, 1200);
  const placed = await blockhouse.standingBlocks.place({ users: [{ phone: `+${ana}` }], numbers: ['77'] });
  assert.deepEqual(placed.standing, [{ number: '77', user: { phone: `+${ana}` }, waId: ana, userId: null }]);
});

test('why a customer is silent, who did what, and the traffic', async (t) => {
  const { blockhouse, write } = await start(t);
  await write(ana);
  await blockhouse.block({ users: [ana, ben], numbers: [demoNumber], note: 'rude' });
  await write(ana);
  const found = await blockhouse.users.diagnose(`+${ana}`);
  assert.deepEqual(
    [found.verdict, found.numbers[0]?.blocked?.note, found.numbers[0]?.blocked?.dropped],
    ['blocked', 'rude', 1],
  );
  assert.deepEqual(found.numbers[1]?.blockedAtNumbers, [demoNumber]);
  assert.equal((await blockhouse.users.diagnose(ben)).verdict, 'never_wrote');
  assert.deepEqual(
    (await all(blockhouse.activity.list({ number: demoNumber }))).map(({ user, outcome }) => [user, outcome]),
    [
      [ben, 'window_closed'],
      [ana, 'done'],
    ],
  );
  const hour = (await blockhouse.numbers.traffic(demoNumber)).at(-1);
  assert.deepEqual([hour?.admitted, hour?.dropped], [1, 1]);
});

test('a list goes out and in again as CSV', async (t) => {
  const { blockhouse, write } = await start(t);
  await write(ana, ben);
  await blockhouse.block({ users: [ana, ben], numbers: [demoNumber], note: 'a "b", c' });
  const csv = await blockhouse.blocks.export(demoNumber);
  const { standing } = await blockhouse.blocks.import('77', csv, { whenClosed: 'standing' });
  assert.deepEqual(
    standing.map(({ user }) => user),
    [ana, ben],
  );
  const [first] = await all(blockhouse.standingBlocks.list('77', { search: '"b"' }));
  assert.deepEqual([first?.note, first?.source], ['a "b", c', 'import']);
});

test('work that the server ended early says who is unknown; against Meta there is nothing of it', async () => {
  const results = [
    { number: '1', user: ana, outcome: 'blocked', wa_id: ana },
    { number: '1', user: ben, outcome: 'unknown', code: 139103, message: 'Internal error', details: 'x' },
    { number: '2', user: ana, outcome: 'not_tried' },
  ];
  const lines = [
    { type: 'results', done: 1, total: 3, results },
    { type: 'end', run: { id: 'x', state: 'stopped' }, error: { code: 139103 } },
  ];
  const answering =
    (body: string, status: number): typeof fetch =>
    async () =>
      new Response(body, { status });
  const options = { token: 't', phoneNumberId: '1' };
  const stream = answering(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), 200);
  await assert.rejects(
    new BlockUsersClient({ ...options, fetch: stream }).blockhouse.block({
      users: [ana, ben],
      numbers: ['1', '2'],
    }),
    (error) => {
      assert.ok(error instanceof AmbiguousOutcome);
      const said = { code: 139103, message: 'Internal error', details: 'x' };
      const silent = { code: null, message: null, details: null };
      assert.equal(error.changed.length, 1);
      assert.deepEqual(error.unknown, [{ user: ben, number: '1', ...said }]);
      assert.deepEqual(error.remaining, [{ user: ana, number: '2', ...silent }]);
      assert.match(error.run ?? '', /^[0-9a-f]{32}$/);
      assert.deepEqual(error.usersToRetry, [ben, ana]);
      return true;
    },
  );
  const meta = answering('{"error":{"code":2500,"message":"Unknown path components: /blockhouse"}}', 400);
  const { blockhouse } = new BlockUsersClient({ ...options, fetch: meta });
  await assert.rejects(blockhouse.block({ users: [ana] }), NotFoundError);
  await assert.rejects(blockhouse.users.diagnose(ana), NotFoundError);
});
