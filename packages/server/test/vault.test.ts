// Shows that the secrets of numbers are encrypted in the store, and that no response contains them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, createServer, readConfig } from '@blockhouse/server';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { CannotDecrypt, Vault } from '../src/auth/secret-vault.ts';
import { startGateway } from './gateway/gateway.ts';
import { adminKey, demoNumber, startServer } from './harness.ts';
import { startReceiver } from './receiver.ts';

const upstream = {
  baseUrl: 'https://graph.facebook.com',
  version: 'v25.0',
  token: 'EAAJB-very-secret',
  appSecret: 'app secret',
  verifyToken: null,
};
const first = 'a'.repeat(32);
const second = 'b'.repeat(32);

test('a secret is decrypted only for its number, with its key, and unchanged', () => {
  const vault = new Vault([first]);
  const encrypted = vault.encryptUpstream('1', upstream);
  assert.ok(!JSON.stringify(encrypted).includes('secret'));
  assert.notEqual(vault.encryptUpstream('1', upstream).token, encrypted.token);
  assert.deepEqual(vault.decryptUpstream({ id: '1' }, encrypted), upstream);
  assert.throws(() => vault.decryptUpstream({ id: '2' }, encrypted), CannotDecrypt);
  assert.throws(() => new Vault([second]).decryptUpstream({ id: '1' }, encrypted), CannotDecrypt);
  assert.throws(() => new Vault([]).decryptUpstream({ id: '1' }, encrypted), CannotDecrypt);
  const moved = { ...encrypted, token: encrypted.appSecret ?? '' };
  assert.throws(() => vault.decryptUpstream({ id: '1' }, moved), CannotDecrypt);
  for (let index = 22; index < encrypted.token.length; index += 5) {
    const swapped = encrypted.token[index] === 'A' ? 'B' : 'A';
    const changed = encrypted.token.slice(0, index) + swapped + encrypted.token.slice(index + 1);
    assert.throws(() => vault.decryptUpstream({ id: '1' }, { ...encrypted, token: changed }), CannotDecrypt);
  }
  assert.throws(
    () => vault.decryptUpstream({ id: '1' }, { ...encrypted, token: encrypted.token.slice(0, 25) }),
    CannotDecrypt,
  );
});

test('a new first secret encrypts everything again at the start, and the old secret can be removed', async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, 'blockhouse.db');
  const meta = await startServer(t);
  const start = (secret: string) =>
    createServer(
      readConfig({
        PORT: '0',
        BLOCKHOUSE_STORE: `sqlite:${path}`,
        BLOCKHOUSE_LOG: 'silent',
        BLOCKHOUSE_ADMIN_KEY: adminKey,
        BLOCKHOUSE_WEBHOOK_TARGETS: 'loopback',
        ...(secret !== '' && { BLOCKHOUSE_SECRET: secret }),
      }),
    );
  const list = async (url: string) =>
    (await fetch(`${url}/${demoNumber}/block_users`, { headers: { 'x-api-key': adminKey } })).status;

  const receiver = await startReceiver(t);
  const one = await start('');
  const plainUrl = await one.listen();
  const addNumber = (url: string, body: object) =>
    fetch(`${url}/blockhouse/v1/numbers`, {
      method: 'POST',
      headers: { 'x-api-key': adminKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const cloud = {
    id: demoNumber,
    display_phone_number: '+1 555 078 3881',
    waba_id: '1',
    platform: 'cloud',
    upstream: { base_url: meta.url, token: meta.key },
  };
  assert.equal(
    (await addNumber(plainUrl, { display_phone_number: '+1 555 078 3882', ...receiver.webhook() })).status,
    201,
  );
  const refusal = await addNumber(plainUrl, cloud);
  assert.equal(refusal.status, 400);
  assert.match(await refusal.text(), /set BLOCKHOUSE_SECRET first/);
  await one.close();

  const two = await start(first);
  assert.equal((await addNumber(await two.listen(), cloud)).status, 201);
  await two.close();
  const three = await start(`${second},${first}`);
  assert.equal(await list(await three.listen()), 200);
  await three.close();
  const four = await start(second);
  assert.equal(await list(await four.listen()), 200);
  const numbers = await four.store.numbers();
  await four.close();
  const stored = JSON.stringify(numbers) + readFileSync(path, 'latin1');
  for (const secret of [meta.key, 'app secret', 'let me in'])
    assert.ok(!JSON.stringify(numbers).includes(secret));
  assert.ok(!stored.includes(meta.key));
  for (const wrong of [first, '']) await assert.rejects(start(wrong), ConfigError);
});

test("no response and no error contains Meta's token or the app secret", async (t) => {
  const meta = await startServer(t);
  const { gateway } = await startGateway(t, { meta });
  const answers = [
    await gateway.call('GET', '/blockhouse/v1/numbers'),
    await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: { verified_name: 'x' } }),
    await gateway.list('?after=nonsense'),
    await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
      body: { upstream: { token: 'EAAJB-wrong' } },
    }),
    await gateway.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, {
      body: { upstream: { token: 'EAAJB-wrong with space' } },
    }),
    await gateway.call('GET', `/v25.0/${demoNumber}/unknown`),
  ];
  const text = JSON.stringify(answers.map(({ body, headers }) => [body, [...headers]]));
  for (const secret of [meta.key, 'EAAJB-wrong', "secret of Meta's app"])
    assert.ok(!text.includes(secret), secret);
  assert.match(answers[3]?.body.error.message, /refuses the number or its token/);
});
