// Shows that a server does not start with a misspelled variable, and ignores the variables of the command
// line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from '@blockhouse/server';
import { demoNumber } from './harness.ts';
import { runToEnd, startProcess } from './process.ts';

const memory = { BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };

for (const [name, nearest] of [
  ['BLOCKHOUSE_STOER', 'BLOCKHOUSE_STORE'],
  ['BLOCKHOUSE_WEBHOOK_TARGET', 'BLOCKHOUSE_WEBHOOK_TARGETS'],
  ['BLOCKHOUSE_ADMINKEY', 'BLOCKHOUSE_ADMIN_KEY'],
  ['BLOCKHOUSE_SECRETS', 'BLOCKHOUSE_SECRET'],
  ['BLOCKHOUSE_RATE_LIMITS', 'BLOCKHOUSE_RATE_LIMIT'],
  ['BLOCKHOUSE_URLS', 'BLOCKHOUSE_URL'],
  ['Blockhouse_Store', 'BLOCKHOUSE_STORE'],
] as const) {
  test(`the error for ${name} names ${nearest}`, () => {
    assert.throws(
      () => readConfig({ [name]: 'hunter2' }),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(
          error.message,
          `${name} is not a setting; the nearest one is ${nearest}. Correct the name, or unset it.`,
        );
        return true;
      },
    );
  });
}

test('the server does not start with a misspelled variable', async () => {
  const { code, stdout, stderr } = await runToEnd({ env: { ...memory, BLOCKHOUSE_PORTS: '4080' } });
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^blockhouse: BLOCKHOUSE_PORTS is not a setting; the nearest one is .*\n$/);
});

test('variables of the command line, of orchestrators, and of other programs are ignored', () => {
  readConfig({
    BLOCKHOUSE_URL: 'http://127.0.0.1:4080',
    BLOCKHOUSE_KEY: 'pk_live_x',
    BLOCKHOUSE_NUMBER: demoNumber,
    BLOCKHOUSE_API_VERSION: 'v25.0',
    BLOCKHOUSE_STOER: '',
    MY_BLOCKHOUSE_STORE: 'x',
    BLOCKHOUSE_SERVICE_HOST: '10.0.0.1',
    BLOCKHOUSE_SERVICE_PORT: '4080',
    BLOCKHOUSE_SERVICE_PORT_HTTP: '4080',
    BLOCKHOUSE_PORT: 'tcp://10.0.0.1:4080',
    BLOCKHOUSE_PORT_4080_TCP: 'tcp://10.0.0.1:4080',
    BLOCKHOUSE_PORT_4080_TCP_PROTO: 'tcp',
    BLOCKHOUSE_GATEWAY_PORT_4080_TCP_ADDR: '10.0.0.1',
    BLOCKHOUSE_GATEWAY_PORT: 'tcp://10.0.0.1:4080',
  });
  assert.throws(() => readConfig({ BLOCKHOUSE_PORT: '4080' }), /BLOCKHOUSE_PORT is not a setting/);
});

test("the server does not accept the command line's key, and prints a notice after the banner", async () => {
  const key = 'a-key-of-the-command-line-that-is-long-enough';
  const { child, url, banner, end } = await startProcess({ env: { ...memory, BLOCKHOUSE_KEY: key } });
  let stderr = '';
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  const { status } = await fetch(`${url}/${demoNumber}/block_users`, {
    headers: { authorization: `Bearer ${key}` },
  });
  assert.equal(status, 401);
  await end('SIGTERM');
  assert.match(stderr, /^blockhouse: BLOCKHOUSE_KEY is for the command line; .*BLOCKHOUSE_ADMIN_KEY\.\n$/);
  assert.ok(!(banner + stderr).includes(key));
});
