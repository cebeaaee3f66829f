// Shows the values that each setting accepts, and that an error names the setting and the remedy, but no
// secret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig, settings } from '@blockhouse/server';
import { describeStore } from '../src/config/store-address.ts';

test('the defaults', () => {
  assert.deepEqual(readConfig({}), {
    host: '127.0.0.1',
    port: 4080,
    store: { kind: 'sqlite', path: './data/blockhouse.db' },
    storeConnections: 10,
    sandbox: false,
    adminKey: null,
    publicUrl: null,
    trustedProxies: [],
    partialFailureStatus: 200,
    rateLimit: { perSecond: 50 },
    embedOrigins: [],
    bitrix24Url: null,
    bitrix24App: null,
    bitrix24Key: null,
    secrets: [],
    upstreamRate: { perSecond: 20 },
    upstreamTimeoutMs: 5000,
    upstreamDeadlineMs: 9000,
    webhookTargets: 'public',
    webhookTimeoutMs: 10_000,
    activityRetentionMs: 365 * 86_400_000,
    keepMessagesMs: null,
    logLevel: 'info',
  });
});

test('every setting has a value', () => {
  const config = readConfig({
    HOST: '0.0.0.0',
    PORT: '0',
    BLOCKHOUSE_STORE: 'sqlite::memory:',
    BLOCKHOUSE_STORE_CONNECTIONS: '20',
    BLOCKHOUSE_SANDBOX: 'on',
    BLOCKHOUSE_ADMIN_KEY: 'k'.repeat(32),
    BLOCKHOUSE_PUBLIC_URL: 'https://blocks.example/',
    BLOCKHOUSE_TRUSTED_PROXIES: '10.0.0.1, 192.168.0.0/16 ::1 loopback',
    BLOCKHOUSE_PARTIAL_FAILURE_STATUS: '400',
    BLOCKHOUSE_RATE_LIMIT: '7/s',
    BLOCKHOUSE_SECRET: `${'n'.repeat(32)}, ${'o'.repeat(40)}`,
    BLOCKHOUSE_EMBED_ORIGINS: 'https://crm.example http://127.0.0.1:8080',
    BLOCKHOUSE_BITRIX24_URL: 'https://portal.bitrix24.com',
    BLOCKHOUSE_BITRIX24_APP: 'local.66ba434d853c87.18550109',
    BLOCKHOUSE_BITRIX24_KEY: 'b'.repeat(32),
    BLOCKHOUSE_UPSTREAM_RATE: '9/s',
    BLOCKHOUSE_UPSTREAM_TIMEOUT: '2s',
    BLOCKHOUSE_UPSTREAM_DEADLINE: '1m',
    BLOCKHOUSE_WEBHOOK_TARGETS: 'any',
    BLOCKHOUSE_WEBHOOK_TIMEOUT: '1500ms',
    BLOCKHOUSE_ACTIVITY_RETENTION: 'forever',
    BLOCKHOUSE_KEEP_MESSAGES: '36h',
    BLOCKHOUSE_LOG: 'silent',
  });
  assert.deepEqual(config, {
    host: '0.0.0.0',
    port: 0,
    store: { kind: 'sqlite', path: ':memory:' },
    storeConnections: 20,
    sandbox: true,
    adminKey: 'k'.repeat(32),
    publicUrl: 'https://blocks.example',
    trustedProxies: ['10.0.0.1', '192.168.0.0/16', '::1', 'loopback'],
    partialFailureStatus: 400,
    rateLimit: { perSecond: 7 },
    embedOrigins: ['https://crm.example', 'http://127.0.0.1:8080'],
    secrets: ['n'.repeat(32), 'o'.repeat(40)],
    bitrix24Url: 'https://portal.bitrix24.com',
    bitrix24App: 'local.66ba434d853c87.18550109',
    bitrix24Key: 'b'.repeat(32),
    upstreamRate: { perSecond: 9 },
    upstreamTimeoutMs: 2000,
    upstreamDeadlineMs: 60_000,
    webhookTargets: 'any',
    webhookTimeoutMs: 1500,
    activityRetentionMs: null,
    keepMessagesMs: 36 * 3_600_000,
    logLevel: 'silent',
  });
  assert.ok(Object.isFrozen(config));
});

test('the address of a PostgreSQL store is never shown with its password', () => {
  const read = (text: string) => readConfig({ BLOCKHOUSE_STORE: text }).store;
  const url = 'postgres://ana:secret@db1:5432,db2:5433/main?sslmode=require&schema=chat';
  assert.deepEqual(read(url), { kind: 'postgres', url, schema: 'chat' });
  const short = 'postgresql://localhost/main';
  assert.deepEqual(read(short), { kind: 'postgres', url: short, schema: 'blockhouse' });
  assert.equal(describeStore(read(url)), 'postgres://db1:5432,db2:5433/main');
  for (const wrong of [
    'postgres://ana:secret@db1',
    'postgres://ana:se/cret@db/main',
    'postgres://ana:secret@x@db/main',
    'host=db user=ana password=secret',
  ]) {
    assert.throws(
      () => read(wrong),
      (error) => error instanceof ConfigError && !/secret|cret|ana/.test(error.message),
    );
  }
  assert.equal(describeStore(read('postgres://db/main?password=secret')), 'postgres://db/main');
});

test('an address with a password is not repeated in an error', () => {
  assert.throws(
    () => readConfig({ BLOCKHOUSE_PUBLIC_URL: 'https://ana:hunter2@blocks.example' }),
    (error) => error instanceof ConfigError && !/ana|hunter2/.test(error.message),
  );
});

test('the environment overrides the command line, and an empty variable counts as unset', () => {
  assert.equal(readConfig({}, { sandbox: true }).sandbox, true);
  assert.equal(readConfig({ BLOCKHOUSE_SANDBOX: 'off' }, { sandbox: true }).sandbox, false);
  assert.equal(readConfig({ BLOCKHOUSE_SANDBOX: '', PORT: '' }, { sandbox: true }).port, 4080);
  assert.equal(readConfig({ BLOCKHOUSE_RATE_LIMIT: 'off' }).rateLimit, null);
});

test('messages are kept only if they are encrypted', () => {
  assert.equal(readConfig({}).keepMessagesMs, null);
  assert.throws(() => readConfig({ BLOCKHOUSE_KEEP_MESSAGES: '7d' }), /needs BLOCKHOUSE_SECRET/);
  const both = { BLOCKHOUSE_KEEP_MESSAGES: '7d', BLOCKHOUSE_SECRET: 'x'.repeat(32) };
  assert.equal(readConfig(both).keepMessagesMs, 7 * 86_400_000);
});

const wrong: Readonly<Record<keyof typeof settings, readonly string[]>> = {
  port: ['x', '-1', '65536', '80.5', '0x50'],
  host: ['http://x', 'a b'],
  store: ['memory', 'mysql://x', 'sqlite:', 'postgres://host', 'postgres://host/db?schema=a-b'],
  storeConnections: ['1', '0', 'many', '1001', '2.5'],
  sandbox: ['yes', 'ON', '1', '__proto__'],
  adminKey: ['x'.repeat(31), `two words ${'x'.repeat(32)}`, 'ü'.repeat(32), `${'a'.repeat(32)}\nb`],
  publicUrl: ['blocks.example', 'https://blocks.example/api', 'ftp://blocks.example'],
  trustedProxies: ['proxy.internal', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0', 'true', '1'],
  partialFailureStatus: ['500', '200.0'],
  rateLimit: ['50', '0/s', '50/m', 'fast', '-1/s', '99999999/s'],
  webhookTargets: ['private', 'none'],
  embedOrigins: ['crm.example', 'https://crm.example/page', '*'],
  bitrix24Url: ['portal.bitrix24.com', 'https://portal.bitrix24.com/crm'],
  bitrix24App: ['two words', 'x'.repeat(201)],
  bitrix24Key: ['x'.repeat(31), `two words ${'x'.repeat(32)}`],
  secrets: ['short', 'two words and more than thirty-two', `${'x'.repeat(32)},short`, `${'x'.repeat(32)},`],
  upstreamRate: ['20', '0/s', 'never'],
  upstreamTimeoutMs: ['10', '1ms', '2m', 'soon'],
  upstreamDeadlineMs: ['10', '1ms', '11m', 'soon'],
  webhookTimeoutMs: ['10', '1ms', '2m', 'soon'],
  activityRetentionMs: ['1m', 'never', '9999d'],
  keepMessagesMs: ['1m', '31d', 'forever'],
  logLevel: ['loud', 'constructor'],
};

for (const [name, texts] of Object.entries(wrong)) {
  const setting = settings[name as keyof typeof settings];
  for (const text of texts) {
    test(`${setting.name}=${text}`, () => {
      assert.throws(
        () => readConfig({ [setting.name]: text }),
        (error: unknown) => {
          assert.ok(error instanceof ConfigError);
          assert.ok(
            error.message.startsWith(`${setting.name} must be ${setting.accepts}, got `),
            error.message,
          );
          const remedy = `Correct the value, or unset ${setting.name}`;
          const fallback = setting.fallback === '' ? '' : ` to use ${setting.fallback}`;
          assert.ok(error.message.endsWith(`. ${remedy}${fallback}.`), error.message);
          assert.equal(error.message.includes(text), !['adminKey', 'bitrix24Key', 'secrets'].includes(name));
          return true;
        },
      );
    });
  }
}
