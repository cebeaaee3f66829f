// Shows that isBlocked uses the server's own answer at Blockhouse and the list's known spellings elsewhere, and never
// returns an uncertain "no".
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BlockedState, BlockUsersClient, ServerError } from '@blockhouse/client';
import { demoNumber, startServer } from '../../server/test/harness.ts';

interface Row {
  readonly wa_id?: string;
  readonly user_id?: string;
}

/** Meta with these users on the list, or a server that answers own paths by itself. */
function listing(rows: readonly Row[], own?: (path: string) => Response | undefined) {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    const { pathname } = new URL(String(input));
    asked.push(pathname);
    if (pathname.endsWith('/block_users')) {
      const data = rows.map((row) => ({ messaging_product: 'whatsapp', ...row }));
      return new Response(
        JSON.stringify({ data, paging: { cursors: { before: 'a', after: 'b' }, previous: 'x' } }),
      );
    }
    const unknown = { error: { code: 2500, message: 'Unknown path components' } };
    return own?.(pathname) ?? new Response(JSON.stringify(unknown), { status: 400 });
  };
  const options = { token: 't', phoneNumberId: '1', fetch, retries: 0 };
  return { asked, at: (baseUrl: string) => new BlockUsersClient({ ...options, baseUrl }) };
}

const meta = 'https://graph.facebook.com';

for (const [user, on, expected] of [
  ['+5531988887777', { wa_id: '553188887777' }, true],
  ['553188887777', { wa_id: '5531988887777' }, true],
  ['+52 55 1234 5678', { wa_id: '5215512345678' }, true],
  ['+54 11 1234 5678', { wa_id: '5491112345678' }, true],
  ['+229 97 12 34 56', { wa_id: '2290197123456' }, true],
  ['+5531988887777', { wa_id: '16505551234' }, 'unknown'],
  ['+52 55 1234 5678', { wa_id: '16505551234' }, 'unknown'],
  ['+54 11 1234 5678', { wa_id: '16505551234' }, 'unknown'],
  ['+229 97 12 34 56', { wa_id: '16505551234' }, 'unknown'],
  ['+16505551234', { wa_id: '14155559876' }, false],
  ['+16505551234', { user_id: 'US.1' }, 'unknown'],
  ['+16505551234', { wa_id: '14155559876', user_id: 'US.1' }, false],
  ['US.1', { wa_id: '14155559876', user_id: 'US.1' }, true],
  ['US.1', { wa_id: '14155559876', user_id: 'US.2' }, false],
  ['US.1', { wa_id: '14155559876' }, 'unknown'],
  ['555-1234', { wa_id: '14155559876' }, 'unknown'],
  ['nobody', { wa_id: '14155559876' }, 'unknown'],
] satisfies [string, Row, BlockedState][]) {
  test(`at Meta: ${user}, where ${JSON.stringify(on)} is on the list: ${expected}`, async () => {
    const { at, asked } = listing([on]);
    assert.equal(await at(meta).isBlocked(user), expected);
    assert.deepEqual(asked, ['/v25.0/1/block_users'], 'nothing of Blockhouse is asked of Meta');
  });
}

test('many users are looked for in one reading of the list, in their order', async () => {
  const { at, asked } = listing([{ wa_id: '553188887777' }, { wa_id: '16505551234' }]);
  const users = [
    '14155559876',
    '+5531988887777',
    { phone: '+1 650 555 1234' },
    '+5511988887777',
    '+5531988887777',
  ];
  assert.deepEqual(await at(meta).areBlocked(users), [false, true, true, 'unknown', true]);
  assert.equal(asked.length, 1);
  assert.deepEqual(await at(meta).areBlocked([]), []);
});

test('another server than Blockhouse is asked once whether it is one', async () => {
  for (const own of [
    () => undefined,
    () => new Response('<html>Not found</html>', { status: 404 }),
    () => new Response(JSON.stringify({ error: { code: 10, message: 'no' } }), { status: 403 }),
    () => new Response(JSON.stringify({ data: [] })),
  ]) {
    const { at, asked } = listing([{ wa_id: '16505551234' }], own);
    const client = at('https://provider.example');
    assert.equal(await client.isBlocked('16505551234'), true);
    assert.equal(await client.isBlocked('14155559876'), false);
    assert.deepEqual(asked, ['/blockhouse/v1/numbers', '/v25.0/1/block_users', '/v25.0/1/block_users']);
  }
});

/** A Blockhouse server that knows one user by another name than they are dialed by. */
const blockhouse = (platform: 'local' | 'cloud', blocked: string) => (path: string) => {
  if (path === '/blockhouse/v1/numbers')
    return new Response(JSON.stringify({ data: [{ id: '1', platform }] }));
  const name = decodeURIComponent(path.split('/').at(-1) ?? '');
  if (name === 'broken') return new Response('{"error":{"code":139103}}', { status: 500 });
  const numbers = [
    { number: '2', blocked: { since: null } },
    { number: '1', blocked: name === blocked ? { since: null } : null },
  ];
  return new Response(JSON.stringify({ verdict: 'fine', advice: '', numbers }));
};

test('a Blockhouse server that owns the number says who is blocked, and a list with hidden phones is no obstacle', async () => {
  const { at, asked } = listing([{ user_id: 'BR.1' }], blockhouse('local', '+5531988887777'));
  const users = ['+5531988887777', '+5511988887777', '16505551234'];
  assert.deepEqual(await at('https://blockhouse.example').areBlocked(users), [true, false, false]);
  assert.ok(!asked.includes('/v25.0/1/block_users'));
});

test('many users of such a number: the list first, and lookups where it proves nothing', async () => {
  const { at, asked } = listing([{ wa_id: '16505551234' }], blockhouse('local', '+5531988887777'));
  const others = Array.from({ length: 200 }, (_, index) => String(14_155_550_000 + index));
  const users = ['+5531988887777', '+5511988887777', '16505551234', ...others];
  const states = await at('https://blockhouse.example').areBlocked(users);
  assert.deepEqual(states, [true, false, true, ...others.map(() => false)]);
  assert.equal(asked.length, 4);
});

test('a gateway in front of Meta: what it knows counts, and what it does not find proves no more than the list', async () => {
  const { at } = listing([{ wa_id: '16505551234' }], blockhouse('cloud', '+5531988887777'));
  const users = ['+5531988887777', '+5511988887777', '16505551234', '14155559876'];
  assert.deepEqual(await at('https://blockhouse.example').areBlocked(users), [true, 'unknown', true, false]);
});

test('a server that fails is an error, never a no', async () => {
  const { at } = listing([], blockhouse('local', ''));
  await assert.rejects(at('https://blockhouse.example').areBlocked(['broken', 'other']), ServerError);
});

test('a real server: spellings, IDs and texts that are no users', async (t) => {
  const { url, key, write, block } = await startServer(t);
  const client = new BlockUsersClient({ baseUrl: url, token: key, phoneNumberId: demoNumber });
  await write('16505551234');
  await block('16505551234');
  assert.deepEqual(await client.areBlocked(['+1 650 555 1234', '14155559876', '+5531988887777']), [
    true,
    false,
    false,
  ]);
  assert.equal(await client.isBlocked('nobody'), 'unknown');
});

test('a key that may only block: the list is read', async (t) => {
  const { url, key, write, block } = await startServer(t);
  const admin = new BlockUsersClient({ baseUrl: url, token: key, phoneNumberId: demoNumber });
  const { key: token } = await admin.blockhouse.keys.create({ name: 'app', role: 'app', numbers: ['*'] });
  await write('16505551234');
  await block('16505551234');
  const client = new BlockUsersClient({ baseUrl: url, token, phoneNumberId: demoNumber });
  assert.deepEqual(await client.areBlocked(['16505551234', '14155559876', '+5531988887777']), [
    true,
    false,
    'unknown',
  ]);
});
