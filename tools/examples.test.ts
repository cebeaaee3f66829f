// Shows that the examples run and that Meta's own three calls have Meta's own answers.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createServer, readConfig } from '@blockhouse/server';
import { blocked, by, partlyBlocked, unblocked, windowClosed } from '../conformance/bodies.ts';
import { assertMatches } from '../conformance/runner.ts';

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
