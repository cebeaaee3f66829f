// Shows starting and stopping: the commands of the banner work, a failed start prints one line, and a signal
// closes the server.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { runToEnd, startProcess } from './process.ts';
import { eventually } from './waiting.ts';

const folder = tempFolder({ after });
const memory = { BLOCKHOUSE_STORE: 'sqlite::memory:' };

test('the banner has the number, the key, and the panel, and its commands work when pasted', async (t) => {
  const { banner, url, end } = await startProcess({ env: memory });
  t.after(() => end('SIGKILL'));
  assert.match(banner, /106540352242922 {2}\(\+1 555 078 3881\)/);
  assert.match(banner, /pk_test_[\w-]{43}/);
  assert.ok(banner.includes(`${url}/\n`));
  const lines = banner
    .slice(banner.indexOf('curl'))
    .split(/\n\s*\n/)
    .filter((line) => line.includes('curl'));
  assert.equal(lines.length, 2);
  const answers = [];
  for (const line of lines) answers.push(JSON.parse((await promisify(execFile)('sh', ['-c', line])).stdout));
  assert.equal(answers[0].status, 'delivered');
  assert.deepEqual(answers[1].block_users, {
    added_users: [{ input: '+16505551234', wa_id: '16505551234' }],
  });
});

test('the banner is printed before the log', async (t) => {
  const { child, banner, end } = await startProcess({ env: { ...memory, BLOCKHOUSE_LOG: 'info' } });
  t.after(() => end('SIGKILL'));
  let output = banner;
  child.stdout?.on('data', (chunk) => (output += chunk));
  await eventually('the log output that the server listens', () =>
    /^\{.*Server listening.*\}$/m.test(output),
  );
  assert.match(output, /^\s+Blockhouse sandbox\n/);
  assert.ok(output.indexOf('{"level"') > output.lastIndexOf('curl'));
});

test('the default store is created in ./data', async (t) => {
  const { url, end } = await startProcess({ cwd: folder });
  t.after(() => end('SIGKILL'));
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  const second = await runToEnd({ cwd: folder, env: { PORT: '0' } });
  assert.equal(second.code, 1);
  assert.match(
    second.stderr,
    /^blockhouse: BLOCKHOUSE_STORE: \.\/data\/blockhouse\.db is in use by another process; .*\n$/,
  );
});

test('without the sandbox, only the first start shows an admin key', async () => {
  const env = { BLOCKHOUSE_STORE: `sqlite:${join(folder, 'live.db')}` };
  const first = await startProcess({ env, args: [] });
  const key = /pk_live_[\w-]{43}/.exec(first.banner)?.[0];
  const answer = await fetch(`${first.url}/blockhouse/v1/keys`, { headers: { 'x-api-key': key ?? '' } });
  assert.equal(answer.status, 200);
  await first.end('SIGTERM');
  const second = await startProcess({ env, args: [] });
  assert.ok(!second.banner.includes('pk_live_'));
  await second.end('SIGTERM');
});

for (const [env, message] of [
  [
    { PORT: 'x' },
    'blockhouse: PORT must be a whole number from 0 to 65535 (0: any free port), got "x". Correct the value, or unset PORT to use 4080.\n',
  ],
  [
    { BLOCKHOUSE_STORE: 'oracle://user:hunter2@db' },
    'blockhouse: BLOCKHOUSE_STORE must be sqlite:PATH, sqlite::memory: or postgres://USER:PASSWORD@HOST:PORT/DATABASE, got "oracle…". Correct the value, or unset BLOCKHOUSE_STORE to use sqlite:./data/blockhouse.db.\n',
  ],
  [
    { HOST: '192.0.2.1', ...memory },
    'blockhouse: HOST must be an address or host name of this machine, got "192.0.2.1". Correct the value, or unset HOST to use 127.0.0.1.\n',
  ],
  [
    { BLOCKHOUSE_STORE: 'sqlite:/dev/null/x.db' },
    /^blockhouse: BLOCKHOUSE_STORE: \/dev\/null\/x\.db cannot be opened as a database \(.*\); name a file that can be written\n$/,
  ],
  [
    { BLOCKHOUSE_STORE: 'oracle' },
    'blockhouse: BLOCKHOUSE_STORE must be sqlite:PATH, sqlite::memory: or postgres://USER:PASSWORD@HOST:PORT/DATABASE, got "oracle". Correct the value, or unset BLOCKHOUSE_STORE to use sqlite:./data/blockhouse.db.\n',
  ],
  [
    { BLOCKHOUSE_STORE: 'postgres://ana:hunter2@127.0.0.1:1/main' },
    /^blockhouse: BLOCKHOUSE_STORE: the database cannot be used \(connect ECONNREFUSED 127\.0\.0\.1:1\); check the address, the user's rights, and that it runs\n$/,
  ],
] as const) {
  test(`a failed start names the setting: ${JSON.stringify(env)}`, async () => {
    const { code, stdout, stderr } = await runToEnd({ env: { BLOCKHOUSE_LOG: 'silent', ...env } });
    assert.deepEqual([code, stdout], [1, '']);
    assert.ok(typeof message === 'string' ? stderr === message : message.test(stderr), stderr);
  });
}

test('a port in use and an unknown option print one line', async (t) => {
  const { url, end } = await startProcess({ env: memory });
  t.after(() => end('SIGKILL'));
  const inUse = await runToEnd({ env: { ...memory, PORT: new URL(url).port, BLOCKHOUSE_LOG: 'silent' } });
  assert.equal(inUse.code, 1);
  assert.match(inUse.stderr, /^blockhouse: PORT \d+ is in use on 127\.0\.0\.1; .* set PORT to another .*\n$/);
  const unknown = await runToEnd({ env: memory, args: ['--sandbocks'] });
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /^blockhouse: Unknown option '--sandbocks'.*\n$/);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} answers the requests in flight, and the process exits with 0`, async () => {
    const { url, banner, end } = await startProcess({ env: memory });
    const key = /pk_test_[\w-]{43}/.exec(banner)?.[0];
    const body = '{"text":"last words"}';
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    const head = `POST /sandbox/users/16505551234/messages HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    await new Promise((resolve) => socket.write(head + body.slice(0, 5), resolve));
    // The server has received the request when it answers a later one on another connection.
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    const ended = end(signal);
    socket.write(body.slice(5));
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    assert.match(answer, /^HTTP\/1\.1 200 .*"status":"delivered"/s);
    assert.deepEqual(await ended, { code: 0, signal: null });
  });
}

test('npm start forwards a signal and exits with 0', async () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const env = { ...process.env, ...memory, PORT: '0', BLOCKHOUSE_LOG: 'silent' };
  const npm = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'ignore'] });
  const exit = once(npm, 'exit');
  let banner = '';
  await new Promise<void>((resolve) => {
    npm.stdout.on('data', (chunk) => {
      banner += chunk;
      if (banner.includes('Store  ')) resolve();
    });
  });
  const url = /http:\/\/[\d.]+:\d+/.exec(banner)?.[0] ?? '';
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  npm.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
  await assert.rejects(fetch(`${url}/readyz`), TypeError);
});
