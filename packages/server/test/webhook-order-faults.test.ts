// Shows that injected faults deliver webhooks twice or out of order, in a reproducible way, and lose no
// webhook.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';
import { type Received, startReceiver } from './receiver.ts';
import { eventually } from './waiting.ts';

const ana = '16505551234';
const ben = '14155559876';

async function start(t: TestContext) {
  const running = await startServer(t);
  const receiver = await startReceiver(t);
  const { call } = running;
  await call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  const inject = async (what: object, over: object = {}) =>
    (await call('POST', '/sandbox/faults', { body: { operation: 'webhook', what, ...over } })).body;
  const say = (user: string, text: string) =>
    call('POST', `/sandbox/users/${user}/messages`, { body: { text } });
  /** Resolves when no webhook in the outbox is pending. */
  const settled = () =>
    eventually('every webhook was delivered', async () => {
      const { data } = (await call('GET', '/sandbox/webhooks?state=waiting')).body;
      return data.length === 0;
    });
  return { ...running, ...receiver, inject, say, settled };
}

const texts = (received: readonly Received[]) =>
  received.map(({ value }) => value.messages?.[0].text.body ?? value.statuses[0].status);

test('duplicate: the same bytes arrive twice, with the same signature', async (t) => {
  const { inject, say, received, until, settled } = await start(t);
  await inject({ duplicate: true }, { when: { times: 1 } });
  await say(ana, 'once');
  await say(ana, 'later');
  await until(3);
  await settled();
  assert.deepEqual(texts(received), ['once', 'once', 'later']);
  assert.equal(received[0]!.raw, received[1]!.raw);
  assert.equal(received[0]!.signature, received[1]!.signature);
});

test('reorder: the statuses of one send arrive in reverse order', async (t) => {
  const { inject, call, write, received, until, settled } = await start(t);
  await write(ana);
  await until(1);
  await settled();
  await inject({ reorder: true }, { when: { times: 1 } });
  const body = { messaging_product: 'whatsapp', to: ana, type: 'text', text: { body: '?' } };
  await call('POST', `/${demoNumber}/messages`, { body });
  await until(3);
  await settled();
  assert.deepEqual(texts(received.slice(1)), ['delivered', 'sent']);
});

test("reorder: a message is held until the user's next one, and does not delay other users", async (t) => {
  const { inject, say, received, until, settled } = await start(t);
  await inject({ reorder: true }, { user: ana, when: { times: 1 } });
  await say(ana, 'first');
  await say(ben, 'hello');
  await until(1);
  await say(ana, 'second');
  await until(3);
  await say(ana, 'third');
  await until(4);
  await settled();
  assert.deepEqual(texts(received), ['hello', 'second', 'first', 'third']);
});

test('reorder: removing the fault releases the held webhook', async (t) => {
  const { inject, say, call, received, until, settled } = await start(t);
  for (const path of ['one', 'all']) {
    received.length = 0;
    const { id } = await inject({ reorder: true }, { user: ana });
    await say(ana, path);
    await call('DELETE', path === 'one' ? `/sandbox/faults/${id}` : '/sandbox/faults');
    await until(1);
    await settled();
    assert.deepEqual(texts(received), [path]);
  }
});

test('reorder: a reset drops the held webhook', async (t) => {
  const { inject, say, call, webhook, received, until } = await start(t);
  await inject({ reorder: true });
  await say(ana, 'lost');
  await call('POST', '/sandbox/reset');
  await call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: webhook() });
  await say(ana, 'after');
  await until(1);
  assert.deepEqual(texts(received), ['after']);
});

test('reorder: a refused webhook is retried in order', async (t) => {
  const running = await startServer(t);
  let refusals = 1;
  const { webhook, received, until } = await startReceiver(t, (_request, response, { value }) => {
    const isNext = value.messages[0].text.body === 'second';
    response.writeHead(isNext && refusals-- > 0 ? 500 : 200).end();
  });
  await running.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: webhook() });
  const body = { operation: 'webhook', what: { reorder: true }, when: { times: 1 } };
  await running.call('POST', '/sandbox/faults', { body });
  for (const text of ['first', 'second'])
    await running.call('POST', `/sandbox/users/${ana}/messages`, { body: { text } });
  await until(3);
  assert.deepEqual(texts(received), ['second', 'first', 'second']);
});

test('duplicate and reorder are accepted for webhooks only', async (t) => {
  const { call } = await startServer(t);
  for (const what of [{ duplicate: true }, { reorder: true }]) {
    const { status, body } = await call('POST', '/sandbox/faults', { body: { operation: 'block', what } });
    assert.equal(status, 400);
    assert.match(body.error.message, /duplicate and reorder are only for the operation webhook/);
  }
});
