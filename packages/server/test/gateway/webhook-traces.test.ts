// Shows that no webhook of Meta disappears without a trace: unknown numbers, wrong secrets and late messages are
// counted and logged. Several numbers of one account may have secrets of their own, and the time of the last webhook
// survives a restart.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../../../../tools/temp-folder.ts';
import { demoNumber, type Running } from '../harness.ts';
import { testStore } from '../test-store.ts';
import { startFakeMeta } from './fake-meta.ts';
import { addCloudNumber, metaAppSecret, startGatewayTo } from './gateway.ts';
import { metaMessage, metaTime, metaWebhook, postMetaWebhook, waba } from './meta-webhook.ts';

const ana = '16505551234';

function message(number: string, { sentAtMs = Date.now(), id = 'wamid.1' } = {}): string {
  const contacts = [{ wa_id: ana, profile: { name: 'Ana' } }];
  const messages = [metaMessage(ana, id, { timestamp: metaTime(sentAtMs) })];
  return metaWebhook({ contacts, messages }, { number });
}

function accountEvent(): string {
  const changes = [{ field: 'account_update', value: { event: 'VERIFIED_ACCOUNT' } }];
  return JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: waba, changes }] });
}

/** The status that the gateway answers to a webhook. */
async function send(gateway: Running, body: string, secret = metaAppSecret): Promise<number> {
  return (await postMetaWebhook(gateway, body, { secret })).status;
}

async function counted({ url }: Running, outcome: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(
    new RegExp(`^blockhouse_meta_webhooks_total{outcome="${outcome}"} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
  );
}

async function start(t: TestContext, over = {}) {
  const meta = await startFakeMeta(t, () => ({
    headers: { 'content-type': 'application/json' },
    body: '{"data":[]}',
  }));
  const upstream = { base_url: meta.url, token: 'EAAJB-token' };
  return { upstream, gateway: await startGatewayTo(t, upstream, over) };
}

test('a number that is not registered here is counted, and acknowledged so that Meta stops', async (t) => {
  const { gateway } = await start(t);
  assert.equal(await send(gateway, message('999')), 200);
  assert.equal(await counted(gateway, 'unknown_number'), 1);
});

test('a signature by another app is refused and counted', async (t) => {
  const { gateway } = await start(t);
  assert.equal(await send(gateway, message(demoNumber), 'the secret of another app'), 403);
  assert.deepEqual([await counted(gateway, 'not_signed'), await counted(gateway, 'accepted')], [1, 0]);
});

test('a message that comes 30 hours late opens no window, and is not forgotten', async (t) => {
  const { gateway } = await start(t);
  const sentAtMs = Date.now() - 30 * 3_600_000;
  assert.equal(await send(gateway, message(demoNumber, { sentAtMs })), 200);
  assert.equal(await counted(gateway, 'late'), 1);
  const { body } = await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}/users/${ana}`);
  assert.deepEqual([body.window.open, body.name], [false, 'Ana']);
  assert.ok(Math.abs(Date.parse(body.window.last_inbound_at) - sentAtMs) < 2000);
  assert.notEqual(body.verdict, 'never_wrote');
});

test('numbers of one account may have apps of their own: either signs what is about the account', async (t) => {
  const { gateway, upstream } = await start(t);
  const other = { id: '106540352242923', phone: '+1 555 078 3882' };
  await addCloudNumber(gateway, { ...upstream, app_secret: 'the secret of the other app' }, other);
  assert.equal(await send(gateway, accountEvent()), 200);
  assert.equal(await send(gateway, accountEvent(), 'the secret of the other app'), 200);
  assert.equal(await send(gateway, accountEvent(), 'the secret of a third app'), 403);
  // A webhook about a number is signed by the app of that number.
  assert.equal(await send(gateway, message(demoNumber), 'the secret of the other app'), 403);
});

test('a standing block on a number without any webhook from Meta has the verdict standing_unheard', async (t) => {
  const store = testStore(join(tempFolder(t), 'db'));
  const { gateway } = await start(t, { store });
  const place = { users: [ana], numbers: [demoNumber] };
  await gateway.call('POST', '/blockhouse/v1/standing-blocks', { body: place });
  const verdict = async (one: Running) =>
    (await one.call('GET', `/blockhouse/v1/numbers/${demoNumber}/users/${ana}`)).body.verdict;
  assert.equal(await verdict(gateway), 'standing_unheard');
  await send(gateway, accountEvent());
  assert.equal(await verdict(gateway), 'standing');
  const seen = (await gateway.call('GET', `/blockhouse/v1/numbers/${demoNumber}`)).body.upstream.health;
  assert.ok(seen.last_webhook_at !== null);
});
