// Shows long work from a file: correct counts and exit codes, a report to resume from, faults, and Ctrl-C half-way.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { startServer } from '../../server/test/harness.ts';
import { blockhouse, rows } from './run.ts';

/** 5,000 users; one in ten did not write. */
const users = Array.from({ length: 5000 }, (_, index) => String(16_500_000_000 + index));
const writers = users.filter((_, index) => index % 10 !== 0);

async function start(t: TestContext) {
  const running = await startServer(t);
  for (let from = 0; from < writers.length; from += 1000)
    await running.write(...writers.slice(from, from + 1000));
  const cwd = tempFolder(t);
  writeFileSync(join(cwd, 'spam.txt'), users.join('\n'));
  const env = { BLOCKHOUSE_URL: running.url, BLOCKHOUSE_KEY: running.key };
  const onList = async () => {
    const { stdout } = await blockhouse(['list', '--json'], { env });
    return rows(stdout).map(({ wa_id: waId }) => waId as string);
  };
  const outFile = () => readFileSync(join(cwd, 'refused.csv'), 'utf8').trim().split('\n');
  return { ...running, cwd, env, onList, outFile };
}

const fromFile = ['block', '--from', 'spam.txt', '--out', 'refused.csv'];

test('a fault that passes is retried: everybody is blocked or refused', async (t) => {
  const { call, env, cwd, onList, outFile } = await start(t);
  const fault = { operation: 'block', user: users[2500], when: { times: 1 }, what: { code: 139103 } };
  await call('POST', '/sandbox/faults', { body: fault });
  const { code, stdout, stderr } = await blockhouse(fromFile, { env, cwd });
  assert.equal(code, 2);
  assert.match(stdout, /^4,500 blocked, 500 refused\.$/m);
  assert.match(stdout, /^… and 480 more\. --json shows all of them, and --out FILE saves them\.$/m);
  assert.equal(stderr, '');
  assert.deepEqual(await onList(), writers);
  const [header, first, ...others] = outFile();
  assert.equal(header, 'user,outcome,code,reason,explanation');
  assert.match(first ?? '', /^16500000000,refused,131047,window_closed,You can block only users who wrote/);
  assert.equal(others.length, 499);
});

test('a fault that stays ends the work; what is left is done by a second run from the report', async (t) => {
  const { call, write, env, cwd, onList, outFile } = await start(t);
  await call('POST', '/sandbox/faults', {
    body: { operation: 'block', user: users[2500], what: { code: 190 } },
  });
  const { code, stdout, stderr } = await blockhouse(fromFile, { env, cwd });
  assert.equal(code, 1);
  assert.match(stdout, /^1,800 blocked, 200 refused, 3,000 not tried\.$/m);
  assert.match(
    stderr,
    /The work is not finished: POST .* code 190: .*\n.*--key.*\nWhen the problem is fixed, continue with --from refused\.csv --out refused\.csv\./,
  );
  assert.equal((await onList()).length, 1800);
  assert.equal(outFile().length, 1 + 200 + 3000);

  await call('DELETE', '/sandbox/faults');
  // Two of the refused write meanwhile.
  await write(users[0] ?? '', users[10] ?? '');
  const again = await blockhouse(['block', '--from', 'refused.csv', '--out', 'refused.csv'], { env, cwd });
  assert.equal(again.code, 2);
  assert.match(again.stdout, /^2,702 blocked, 498 refused\.$/m);
  assert.deepEqual(new Set(await onList()), new Set([...writers, users[0], users[10]]));
  assert.equal(outFile().length, 1 + 498);
});

/** How many blocks the last proxy has seen. */
let blocksSeen = 0;

/**
 * A proxy in front of a server. It calls `onBlock` for every block that arrives, which may delay the block or its
 * answer.
 */
async function between(
  t: TestContext,
  url: string,
  onBlock: (nth: number) => { before?: Promise<unknown>; after?: Promise<unknown> },
): Promise<string> {
  blocksSeen = 0;
  const proxy = createServer(async (incoming, outgoing) => {
    const held = incoming.method === 'POST' ? onBlock(++blocksSeen) : {};
    await held.before;
    const { method = 'GET', headers } = incoming;
    const upstream = request(url + incoming.url, { method, headers }, async (answer) => {
      await held.after;
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

/** Resolves when a process has said something on standard error. */
function hears(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve) => {
    let heard = '';
    child.stderr?.on('data', (chunk) => {
      heard += chunk;
      if (heard.includes(words)) resolve();
    });
  });
}

test('Ctrl-C ends after the request in flight, and the report agrees with the list', async (t) => {
  const { url, env, cwd, onList } = await start(t);
  let child: ChildProcess | undefined;
  const proxy = await between(t, url, (nth) => {
    if (nth !== 3 || child === undefined) return {};
    const heard = hears(child, 'Stopping after');
    child.kill('SIGINT');
    return { before: heard };
  });
  const { code, stdout, stderr } = await blockhouse([...fromFile, '--json'], {
    env: { ...env, BLOCKHOUSE_URL: proxy },
    cwd,
    onStart: (started) => (child = started),
  });
  assert.equal(code, 130);
  const blocked = rows(stdout).filter(({ outcome }) => outcome === 'blocked');
  assert.deepEqual(
    blocked.map(({ user }) => user),
    await onList(),
  );
  assert.match(stderr, /^2,700 blocked, 300 refused, 2,000 not tried\.$/m);
  assert.match(
    stderr,
    /^Interrupted: the work is not finished\.\n.* continue with --from refused\.csv --out refused\.csv\.$/m,
  );

  const again = await blockhouse(['block', '--from', 'refused.csv'], { env, cwd });
  assert.match(again.stdout, /^1,800 blocked, 500 refused\.$/m);
  assert.deepEqual(await onList(), writers);
});

test('whoever reads the output may go away: the work, the report and the exit code stay', async (t) => {
  const { env, cwd, outFile, onList } = await start(t);
  const { code } = await blockhouse([...fromFile, '--json'], {
    env,
    cwd,
    onStart(child) {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  });
  assert.equal(code, 2);
  assert.equal(outFile().length, 1 + 500);
  assert.deepEqual(await onList(), writers);
});

test('Ctrl-C does not wait for what the server asks to be waited for', async (t) => {
  const { url, call, env, cwd } = await start(t);
  await call('POST', '/sandbox/faults', {
    body: { operation: 'block', user: users[2500], what: { code: 130429 } },
  });
  let child: ChildProcess | undefined;
  // The fault asks for a wait of a second before each of four retries; the interruption comes before the first.
  const proxy = await between(t, url, (nth) => {
    if (nth !== 3 || child === undefined) return {};
    const heard = hears(child, 'Stopping after');
    child.kill('SIGINT');
    return { before: heard };
  });
  const { code, stderr } = await blockhouse([...fromFile, '--json'], {
    env: { ...env, BLOCKHOUSE_URL: proxy },
    cwd,
    onStart: (started) => (child = started),
  });
  assert.equal(code, 130);
  assert.match(stderr, /^1,800 blocked, 200 refused, 3,000 not tried\.$/m);
  assert.equal(blocksSeen, 3);
});

test('a file that is no report is not replaced by one', async (t) => {
  const { env, cwd } = await start(t);
  const { code, stderr } = await blockhouse(['block', '--from', 'spam.txt', '--out', 'spam.txt'], {
    env,
    cwd,
  });
  assert.equal(code, 1);
  assert.match(stderr, /--out would replace spam\.txt, which is not a report of this command/);
  assert.equal(readFileSync(join(cwd, 'spam.txt'), 'utf8').split('\n').length, 5000);
});

test('a second Ctrl-C abandons the request, and its users are unknown', async (t) => {
  const { url, env, cwd, onList } = await start(t);
  let child: ChildProcess | undefined;
  const proxy = await between(t, url, (nth) => {
    if (nth !== 3 || child === undefined) return {};
    const process = child;
    hears(process, 'Stopping after').then(() => process.kill('SIGINT'));
    process.kill('SIGINT');
    // The answer never comes: the process goes away first.
    return { after: once(process, 'exit') };
  });
  const { code, stdout } = await blockhouse([...fromFile, '--json'], {
    env: { ...env, BLOCKHOUSE_URL: proxy },
    cwd,
    onStart: (started) => (child = started),
  });
  assert.equal(code, 130);
  const all = rows(stdout);
  const named = (outcome: string) => all.filter((row) => row.outcome === outcome).map(({ user }) => user);
  assert.deepEqual(
    [named('blocked').length, named('unknown').length, named('not_tried').length],
    [1800, 1000, 2000],
  );
  const listed = new Set(await onList());
  assert.ok(named('blocked').every((user) => listed.has(user)));
  assert.ok([...listed].every((user) => named('blocked').includes(user) || named('unknown').includes(user)));
  assert.ok(named('not_tried').every((user) => !listed.has(user)));
});
