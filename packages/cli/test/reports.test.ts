// Shows what reports say: on which number a user is what, in which form, and as wide as it is on a terminal.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { demoNumber, startServer } from '../../server/test/harness.ts';
import { jsonLines, table } from '../src/table.ts';
import { blockhouse, rows } from './run.ts';

test('on all numbers every row, line and row of the file names its number', async (t) => {
  const running = await startServer(t);
  const cwd = tempFolder(t);
  const env = { BLOCKHOUSE_URL: running.url, BLOCKHOUSE_KEY: running.key };
  const run = (...args: string[]) => blockhouse(args, { env, cwd });
  await run('numbers', 'add', '--id', '77', '--phone', '+49 30 123456');
  await running.write('16505551234');
  const json = await run('block', '16505551234', '--all-numbers', '--json');
  assert.deepEqual(
    rows(json.stdout).map(({ number, outcome }) => [number, outcome]),
    [
      [demoNumber, 'blocked'],
      ['77', 'refused'],
    ],
  );
  const { stdout } = await run('block', '16505551234', '--all-numbers', '--out', 'left.csv');
  assert.match(stdout, /^NUMBER +USER +OUTCOME +WHY$/m);
  assert.match(stdout, /^106540352242922 +16505551234 +blocked$/m);
  assert.match(stdout, /^77 +16505551234 +refused +131047: /m);
  const left = readFileSync(join(cwd, 'left.csv'), 'utf8');
  assert.match(
    left,
    /^user,number,outcome,code,reason,explanation\n16505551234,77,refused,131047,window_closed,/,
  );
  const again = await run('block', '--from', 'left.csv', '--out', 'left.csv', '--all-numbers');
  assert.match(again.stdout, /^1 blocked, 1 refused\.$/m);
});

test('lines of a file that are not understood are listed, and the others are done', async (t) => {
  const { url, key } = await startServer(t);
  const run = (args: string[], stdin?: string) =>
    blockhouse(args, { env: { BLOCKHOUSE_URL: url, BLOCKHOUSE_KEY: key }, ...(stdin && { stdin }) });
  const list = '15550100001\n98765 43210\n5.51199E+12\n';
  const { code, stdout, stderr } = await run(['block', '--json'], list);
  assert.equal(code, 2);
  assert.match(stderr, /^1 blocked, 0 refused, 2 not understood\.$/m);
  assert.deepEqual(
    rows(stdout).map(({ user, outcome, reason }) => [user, outcome, reason]),
    [
      ['15550100001', 'blocked', undefined],
      ['98765 43210', 'not_understood', 'national'],
      ['5.51199E+12', 'not_understood', 'rounded'],
    ],
  );
  const checked = await run(['check'], list);
  assert.equal(checked.code, 1);
  assert.match(
    checked.stderr,
    /Some users cannot be read, so none was checked\. Line 2, "98765 43210": It is a national number/,
  );
});

test('an argument that is not understood is refused before anything is done', async (t) => {
  const { url, key, call } = await startServer(t);
  const env = { BLOCKHOUSE_URL: url, BLOCKHOUSE_KEY: key };
  const { code, stderr } = await blockhouse(['block', '15550100001', '98765 43210', '--standing'], { env });
  assert.equal(code, 1);
  assert.match(stderr, /Nothing was done\.\n"98765 43210": It is a national number\./);
  assert.deepEqual((await call('GET', `/${demoNumber}/block_users`)).body.data, []);
});

test('a limit of rows is a whole number, and no more rows are asked for', async (t) => {
  const { url, key } = await startServer(t);
  const env = { BLOCKHOUSE_URL: url, BLOCKHOUSE_KEY: key };
  for (const max of ['abc', '0', '-1', '1.5', '9999999999'])
    assert.match((await blockhouse(['activity', '--max', max], { env })).stderr, /whole number above 0/);
  await blockhouse(['block', '15550100001', '15550100001'], { env });
  await blockhouse(['unblock', '15550100001'], { env });
  const { stdout } = await blockhouse(['activity', '--max', '1', '--json'], { env });
  assert.deepEqual(
    rows(stdout).map(({ operation }) => operation),
    ['unblock'],
  );
});

test('columns are as wide as what a terminal shows of them', () => {
  assert.equal(
    table(
      ['NAME', 'ID'],
      [
        ['李小龍', '1'],
        ['अनिता', '2'],
        ['👩‍👩‍👧', '3'],
        ['Ana', '4'],
      ],
    ),
    'NAME    ID\n李小龍  1\nअनिता   2\n👩‍👩‍👧      3\nAna     4\n',
  );
});

test('JSON has the names of the HTTP API, at any depth', () => {
  assert.equal(
    jsonLines([
      { waId: '1', lastWebhook: { at: null, failedAt: ['x'] }, numbers: [{ displayPhoneNumber: '+1' }] },
    ]),
    '{"wa_id":"1","last_webhook":{"at":null,"failed_at":["x"]},"numbers":[{"display_phone_number":"+1"}]}\n',
  );
});

test('what commands print as JSON is what the API answers', async (t) => {
  const { url, key, call } = await startServer(t);
  const env = { BLOCKHOUSE_URL: url, BLOCKHOUSE_KEY: key };
  await blockhouse(['block', '15550100001'], { env });
  const printed = async (...args: string[]) => rows((await blockhouse([...args, '--json'], { env })).stdout);
  const [number] = await printed('numbers');
  assert.deepEqual(number, (await call('GET', '/blockhouse/v1/numbers')).body.data[0]);
  const [entry] = await printed('activity', '--max', '1');
  assert.deepEqual(entry, (await call('GET', '/blockhouse/v1/activity')).body.data[0]);
  const [found] = await printed('why', '4930123456');
  assert.deepEqual(found, (await call('GET', '/blockhouse/v1/users/4930123456')).body);
  const keys = await printed('keys');
  assert.deepEqual(keys, (await call('GET', '/blockhouse/v1/keys')).body.data);
});
