// Shows that a webhook that was delivered while the store took no writes is recorded later, and not delivered again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Outbox, type Store, StoreUnavailable } from '@blockhouse/engine';
import { createServer } from '@blockhouse/server';
import { openSqliteStore } from '../src/stores/sqlite/store.ts';
import { demoNumber, serverConfig } from './harness.ts';
import { startReceiver } from './receiver.ts';
import { eventually } from './waiting.ts';

/** A store that refuses the outcomes of so many attempts. */
function withoutOutcomes(store: Store, refusals: number): Store & { readonly refused: () => number } {
  let refused = 0;
  const outbox = new Proxy(store.outbox, {
    get(target, name) {
      if (name === 'recordAttempt' && refused < refusals) {
        return async () => {
          refused++;
          throw new StoreUnavailable('the database does not answer');
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) satisfies Outbox;
  return new Proxy(store, {
    get(target, name) {
      if (name === 'outbox') return outbox;
      if (name === 'refused') return () => refused;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as Store & { readonly refused: () => number };
}

test('a webhook whose outcome cannot be recorded leaves once', async (t) => {
  const store = withoutOutcomes(openSqliteStore(':memory:'), 2);
  const config = serverConfig();
  const server = await createServer({ ...config, webhookTargets: 'loopback' }, { store });
  t.after(() => server.close());
  const url = await server.listen();
  const receiver = await startReceiver(t);
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/blockhouse/v1/numbers/${demoNumber}${path}`, {
      method,
      headers: { authorization: `Bearer ${server.demoKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    assert.equal(response.status, 200, await response.clone().text());
    return await response.json();
  };
  await call('PATCH', '', receiver.webhook());
  const message = (text: string) => ({
    messages: [{ from: '16505551234', type: 'text', text: { body: text } }],
  });
  await call('POST', '/inbound', message('one'));
  await call('POST', '/inbound', message('two'));
  await receiver.until(2);
  assert.equal(store.refused(), 2);
  const state = async () => {
    const filter = { afterEntry: 0, waId: null, state: null, count: 10 };
    const webhooks = await store.outbox.list(demoNumber, filter);
    return webhooks.map((webhook) => [webhook.state, webhook.attemptCount]);
  };
  const isDone = (states: unknown[][]) => states.every(([one]) => one !== 'waiting');
  assert.deepEqual(await eventually('both are recorded as delivered', state, isDone), [
    ['delivered', 1],
    ['delivered', 1],
  ]);
  assert.deepEqual(
    receiver.received.map(({ value }) => value.messages[0].text.body),
    ['one', 'two'],
  );
});
