// Shows that clients written for Meta's API work unmodified on success, partial refusal, and error, directly
// and through the gateway.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { GraphApiError, WhatsAppClient } from '@kapso/whatsapp-cloud-api';
import { WhatsAppAPI } from 'whatsapp-api-js';
import { Text } from 'whatsapp-api-js/messages';
import { startGateway } from './gateway/gateway.ts';
import { demoNumber, type Running, startServer } from './harness.ts';

const ana = '16505551234';
const ben = '14155559876';

/** The server that a client calls, and the server that holds its users. */
const ways: Readonly<Record<string, (t: TestContext) => Promise<{ running: Running; meta: Running }>>> = {
  async directly(t) {
    const running = await startServer(t);
    return { running, meta: running };
  },
  async 'through the gateway'(t) {
    const { gateway, meta } = await startGateway(t);
    return { running: gateway, meta };
  },
};

/** A test for each server that a client calls. */
function check(name: string, body: (both: { running: Running; meta: Running }) => Promise<void>): void {
  for (const [way, start] of Object.entries(ways)) {
    test(`${name}, ${way}`, async (t) => body(await start(t)));
  }
}

/** `whatsapp-api-js` has a fixed host, so its fetch is replaced by one that calls our server. */
function whatsappApiJs({ url, key }: Running, token = key): WhatsAppAPI {
  return new WhatsAppAPI({
    token,
    v: 'v24.0',
    secure: false,
    ponyfill: {
      fetch: (input, init) => fetch(String(input).replace('https://graph.facebook.com', url), init),
    },
  });
}

check('whatsapp-api-js: full success, partial refusal, total refusal', async ({ running, meta }) => {
  const api = whatsappApiJs(running);
  await meta.write(ana);
  assert.deepEqual(await api.blockUser(demoNumber, ana), {
    messaging_product: 'whatsapp',
    block_users: { added_users: [{ input: ana, wa_id: ana }] },
  });
  const partial = await api.blockUser(demoNumber, ana, ben);
  assert.ok('block_users' in partial);
  assert.deepEqual(
    partial.block_users.failed_users?.map(({ input, errors }) => [input, errors[0]?.code]),
    [[ben, 131047]],
  );
  // The types of the client name the field `errors`, but Meta sends `error`.
  assert.equal((partial as { error?: { code: number } }).error?.code, 139100);
  const none = await api.blockUser(demoNumber, ben);
  assert.ok('block_users' in none);
  assert.deepEqual(none.block_users.added_users, []);
  const undone = await api.unblockUser(demoNumber, ana, ben);
  assert.ok('block_users' in undone);
  assert.equal(undone.block_users.removed_users.length, 2);
});

check('whatsapp-api-js: business-scoped user IDs', async ({ running, meta }) => {
  const api = whatsappApiJs(running);
  await meta.write(ana);
  const bsuid: string = (await meta.call('GET', `/sandbox/users/${ana}`)).body.numbers[demoNumber].user_id;
  const answer = await api.blockUser(demoNumber, { bsuid });
  assert.ok('block_users' in answer);
  assert.deepEqual(answer.block_users.added_users, [{ input: bsuid, user_id: bsuid }]);
});

check('whatsapp-api-js: sending, sending to a blocked user, and a wrong token', async ({ running, meta }) => {
  const api = whatsappApiJs(running);
  await meta.write(ana);
  const sent = await api.sendMessage(demoNumber, ana, new Text('hello'));
  assert.ok('messages' in sent);
  assert.match(sent.messages[0].id, /^wamid\./);
  await running.block(ana);
  const refused = await api.sendMessage(demoNumber, ana, new Text('hello'));
  assert.ok('error' in refused && refused.error?.code === 130403);
  const unknown = await whatsappApiJs(running, 'wrong').blockUser(demoNumber, ana);
  assert.ok('error' in unknown && unknown.error?.code === 190);
});

/** `@kapso/whatsapp-cloud-api` has no method for blocking, so the test uses its general request. */
function kapso({ url, key }: Running, accessToken = key) {
  const client = new WhatsAppClient({ accessToken, baseUrl: url, graphVersion: 'v23.0' });
  const path = `${demoNumber}/block_users`;
  const body = (...users: string[]) => ({
    messaging_product: 'whatsapp',
    block_users: users.map((user) => ({ user })),
  });
  return {
    client,
    block: (...users: string[]) =>
      client.request<Answer>('POST', path, { body: body(...users), responseType: 'json' }),
    unblock: (...users: string[]) =>
      client.request<Answer>('DELETE', path, { body: body(...users), responseType: 'json' }),
    list: () => client.request<{ data: { waId: string }[] }>('GET', path, { responseType: 'json' }),
  };
}

/** Kapso's client converts field names to camelCase. */
interface Answer {
  readonly blockUsers: {
    readonly addedUsers?: readonly { input: string; waId: string }[];
    readonly removedUsers?: readonly { input: string; waId: string }[];
    readonly failedUsers?: readonly { input: string; errors: readonly { code: number }[] }[];
  };
}

check('kapso: full success, partial refusal, the list', async ({ running, meta }) => {
  const { block, unblock, list } = kapso(running);
  await meta.write(ana);
  assert.deepEqual((await block(ana)).blockUsers, { addedUsers: [{ input: ana, waId: ana }] });
  const partial = (await block(ana, ben)).blockUsers;
  assert.deepEqual(
    partial.addedUsers?.map(({ input }) => input),
    [ana],
  );
  assert.deepEqual(
    partial.failedUsers?.map(({ input, errors }) => [input, errors[0]?.code]),
    [[ben, 131047]],
  );
  assert.deepEqual(
    (await list()).data.map(({ waId }) => waId),
    [ana],
  );
  assert.equal((await unblock(ana)).blockUsers.removedUsers?.length, 1);
});

check('kapso: errors come out as its own exceptions, with code and trace', async ({ running, meta }) => {
  await meta.write(ana);
  await running.block(ana);
  const { client } = kapso(running);
  await assert.rejects(
    client.messages.sendText({ phoneNumberId: demoNumber, to: ana, body: 'hello' }),
    (error) => {
      assert.ok(error instanceof GraphApiError);
      assert.deepEqual([error.httpStatus, error.code], [400, 130403]);
      assert.match(error.fbtraceId ?? '', /^A[\w-]{22}$/);
      return true;
    },
  );
  await assert.rejects(kapso(running, 'wrong').block(ana), (error) => {
    assert.ok(error instanceof GraphApiError);
    assert.deepEqual([error.httpStatus, error.code], [401, 190]);
    return true;
  });
});
