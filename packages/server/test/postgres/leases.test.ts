// Shows that of several processes one delivers each webhook, and that the webhooks of a dead process are delivered by another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import { demoNumber } from '../harness.ts';
import { startReceiver } from '../receiver.ts';
import { freshSchema, postgres } from '../stores/postgres.ts';
import { numberRecord, startMs, write } from '../stores/store-suite.ts';
import { startMembers } from './servers.ts';

const webhook = { url: 'https://example.com/', appSecret: 's', verifyToken: 't' };

test('a webhook is given to one process; to another when that one is gone', async (t) => {
  const { url } = await postgres();
  const options = { url, schema: freshSchema(), connectionsMax: 4, silenceMaxMs: 600 };
  const one = await openPostgresStore(options);
  const two = await openPostgresStore(options);
  t.after(() => two.close());
  const { id } = numberRecord();
  await one.changeNumbers(() => ({ put: numberRecord({ webhook }) }));
  const users = Array.from({ length: 20 }, (_, index) => 16_500_000_000 + index);
  await write(one, id, users, startMs);

  const [mine, theirs] = await Promise.all([
    one.outbox.due(id, startMs, 12),
    two.outbox.due(id, startMs, 12),
  ]);
  const entries = [...mine, ...theirs].map(({ entry }) => entry);
  assert.equal(entries.length, 20);
  assert.equal(new Set(entries).size, 20, 'nothing is given to both');
  assert.deepEqual(await two.outbox.due(id, startMs, 100), theirs, 'what is ours already is given again');

  const takenOver = new Promise<void>((resolve) => two.onTakeover(resolve));
  await one.close();
  await takenOver;
  assert.equal((await two.outbox.due(id, startMs, 100)).length, 20);
});

test('messages at two servers: every webhook leaves once; then one server is killed with webhooks on their way', async (t) => {
  let silent = false;
  const receiver = await startReceiver(t, (_request, response) => {
    if (!silent) response.end();
  });
  const store = `${(await postgres()).url}?schema=${freshSchema()}`;
  const members = await startMembers(t, store, { env: { BLOCKHOUSE_WEBHOOK_TARGETS: 'loopback' } });
  const [one] = members;
  assert.ok(one);
  const listening = await one.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, receiver.webhook());
  assert.equal(listening.status, 200);

  const users = Array.from({ length: 60 }, (_, index) => 16_500_000_000 + index);
  await Promise.all(users.map((user, index) => members[index % 2]?.write(user)));
  await receiver.until(60);
  const senders = receiver.received.map(({ value }) => value.messages[0].from);
  assert.deepEqual(senders.toSorted(), users.map(String));

  // The receiver falls silent; server one takes webhooks on and dies with them.
  silent = true;
  await one.write(...users);
  await receiver.until(61);
  await one.end('SIGKILL');
  silent = false;
  const told = new Set<string>();
  for (let seen = 60; told.size < 60; seen++) {
    await receiver.until(seen + 1);
    told.add(receiver.received[seen]?.value.messages[0].id);
  }
});
