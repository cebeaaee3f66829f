// Shows each command against a real server: what it says, as a table and as JSON, and how it ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { demoNumber, startServer } from '../../server/test/harness.ts';
import { blockhouse, rows } from './run.ts';

async function start(t: TestContext) {
  const running = await startServer(t);
  const env = { BLOCKHOUSE_URL: running.url, BLOCKHOUSE_KEY: running.key };
  return {
    ...running,
    env,
    run: (args: string[], stdin?: string) => blockhouse(args, { env, ...(stdin && { stdin }) }),
  };
}

test('block, list, check, unblock: refused is never shown as done', async (t) => {
  const { run } = await start(t);
  const refused = await run(['block', '+16505551234', '15550100001']);
  assert.equal(refused.code, 2);
  assert.match(refused.stdout, /^15550100001 +blocked$/m);
  assert.match(
    refused.stdout,
    /^\+16505551234 +refused +131047: You can block only users who wrote .* Block the user after their next message\.$/m,
  );
  assert.match(refused.stdout, /^1 blocked, 1 refused\.$/m);

  assert.match((await run(['sandbox', 'say', '+16505551234', 'buy', 'gold'])).stdout, /^delivered /);
  const done = await run(['block', '--json'], '+16505551234\n');
  assert.equal(done.code, 0);
  assert.deepEqual(rows(done.stdout), [
    { user: '+16505551234', outcome: 'blocked', wa_id: '16505551234', user_id: null },
  ]);
  assert.match((await run(['sandbox', 'say', '16505551234'])).stdout, /^sent /);

  const list = await run(['list', '--json']);
  assert.deepEqual(
    rows(list.stdout).map((row) => row.wa_id),
    ['15550100001', '16505551234'],
  );
  const csv = await run(['list', '--max', '1']);
  assert.match(csv.stdout, /^wa_id,user_id\n15550100001,US\.\d+\n$/);
  assert.match(
    (await run(['check', '--from', '-'], csv.stdout)).stdout,
    /^15550100001 +yes$/m,
    'what it lists, it reads',
  );
  assert.match((await run(['check'], list.stdout)).stdout, /^16505551234 +yes$/m);
  const check = await run(['check', '--json', '+1 650 555 1234', '4930123456']);
  assert.deepEqual(rows(check.stdout), [
    { user: '+1 650 555 1234', blocked: true },
    { user: '4930123456', blocked: false },
  ]);

  const unblocked = await run(['unblock', '16505551234']);
  assert.deepEqual([unblocked.code, /^16505551234 +unblocked$/m.test(unblocked.stdout)], [0, true]);
  const no = await run(['check', '16505551234']);
  assert.deepEqual([no.code, /^16505551234 +no$/m.test(no.stdout)], [3, true]);
});

test('check: yes, no, unknown and failure differ in words and exit code', async (t) => {
  const meta = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://meta');
    const data = [{ messaging_product: 'whatsapp', wa_id: '553188887777' }];
    const error = { code: 2500, message: 'Unknown path components' };
    response.statusCode = pathname.endsWith('/block_users') ? 200 : 400;
    response.end(JSON.stringify(response.statusCode === 200 ? { data } : { error }));
  }).listen(0, '127.0.0.1');
  t.after(() => meta.close());
  t.after(() => meta.closeAllConnections());
  await once(meta, 'listening');
  const { port } = meta.address() as AddressInfo;
  const env = { BLOCKHOUSE_URL: `http://127.0.0.1:${port}`, BLOCKHOUSE_KEY: 'EAA', BLOCKHOUSE_NUMBER: '1' };
  const ends = async (...args: string[]) => {
    const { code, stdout } = await blockhouse(['check', '--json', ...args], { env });
    return [code, rows(stdout).map((row) => row.blocked)];
  };
  const [yes, unknown, no] = ['+5531988887777', '+5511988887777', '16505551234'] as const;
  assert.deepEqual(await ends(yes), [0, [true]], 'the other spelling of the phone is on the list');
  assert.deepEqual(await ends(no), [3, [false]]);
  assert.deepEqual(await ends(unknown), [4, ['unknown']]);
  assert.deepEqual(await ends(yes, unknown), [4, [true, 'unknown']]);
  assert.deepEqual(await ends(yes, unknown, no), [3, [true, 'unknown', false]]);
  assert.match((await blockhouse(['check', unknown], { env })).stdout, /^\+5511988887777 +unknown$/m);
  assert.equal((await ends('--number', '2', '--url', 'http://127.0.0.1:1', yes))[0], 1);
});

test('numbers and keys', async (t) => {
  const { run, env } = await start(t);
  assert.match(
    (await run(['numbers'])).stdout,
    /^106540352242922 +\+1 555 078 3881 +Blockhouse Demo +local +–$/m,
  );
  const added = await run([
    'numbers',
    'add',
    '--id',
    '77',
    '--phone',
    '+49 30 123456',
    '--name',
    'Berlin',
    '--json',
  ]);
  assert.equal(rows(added.stdout)[0].verified_name, 'Berlin');

  const whose = await run(['list']);
  assert.equal(whose.code, 1);
  assert.match(
    whose.stderr,
    /Name the number .*: this key opens 106540352242922 \(.*\), 77 \(\+49 30 123456\)\./,
  );
  assert.equal((await run(['list', '--number', '77'])).code, 0);

  const key = await run(['keys', 'create', '--name', 'shop', '--role', 'app', '--numbers', '77']);
  assert.match(key.stdout, /^pk_test_\S+\n$/);
  const asApp = { env: { ...env, BLOCKHOUSE_KEY: key.stdout.trim() } };
  assert.equal((await blockhouse(['list', '--number', '77'], asApp)).code, 0);
  assert.match((await blockhouse(['list'], asApp)).stderr, /Name the number with --number/);
  const id = rows((await run(['keys', '--json'])).stdout).find(({ name }) => name === 'shop').id;
  assert.match((await run(['keys', 'revoke', id])).stdout, /is revoked/);
  assert.equal((await blockhouse(['list', '--number', '77'], asApp)).code, 1);
  assert.match((await run(['numbers', 'remove', '77'])).stdout, /^Number 77 is removed\.$/m);
});

test('sandbox: clock, faults, reset', async (t) => {
  const { run, call } = await start(t);
  assert.match((await run(['sandbox', 'advance', '25h'])).stdout, /^It is \d{4}-\d\d-\d\dT/);
  const order = ['sandbox', 'fault', 'list', '--code', '10', '--times', '1', '--number', demoNumber];
  assert.match((await run(order)).stdout, /^Fault \S+ is injected\.$/m);
  assert.match((await run(['list'])).stderr, /code 10: .*\nUse a key whose role allows this command\.\n$/);
  assert.equal((await run(['list'])).code, 0);
  await run(order);
  assert.match((await run(['sandbox', 'fault', '--clear'])).stdout, /are removed/);
  assert.deepEqual((await call('GET', '/sandbox/faults')).body.data, []);
  await run(['block', '15550100001']);
  assert.equal((await run(['sandbox', 'reset'])).code, 0);
  assert.deepEqual(rows((await run(['list', '--json'])).stdout), []);
  assert.match(
    (await run(['sandbox', 'fault', 'list'])).stderr,
    /exactly one of --code, --delay, --disconnect, --duplicate, and --reorder/,
  );
});

test('settings: flags win over the environment, and the environment over the file', async (t) => {
  const { url, key } = await startServer(t);
  const home = tempFolder(t);
  mkdirSync(join(home, '.config'));
  const file = join(home, '.config', 'blockhouse');
  writeFileSync(file, `BLOCKHOUSE_URL=${url}\nBLOCKHOUSE_KEY=${key}\n`);
  const withHome = (args: string[], env = {}) => blockhouse(args, { env: { HOME: home, ...env } });
  chmodSync(file, 0o644);
  assert.match((await withHome(['list'])).stderr, /other users can read it. Run: chmod 600/);
  chmodSync(file, 0o600);
  assert.equal((await withHome(['list'])).code, 0);
  const fromEnvironment = await withHome(['list'], { BLOCKHOUSE_KEY: 'wrong' });
  assert.match(fromEnvironment.stderr, /code 190/);
  assert.ok(!fromEnvironment.stderr.includes('wrong'), 'no token in an error');
  assert.equal((await withHome(['list', '--key', key], { BLOCKHOUSE_KEY: 'wrong' })).code, 0);
  assert.match(
    (await blockhouse(['list'])).stderr,
    /^blockhouse: The key is missing\. Set --key or BLOCKHOUSE_KEY/,
  );
});

test('doctor says what is wrong, in a sentence each', async (t) => {
  const { run, call, env } = await start(t);
  const well = await run(['doctor']);
  assert.equal(well.code, 0);
  assert.equal(well.stdout.match(/^✓/gm)?.length, 5);
  const wrong = async (args: string[], check: string, finding: RegExp) => {
    const { code, stdout } = await run(['doctor', '--json', ...args]);
    assert.equal(code, 1);
    const failed = rows(stdout).filter(({ ok }) => ok === false);
    assert.deepEqual(
      failed.map((row) => row.check),
      [check],
    );
    assert.match(failed[0].finding, finding);
  };
  await wrong(['--key', 'nope'], 'Key', /refused: .*code 190/);
  await wrong(['--number', '5'], 'Number', /^5 does not exist, or the key does not open it/);
  await wrong(['--url', 'http://127.0.0.1:9'], 'URL', /does not answer/);
  await call('POST', '/sandbox/faults', { body: { operation: 'list', what: { code: 10 } } });
  await wrong([], 'Permission', /code 10/);
  const { code, stdout } = await blockhouse(['doctor'], {
    env: { ...env, BLOCKHOUSE_URL: `${env.BLOCKHOUSE_URL}/docs` },
  });
  assert.equal(code, 1);
  assert.match(stdout, /^✗ (URL|Number) /m);
});

test('a clock that is wrong is found', async (t) => {
  const { createServer } = await import('node:http');
  const yesterday = createServer((_request, response) => {
    response.setHeader('date', new Date(0).toUTCString()).end('{"data":[]}');
  }).listen(0, '127.0.0.1');
  t.after(() => yesterday.close());
  await new Promise((resolve) => yesterday.once('listening', resolve));
  const { port } = yesterday.address() as { port: number };
  const args = ['doctor', '--url', `http://127.0.0.1:${port}`, '--key', 'k', '--number', '1'];
  const { code, stdout } = await blockhouse(args);
  assert.equal(code, 1);
  assert.match(stdout, /^✗ Clock +This machine is [\d,]+ seconds ahead of the server/m);
});

test('what cannot be done is said before anything is done', async (t) => {
  const { run } = await start(t);
  for (const [args, problem] of [
    [['block', '--from', '/no/such/file'], /\/no\/such\/file cannot be read/],
    [['block', '1', '--from', 'x'], /Name users or use --from, not both/],
    [['block', '1', '--out', '/no/such/folder/x'], /cannot be written/],
    [['block'], /There are no users in standard input/],
    [['list', '--url', 'ftp://x'], /--url must be an address such as/],
    [['list', '--max', '0'], /whole number above 0/],
    [['list', '--url', 'http://ana:hunter2@127.0.0.1'], /without user, query and fragment\.$/m],
    [['list', '--key', 'pk_test_…'], /The key must consist of visible ASCII/],
    [['list', '--api-version', 'foo'], /--api-version must be one such as v25\.0, got "foo"/],
    [['block', ''], /A user is empty/],
    [['blok', '1'], /unknown command 'blok'/],
  ] as const) {
    const { code, stderr, stdout } = await run([...args]);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, problem);
    assert.ok(!stderr.includes('hunter2'));
    assert.equal(stdout, '');
  }
});

test('doctor proves nothing by a server that cannot answer', async (t) => {
  const { createServer } = await import('node:http');
  const proxy = createServer((_request, response) => {
    response.writeHead(502).end('<h1>Bad Gateway</h1>');
  }).listen(0, '127.0.0.1');
  t.after(() => proxy.close());
  await new Promise((resolve) => proxy.once('listening', resolve));
  const url = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
  const { stdout } = await blockhouse(['doctor', '--url', url, '--key', 'k', '--number', '1', '--json']);
  assert.deepEqual(
    rows(stdout).map(({ check, ok }) => [check, ok]),
    [
      ['URL', false],
      ['Key', null],
      ['Number', null],
      ['Permission', null],
      ['Clock', true],
    ],
  );
  const { env } = await start(t);
  const elsewhere = { ...env, BLOCKHOUSE_URL: `${env.BLOCKHOUSE_URL}/x`, BLOCKHOUSE_KEY: 'wrong' };
  const wrong = await blockhouse(['doctor', '--json', '--number', '1'], { env: elsewhere });
  assert.deepEqual(
    [rows(wrong.stdout)[0].check, rows(wrong.stdout)[0].ok, rows(wrong.stdout)[1].ok],
    ['URL', false, null],
  );
});

test('serve starts a server, and ends with 0 when told to', async () => {
  const env = { BLOCKHOUSE_LOG: 'silent' };
  const args = ['serve', '--sandbox', '--port', '0', '--store', 'sqlite::memory:'];
  const onStart = (child: import('node:child_process').ChildProcess) => {
    let banner = '';
    child.stdout?.on('data', (chunk) => {
      banner += chunk;
      if (/Store {2,}\S+/.test(banner)) child.kill('SIGTERM');
    });
  };
  const { code, stdout } = await blockhouse(args, { env, onStart });
  assert.equal(code, 0);
  assert.match(stdout, /pk_test_/);
  const wrong = await blockhouse(['serve', '--port', 'x']);
  assert.deepEqual([wrong.code, /PORT must be/.test(wrong.stderr)], [1, true]);
});

test('what only Blockhouse has: standing and temporary blocks, all numbers, why, activity, export and import', async (t) => {
  const { run, write, call } = await start(t);
  await run(['numbers', 'add', '--id', '77', '--phone', '+49 30 123456']);
  await write('16505551234');
  const blocked = await run([
    'block',
    '16505551234',
    '14155559876',
    '--number',
    demoNumber,
    '--standing',
    '--note',
    'spam',
    '--for',
    '7d',
  ]);
  assert.equal(blocked.code, 0);
  assert.match(blocked.stdout, /^16505551234 +blocked$/m);
  assert.match(blocked.stdout, /^14155559876 +standing +They will be blocked at their next message\.$/m);
  assert.match(blocked.stdout, /^1 blocked, 1 standing, 0 refused\.$/m);
  const why = await run(['why', '+1 650 555 1234']);
  assert.match(
    why.stdout,
    /^16505551234: blocked\nThe user is blocked on this number, .*\n\n106540352242922 \(.*\): blocked\n {2}blocked since .* by Demo \("spam"\), 0 dropped since\n/,
  );
  const standing = await run(['standing', '--number', demoNumber, '--json']);
  assert.deepEqual(
    rows(standing.stdout).map(({ wa_id: waId, note, source }) => [waId, note, source]),
    [['14155559876', 'spam', 'cli']],
  );
  const csv = await run(['export', '--number', demoNumber]);
  assert.match(csv.stdout, /^wa_id,user_id,name,blocked_at,note,until,.*\n16505551234,/);
  const file = join(tempFolder(t), 'blocked.csv');
  writeFileSync(file, csv.stdout);
  const imported = await run(['import', file, '--number', '77', '--standing']);
  assert.match(imported.stdout, /^0 blocked, 1 standing, 0 refused\.$/m);
  const placed = await run(['standing', 'place', '4930999999', '15550100004', '--all-numbers']);
  assert.equal(placed.code, 2);
  assert.match(placed.stdout, /^0 blocked, 2 standing, 2 refused\.$/m);
  const withdrawn = await run(['standing', 'withdraw', '4930999999', '--all-numbers', '--json']);
  assert.deepEqual(
    rows(withdrawn.stdout).map(({ number, outcome }) => [number, outcome]),
    [
      [demoNumber, 'withdrawn'],
      ['77', 'withdrawn'],
    ],
  );
  const activity = await run(['activity', '--outcome', 'done', '--source', 'cli', '--json']);
  assert.deepEqual(
    rows(activity.stdout).map(({ operation }) => operation),
    ['withdraw', 'withdraw', 'standing_block', 'standing_block', 'block'],
  );
  assert.match((await run(['activity', '--max', '1'])).stdout, /^AT .*\n.* withdraw .*\n$/);
  const unblocked = await run(['unblock', '16505551234', '--all-numbers']);
  assert.match(unblocked.stdout, /^2 unblocked, 0 refused\.$/m);
  assert.deepEqual((await call('GET', `/${demoNumber}/block_users`)).body.data, []);
  for (const [args, problem] of [
    [
      ['block', '1', '--number', '77', '--for', 'soon'],
      /--for must be a duration such as 30m, 12h, or 7d, got "soon"/,
    ],
    [['block', '1', '--number', '77', '--for', '1h', '--until', 'x'], /Use --for or --until, not both/],
    [['import', '/no/such/file', '--number', '77'], /cannot be read/],
    [['why', 'nobody'], /The path names no user: "nobody"/],
  ] as const) {
    const { code, stderr } = await run([...args]);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, problem);
  }
});
