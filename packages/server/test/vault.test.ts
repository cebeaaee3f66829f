// Shows that the secrets of numbers are sealed where they are kept, open with the secret they were sealed with, and never come out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, createServer, readConfig } from '@blockhouse/server';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { CannotDecrypt, Vault } from '../src/numbers/secret-vault.ts';
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

test('a sealed secret opens only for its number, with its secret, and unchanged', () => {
  const vault = new Vault([first]);
  const sealed = vault.encryptUpstream('1', upstream);
  assert.ok(!JSON.stringify(sealed).includes('secret'));
  assert.notEqual(vault.encryptUpstream('1', upstream).token, sealed.token);
  assert.deepEqual(vault.decryptUpstream({ id: '1' }, sealed), upstream);
  assert.throws(() => vault.decryptUpstream({ id: '2' }, sealed), CannotDecrypt);
  assert.throws(() => new Vault([second]).decryptUpstream({ id: '1' }, sealed), CannotDecrypt);
  assert.throws(() => new Vault([]).decryptUpstream({ id: '1' }, sealed), CannotDecrypt);
  const moved = { ...sealed, token: sealed.appSecret ?? '' };
  assert.throws(() => vault.decryptUpstream({ id: '1' }, moved), CannotDecrypt);
  for (let place = 22; place < sealed.token.length; place += 5) {
    const swapped = sealed.token[place] === 'A' ? 'B' : 'A';
    const changed = sealed.token.slice(0, place) + swapped + sealed.token.slice(place + 1);
    assert.throws(() => vault.decryptUpstream({ id: '1' }, { ...sealed, token: changed }), CannotDecrypt);
  }
  assert.throws(
    () => vault.decryptUpstream({ id: '1' }, { ...sealed, token: sealed.token.slice(0, 25) }),
    CannotDecrypt,
  );
});

test('a new first secret reseals everything at the start, and the old one may be removed', async (t) => {
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
  const ask = (url: string, body: object) =>
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
    (await ask(plainUrl, { display_phone_number: '+1 555 078 3882', ...receiver.webhook() })).status,
    201,
  );
  const unsealable = await ask(plainUrl, cloud);
  assert.equal(unsealable.status, 400);
  assert.match(await unsealable.text(), /set BLOCKHOUSE_SECRET first/);
  await one.close();

  const two = await start(first);
  assert.equal((await ask(await two.listen(), cloud)).status, 201);
  await two.close();
  const three = await start(`${second},${first}`);
  assert.equal(await list(await three.listen()), 200);
  await three.close();
  const four = await start(second);
  assert.equal(await list(await four.listen()), 200);
  const numbers = await four.store.numbers();
  await four.close();
  const kept = JSON.stringify(numbers) + readFileSync(path, 'latin1');
  for (const secret of [meta.key, 'app secret', 'let me in'])
    assert.ok(!JSON.stringify(numbers).includes(secret));
  assert.ok(!kept.includes(meta.key));
  for (const wrong of [first, '']) await assert.rejects(start(wrong), ConfigError);
});

test("no answer and no error holds Meta's token or its app's secret", async (t) => {
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
  const said = JSON.stringify(answers.map(({ body, headers }) => [body, [...headers]]));
  for (const secret of [meta.key, 'EAAJB-wrong', "secret of Meta's app"])
    assert.ok(!said.includes(secret), secret);
  assert.match(answers[3]?.body.error.message, /refuses the number or its token/);
});
