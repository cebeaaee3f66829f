// Shows imports from the command line: encodings, notes and expiries, rows that are not understood, and interrupted
// work.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { demoNumber, startServer } from '../../server/test/harness.ts';
import { blockhouse, rows } from './run.ts';

async function start(t: TestContext) {
  const running = await startServer(t);
  const cwd = tempFolder(t);
  const env = { BLOCKHOUSE_URL: running.url, BLOCKHOUSE_KEY: running.key };
  const read = (name: string) => readFileSync(join(cwd, name), 'utf8');
  const write = (name: string, content: string | Buffer) => writeFileSync(join(cwd, name), content);
  const run = (...args: string[]) => blockhouse(args, { env, cwd });
  const standing = async () => {
    const { body } = await running.call(
      'GET',
      `/blockhouse/v1/numbers/${demoNumber}/standing-blocks?limit=1000`,
    );
    return body.data as readonly { wa_id: string; note: string | null }[];
  };
  return { ...running, cwd, env, read, writeFile: write, run, standing };
}

/** Lets requests to a server through, each when `hold` is done. */
async function between(
  t: TestContext,
  url: string,
  hold: (nth: number) => Promise<unknown> | 'cut' | undefined,
) {
  let imports = 0;
  const proxy = createServer(async (incoming, outgoing) => {
    const held = incoming.url?.includes('/import') ? hold(++imports) : undefined;
    if (held === 'cut') return void incoming.socket.destroy();
    await held;
    const { method = 'GET', headers } = incoming;
    const upstream = request(url + incoming.url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(upstream);
  }).listen(0, '127.0.0.1');
  t.after(() => proxy.close());
  t.after(() => proxy.closeAllConnections());
  await once(proxy, 'listening');
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

/** 2,500 users with a note each. */
const many = Array.from({ length: 2500 }, (_, index) => `${16_500_000_000 + index},note ${index}`);

test('a spreadsheet in UTF-16, with a header in Portuguese and rows that are not understood', async (t) => {
  const { run, writeFile, read, standing } = await start(t);
  const csv = 'CPF\tTelefone\tObservação\n12345678909\t+55 11 98765-4321\tNão\n1\t98765 43210\t\n2\t\t\n';
  writeFile('lista.txt', Buffer.from(`\ufeff${csv}`, 'utf16le'));
  const { code, stdout } = await run('import', 'lista.txt', '--standing', '--out', 'left.csv');
  assert.equal(code, 2);
  assert.match(stdout, /^\+55 11 98765-4321 +standing /m);
  assert.match(stdout, /^98765 43210 +not understood +Line 3: It is a national number\. /m);
  assert.match(stdout, /^0 blocked, 1 standing, 0 refused, 1 not understood\.$/m);
  assert.deepEqual(
    (await standing()).map(({ wa_id, note }) => [wa_id, note]),
    [['5511987654321', 'Não']],
  );
  assert.match(
    read('left.csv'),
    /^user,note,until,outcome,code,reason,explanation\n98765 43210,,,not_understood,,national,/,
  );
  const again = await run('import', 'left.csv', '--standing', '--country', 'IN', '--out', 'left.csv');
  assert.match(again.stdout, /^0 blocked, 1 standing, 0 refused\.$/m);
});

test('a column can be named, and a workbook is refused with the next step', async (t) => {
  const { run, writeFile } = await start(t);
  writeFile('orders.csv', 'Kunde;Auftrag\n16505551234;4915123456789\n');
  assert.match(
    (await run('import', 'orders.csv')).stderr,
    /Choose the column of users: 1 "Kunde" .*--column\.$/m,
  );
  const named = await run('import', 'orders.csv', '--column', 'Kunde', '--standing', '--json');
  assert.deepEqual(
    rows(named.stdout).map(({ user, outcome }) => [user, outcome]),
    [['16505551234', 'standing']],
  );
  writeFile('orders.xlsx', 'PK\u0003\u0004xl/workbook.xml');
  const { code, stderr } = await run('import', 'orders.xlsx');
  assert.equal(code, 1);
  assert.match(stderr, /Excel workbook\. Open it, save the sheet as CSV/);
});

test('rows whose end is over are counted', async (t) => {
  const { run, writeFile } = await start(t);
  writeFile('a.csv', 'phone,until\n15550100001,2001-01-01T00:00:00Z\n15550100001,\n');
  const { stdout, stderr } = await run('import', 'a.csv');
  assert.match(stdout, /^1 blocked, 0 refused\.$/m);
  assert.match(stderr, /^1 row was skipped: expired\.$/m);
});

test('the input is never replaced by the report', async (t) => {
  const { run, writeFile, read } = await start(t);
  writeFile('a.csv', 'phone\n15550100001\n');
  const { code, stderr } = await run('import', 'a.csv', '--out', 'a.csv');
  assert.equal(code, 1);
  assert.match(stderr, /--out would replace a\.csv, which is not a report/);
  assert.equal(read('a.csv'), 'phone\n15550100001\n');
});

test('an interrupted import names everybody, and its report resumes with notes and expiries', async (t) => {
  const { url, run, env, cwd, writeFile, read, standing } = await start(t);
  writeFile('many.csv', `phone,note\n${many.join('\n')}\n`);
  // The second thousand never gets an answer.
  const proxy = await between(t, url, (nth) => (nth >= 2 ? 'cut' : undefined));
  const { code, stdout, stderr } = await blockhouse(
    ['import', 'many.csv', '--standing', '--out', 'left.csv', '--number', demoNumber],
    { env: { ...env, BLOCKHOUSE_URL: proxy }, cwd },
  );
  assert.equal(code, 1);
  assert.match(stdout, /^0 blocked, 1,000 standing, 0 refused, 1,000 unknown, 500 not tried\.$/m);
  assert.match(stderr, /continue with "blockhouse import left\.csv --out left\.csv --standing"\.$/m);
  const lines = read('left.csv').trim().split('\n');
  assert.equal(lines.length, 1 + 1500);
  assert.match(lines[1] ?? '', /^16500001000,note 1000,,unknown,,unknown,/);
  assert.match(lines.at(-1) ?? '', /^16500002499,note 2499,,not_tried,,not_tried,/);

  const again = await run('import', 'left.csv', '--out', 'left.csv', '--standing');
  assert.equal(again.code, 0);
  assert.match(again.stdout, /^0 blocked, 1,500 standing, 0 refused\.$/m);
  const placed = await standing();
  assert.ok(placed.every(({ wa_id, note }) => note === `note ${Number(wa_id) - 16_500_000_000}`));
});

test('Ctrl-C ends an import behind the request in flight', async (t) => {
  const { url, env, cwd, writeFile } = await start(t);
  writeFile('many.csv', `phone,note\n${many.join('\n')}\n`);
  let child: ChildProcess | undefined;
  const proxy = await between(t, url, (nth) => {
    if (nth !== 2 || child === undefined) return undefined;
    const process = child;
    const heard = new Promise<void>((resolve) => {
      process.stderr?.on('data', (chunk) => {
        if (String(chunk).includes('Stopping after')) resolve();
      });
    });
    process.kill('SIGINT');
    return heard;
  });
  const { code, stderr } = await blockhouse(
    ['import', 'many.csv', '--standing', '--json', '--number', demoNumber],
    {
      env: { ...env, BLOCKHOUSE_URL: proxy },
      cwd,
      onStart: (started) => (child = started),
    },
  );
  assert.equal(code, 130);
  assert.match(stderr, /^0 blocked, 2,000 standing, 0 refused, 500 not tried\.$/m);
});
