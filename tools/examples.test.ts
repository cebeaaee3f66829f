// Shows that the examples run and that Meta's own three calls have Meta's own answers.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BlockUsersClient } from '@blockhouse/client';
import { createServer, readConfig } from '@blockhouse/server';
import { blocked, by, partlyBlocked, unblocked, windowClosed } from '../conformance/bodies.ts';
import { assertMatches } from '../conformance/runner.ts';
import { tempFolder } from './temp-folder.ts';

const script = fileURLToPath(new URL('../examples/three-calls.sh', import.meta.url));
const ana = '+16505551234';
const ben = '+14155559876';

test("Meta's three calls: both wrote, then only one of them", async (t) => {
  const own = { PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };
  const server = await createServer(readConfig(own, { sandbox: true }));
  t.after(() => server.close());
  const url = await server.listen();
  const call = (method: string, path: string, body?: object) =>
    fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${server.demoKey}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  const write = (user: string) => call('POST', `/sandbox/users/${user}/messages`, { text: 'hi' });
  const run = async () => {
    const env = { PATH: process.env['PATH'], URL: url, TOKEN: server.demoKey ?? '' };
    const { stdout } = await promisify(execFile)(script, { env });
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  const listed = (...users: string[]) => ({
    data: users.map((user) => ({
      messaging_product: 'whatsapp',
      wa_id: user.slice(1),
      user_id: '<user_id>',
    })),
    paging: { cursors: { after: '<cursor>', before: '<cursor>' } },
  });

  await write(ana);
  await write(ben);
  const [block, list, unblock] = await run();
  assertMatches(block, blocked(by(ana), by(ben)));
  assertMatches(list, listed(ana, ben));
  assertMatches(unblock, unblocked(by(ana), by(ben)));

  await call('POST', '/sandbox/clock', { advance: '25h' });
  await write(ana);
  const [partly, shorter] = await run();
  assertMatches(partly, partlyBlocked([by(ana)], [{ ...by(ben), ...windowClosed }]));
  assertMatches(shorter, listed(ana));
  assert.equal(partly.error.message, '(#139100) Failed to block/unblock users');
});

/** A sandbox with users who wrote, and a way to run examples against it. */
async function startSandbox(t: TestContext, ...writers: string[]) {
  const own = { PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };
  const server = await createServer(readConfig(own, { sandbox: true }));
  t.after(() => server.close());
  const baseUrl = await server.listen();
  const token = server.demoKey ?? '';
  const phoneNumberId = '106540352242922';
  const client = new BlockUsersClient({ baseUrl, token, phoneNumberId });
  for (const user of writers) await client.blockhouse.sandbox.sendMessage(user, 'hi');
  const env = { PATH: process.env['PATH'], BASE_URL: baseUrl, TOKEN: token, PHONE_NUMBER_ID: phoneNumberId };
  const run = async (example: string, ...users: string[]) => {
    const path = fileURLToPath(new URL(`../examples/${example}`, import.meta.url));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@blockhouse/source', path, ...users],
      {
        env,
      },
    );
    return stdout.trim().split('\n');
  };
  return { client, run, baseUrl, token, phoneNumberId };
}

test('each example runs by the command in its first lines, from a fresh clone', async (t) => {
  const { client, baseUrl, token, phoneNumberId } = await startSandbox(t, ana, ben);
  await client.block([ana, ben]);
  const root = fileURLToPath(new URL('..', import.meta.url));
  const paths = globSync('examples/*.ts', { cwd: root });
  assert.equal(paths.length, 3);
  const folder = tempFolder(t);
  for (const path of paths) {
    const [, command = ''] = /^\/\/ {3}(TOKEN=.*)$/m.exec(readFileSync(join(root, path), 'utf8')) ?? [];
    assert.ok(command.includes(path), path);
    const script = command
      .replace('TOKEN=…', `TOKEN=${token}`)
      .replace('PHONE_NUMBER_ID=…', `PHONE_NUMBER_ID=${phoneNumberId}`)
      .replace(/> (\S+)$/, `> "${folder}/$1"`);
    const env = { PATH: process.env['PATH'], BASE_URL: baseUrl };
    const { stdout } = await promisify(execFile)('sh', ['-c', script], { cwd: root, env });
    const written = command.includes('>') ? readFileSync(join(folder, 'blocked.csv'), 'utf8') : stdout;
    assert.match(written, /^(?:wa_id,user_id\n16505551234,|\+16505551234 is blocked\n|the list has changed)/);
  }
});

test('block and check', async (t) => {
  const { run } = await startSandbox(t, ana);
  const said = await run('block-and-check.ts', ana, ben);
  assert.equal(said[0], `${ana} is blocked`);
  assert.match(said[1] ?? '', /^\+14155559876 is not: You can block only users who wrote/);
  assert.equal(said[2], '1 of 2 are on the list');
});

test('export a list', async (t) => {
  const { client, run } = await startSandbox(t, ana, ben);
  await client.block([ana, ben]);
  const [header, ...rows] = await run('export-list.ts');
  assert.equal(header, 'wa_id,user_id');
  assert.deepEqual(
    rows.map((row) => row.replace(/US\.\d+$/, 'US.…')),
    ['16505551234,US.…', '14155559876,US.…'],
  );
});

test('recover from 139102', async (t) => {
  const users = ['16505550001', '16505550002', '16505550003', '16505550004', '16505550005'];
  const { client, run } = await startSandbox(t, ...users);
  await client.block(users);
  assert.deepEqual(await run('recover-from-139102.ts'), [
    'the list has changed: starting again',
    '5 users seen',
    '4 users blocked now',
  ]);
});

test("Meta's script: the same lines against a server of ours", async (t) => {
  const { baseUrl, token, phoneNumberId } = await startSandbox(t, ana);
  const main = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url));
  const path = fileURLToPath(new URL('../examples/against-meta.sh', import.meta.url));
  const env = {
    PATH: process.env['PATH'],
    BLOCKHOUSE: `${process.execPath} --conditions=@blockhouse/source ${main}`,
    BLOCKHOUSE_URL: baseUrl,
    BLOCKHOUSE_KEY: token,
    BLOCKHOUSE_NUMBER: phoneNumberId,
  };
  const { stdout } = await promisify(execFile)(path, [ana, ben], { env });
  const lines = stdout.trim().split('\n');
  assert.equal(lines.filter((line) => line.startsWith('✓')).length, 5);
  const outcomes = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  assert.deepEqual(
    outcomes.map(({ outcome, wa_id: waId }) => outcome ?? waId),
    ['blocked', 'refused', '16505551234', 'unblocked', 'unblocked'],
  );
});
