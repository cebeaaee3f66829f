// Shows that every admitted message reaches the receiver across restarts and kill -9, and twice only if a
// response was lost.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { demoNumber } from './harness.ts';
import { startMember } from './process.ts';
import { startReceiver } from './receiver.ts';
import { testStoreUrl } from './test-store.ts';

const users = Array.from({ length: 10 }, (_, index) => String(16_500_000_000 + index));
const blockedUser = users[9] ?? '';

test('every admitted message arrives despite restarts during deliveries', async (t) => {
  const store = testStoreUrl(join(tempFolder(t), 'db'));
  const env = { BLOCKHOUSE_WEBHOOK_TIMEOUT: '300ms' };
  const acknowledged = new Set<string>();
  let holdBack = true;
  const { webhook, received, until } = await startReceiver(t, (_, response, { value }) => {
    // Half of the first responses are never sent, so the server is killed while it waits for them.
    if (holdBack && received.length % 2 === 0) return;
    acknowledged.add(value.messages[0].id);
    response.end();
  });
  const admitted: string[] = [];
  const dropped: string[] = [];
  let next = 0;

  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    const server = await startMember(t, store, { env });
    const inbound = async (from: string[]) => {
      const messages = from.map((user) => ({ from: user, id: `m${next++}`, type: 'text' }));
      const answer = await server.call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, { messages });
      assert.equal(answer.status, 200);
      return answer.body as { admitted: string[]; dropped: string[] };
    };
    if (next === 0) {
      const { status } = await server.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, webhook());
      assert.equal(status, 200);
      admitted.push(...(await inbound([blockedUser])).admitted);
      await server.block(blockedUser);
    }
    for (let round = 0; round < 10; round++) {
      const outcome = await inbound(users);
      admitted.push(...outcome.admitted);
      dropped.push(...outcome.dropped);
    }
    await until(received.length + 3);
    await server.end(signal);
  }

  holdBack = false;
  await startMember(t, store, { env });
  while (acknowledged.size < admitted.length) await until(received.length + 1);

  const ids = received.map(({ value }) => value.messages[0].id as string);
  assert.deepEqual([...acknowledged].toSorted(), admitted.toSorted());
  assert.equal(dropped.length, 30);
  for (const id of dropped) assert.ok(!ids.includes(id), `${id} was dropped and has a webhook`);
  for (const user of users) {
    const order = received
      .filter(({ value }) => value.contacts[0].wa_id === user)
      .map(({ value }) => value.messages[0].id);
    const firsts = order.filter((id, index) => order.indexOf(id) === index);
    assert.deepEqual(
      firsts,
      firsts.toSorted((one, other) => Number(one.slice(1)) - Number(other.slice(1))),
    );
    // A message is repeated only directly after itself: no other message of the user is in between.
    for (const [index, id] of order.entries()) {
      if (index > 0 && order.indexOf(id) < index) assert.equal(order[index - 1], id);
    }
  }
});
