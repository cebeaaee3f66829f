// Shows that webhooks are retried until a 200 acknowledges them, in order for each user, and that no receiver
// delays another.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { demoNumber, type Running, startServer } from './harness.ts';
import { appSecret, startReceiver, verifyToken } from './receiver.ts';
import { eventually } from './waiting.ts';

const ana = '16505551234';
const ben = '14155559876';
const numberPath = `/blockhouse/v1/numbers/${demoNumber}`;
const say = ({ call }: Running, user: string, text: string) =>
  call('POST', `/sandbox/users/${user}/messages`, { body: { text } });

/** The number's webhooks in the sandbox, once they are as the test expects. */
async function logUntil(
  { call }: Running,
  isThere: (webhooks: Logged[]) => boolean,
  query = '',
): Promise<Logged[]> {
  return await eventually(
    'the webhooks were in the state that the test waits for',
    async () => (await call('GET', `/sandbox/webhooks?number=${demoNumber}${query}`)).body.data,
    isThere,
  );
}

interface Logged {
  readonly id: string;
  readonly state: string;
  readonly attempt_count: number;
  readonly attempts: readonly { status: number | null; problem: string | null }[];
  readonly body: string;
}

test("a webhook without acknowledgment is retried; the user's later webhooks wait, and those of other users do not", async (t) => {
  const running = await startServer(t);
  let failing = true;
  const { webhook, received, until } = await startReceiver(t, (_, response, { value }) => {
    response.writeHead(failing && value.contacts[0].wa_id === ana ? 500 : 200).end();
  });
  await running.call('PATCH', numberPath, { body: webhook() });
  await running.call('POST', '/sandbox/clock', { body: { freeze: true } });
  await say(running, ana, 'one');
  await say(running, ana, 'two');
  await say(running, ben, 'three');
  await until(2);
  await logUntil(running, ([first, , third]) => first?.attempt_count === 1 && third?.state === 'delivered');
  await running.advance('999ms');
  await running.advance('1ms');
  await until(3);
  failing = false;
  await logUntil(running, ([first]) => first?.attempt_count === 2);
  await running.advance('3s');
  await until(5);
  const texts = received.map(({ value }) => value.messages[0].text.body);
  assert.deepEqual(
    texts.filter((text) => text !== 'three'),
    ['one', 'one', 'one', 'two'],
  );
  const [first] = await logUntil(running, ([, second]) => second?.state === 'delivered');
  assert.deepEqual(
    first?.attempts.map(({ status }) => status),
    [500, 500, 200],
  );
});

test('a webhook is given up after seven days, and the next one of the user is sent', async (t) => {
  const running = await startServer(t);
  let failing = true;
  const { webhook, until, received } = await startReceiver(t, (_, response) => {
    response.writeHead(failing ? 500 : 200).end();
  });
  await running.call('PATCH', numberPath, { body: webhook() });
  await say(running, ana, 'one');
  await logUntil(running, ([one]) => (one?.attempt_count ?? 0) > 0);
  await running.advance('168h');
  await logUntil(running, ([one]) => one?.state === 'given_up');
  failing = false;
  await say(running, ana, 'two');
  await until(3);
  assert.equal(received[2]?.value.messages[0].text.body, 'two');
});

test('webhooks that wait when the receiver is removed are sent to the next receiver, or given up after seven days', async (t) => {
  const running = await startServer(t);
  const first = await startReceiver(t, (_, response) => response.writeHead(500).end());
  await running.call('PATCH', numberPath, { body: first.webhook() });
  await say(running, ana, 'one');
  await say(running, ana, 'two');
  await logUntil(running, ([one]) => one?.attempt_count === 1);
  await running.call('PATCH', numberPath, { body: { webhook: null } });
  await running.advance('25h');
  const second = await startReceiver(t);
  await running.call('PATCH', numberPath, { body: second.webhook() });
  await second.until(2);
  await logUntil(running, ([one, two]) => one?.state === 'delivered' && two?.state === 'delivered');

  await running.call('PATCH', numberPath, { body: first.webhook() });
  await say(running, ben, 'three');
  await say(running, ben, 'four');
  await first.until(first.received.length + 1);
  await running.call('PATCH', numberPath, { body: { webhook: null } });
  await running.advance('168h');
  const waiting = await logUntil(running, (webhooks) => webhooks.every(({ state }) => state !== 'waiting'));
  assert.deepEqual([...new Set(waiting.map(({ state }) => state))], ['given_up']);
  await running.call('PATCH', numberPath, { body: second.webhook() });
  await say(running, ana, 'five');
  await second.until(3);
  assert.deepEqual(
    second.received.map(({ value }) => value.messages[0].text.body),
    ['one', 'two', 'five'],
  );
});

for (const status of [201, 204, 302, 404]) {
  test(`status ${status} does not acknowledge a webhook, and a redirect is not followed`, async (t) => {
    const running = await startServer(t);
    const elsewhere = await startReceiver(t);
    const { webhook } = await startReceiver(t, (_, response) => {
      response.writeHead(status, { location: elsewhere.url }).end();
    });
    await running.call('PATCH', numberPath, { body: webhook() });
    await say(running, ana, 'hi');
    const [one] = await logUntil(running, ([first]) => (first?.attempt_count ?? 0) > 0);
    assert.deepEqual([one?.state, one?.attempts[0]?.status], ['waiting', status]);
    assert.match(one?.attempts[0]?.problem ?? '', /only 200 acknowledges/);
    assert.equal(elsewhere.received.length, 0);
  });
}

/** Receivers that pass the handshake and then fail. `problem` is the reason in the log of webhooks. */
for (const { what, answer, problem } of [
  { what: 'hangs', answer: () => {}, problem: /no answer within 200 ms/ },
  {
    what: 'resets the connection',
    answer: (request: { socket: { resetAndDestroy(): void } }) => request.socket.resetAndDestroy(),
    problem: /ECONNRESET|socket hang up/,
  },
  {
    what: 'switches protocols',
    answer: (request: { socket: { end(text: string): void } }) =>
      request.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    problem: /status 101; only 200 acknowledges/,
  },
] as const) {
  test(`a receiver that ${what}`, async (t) => {
    const running = await startServer(t, { webhookTimeoutMs: 200 });
    const { webhook } = await startReceiver(t, answer);
    await running.call('PATCH', numberPath, { body: webhook() });
    await say(running, ana, 'hi');
    const [one] = await logUntil(running, ([first]) => (first?.attempt_count ?? 0) > 0);
    assert.equal(one?.state, 'waiting');
    assert.match(one?.attempts[0]?.problem ?? '', problem);
  });
}

test('a 200 with a body of 10 MB acknowledges a webhook, and the body is not read to its end', async (t) => {
  const running = await startServer(t);
  let written = 0;
  const { webhook } = await startReceiver(t, (_, response) => {
    const chunk = 'x'.repeat(64 * 1024);
    response.on('error', () => {});
    const write = () => {
      while (written < 160) {
        written++;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on('drain', write);
    write();
  });
  await running.call('PATCH', numberPath, { body: webhook() });
  await say(running, ana, 'hi');
  await logUntil(running, ([first]) => first?.state === 'delivered');
  assert.ok(written < 160, `${written} of 160 chunks were taken`);
});

test('a receiver without valid TLS gets no webhook', async (t) => {
  const { call } = await startServer(t);
  const servers = [createTcpServer((socket) => socket.end('no tls')), createTlsServer({})];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { status, body } = await call('PATCH', numberPath, {
      body: { webhook: { url, app_secret: appSecret, verify_token: verifyToken } },
    });
    assert.equal(status, 400);
    assert.match(body.error.message, /got none: .*(SSL|TLS|ssl|ECONNRESET|handshake)/);
  }
});

test('a host name with a private address is refused when the connection is made', async (t) => {
  const { call } = await startServer(t, { webhookTargets: 'public' });
  const { url } = await startReceiver(t);
  for (const host of [
    'localhost',
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:0:7f00:1]',
    '[fec0::1]',
    '0x7f.1',
    '169.254.169.254',
  ]) {
    const { body } = await call('PATCH', numberPath, {
      body: {
        webhook: { url: url.replace('127.0.0.1', host), app_secret: appSecret, verify_token: verifyToken },
      },
    });
    assert.match(body.error.message, /is not a public address/, host);
  }
});

test('10,000 messages to 100 numbers arrive, although one receiver does not respond', async (t) => {
  const running = await startServer(t, { webhookTimeoutMs: 60_000 });
  const { call } = running;
  const { webhook, received, until } = await startReceiver(t, (_, response, { path }) => {
    if (path !== '/hook/0') response.end();
  });
  const ids = Array.from({ length: 100 }, (_, index) => String(7000 + index));
  for (const [index, id] of ids.entries()) {
    const phone = `+1 212 555 ${String(1000 + index)}`;
    const body = { id, display_phone_number: phone, ...webhook(`/${index}`) };
    assert.equal((await call('POST', '/blockhouse/v1/numbers', { body })).status, 201);
  }
  const users = Array.from({ length: 20 }, (_, index) => String(16_500_000_000 + index));
  const messages = Array.from({ length: 100 }, (_, index) => ({
    from: users[index % 20],
    id: `m${index}`,
    type: 'text',
  }));
  await Promise.all(
    ids.map((id) => call('POST', `/blockhouse/v1/numbers/${id}/inbound`, { body: { messages } })),
  );

  const hanging = 8;
  await until(9_900 + hanging);
  const byPath = Map.groupBy(received, ({ path }) => path);
  assert.equal(byPath.get('/hook/0')?.length, hanging, 'at most a few wait for the one that hangs');
  for (let index = 1; index < 100; index++) {
    const webhooks = byPath.get(`/hook/${index}`) ?? [];
    assert.equal(webhooks.length, 100);
    for (const user of users) {
      const order = webhooks
        .filter(({ value }) => value.contacts[0].wa_id === user)
        .map(({ value }) => value.messages[0].id);
      const sent = messages.filter(({ from }) => from === user).map(({ id }) => id);
      assert.deepEqual(order, sent);
    }
  }
});

test('the log of webhooks has filters, waits for the next webhook, times out, and delivers again', async (t) => {
  const running = await startServer(t);
  const { call } = running;
  const { webhook, received, until } = await startReceiver(t);
  await call('PATCH', numberPath, { body: webhook() });
  const log = async (query: string) =>
    (await call('GET', `/sandbox/webhooks?${query}`)).body.data as Logged[];

  const waiting = log('wait=10s');
  await say(running, ana, 'one');
  const [first] = await waiting;
  assert.ok(first);
  await say(running, ben, 'two');
  await logUntil(running, (all) => all.length === 2 && all.every(({ state }) => state === 'delivered'));
  assert.equal((await log(`user=${ben}`)).length, 1);
  assert.equal((await log(`after=${first.id}`)).length, 1);
  assert.equal((await log('state=waiting')).length, 0);
  assert.equal((await log('limit=1')).length, 1);
  const [webhooks] = await log(`user=+${ana}&number=+15550783881`);
  assert.equal(webhooks?.body, received.find(({ value }) => value.contacts[0].wa_id === ana)?.raw);

  await running.block(ana);
  await say(running, ana, 'hidden');
  assert.deepEqual(await log(`user=${ana}&after=${first.id}&wait=200ms`), [], 'nothing came');

  assert.equal((await call('POST', `/sandbox/webhooks/${first.id}/redeliver`)).status, 200);
  await until(3);
  assert.equal(received[2]?.raw, first.body);
  assert.equal((await call('POST', '/sandbox/webhooks/1.2/redeliver')).body.error.error_subcode, 33);
  for (const [query, names] of [
    ['wait=31s', 'wait'],
    ['wait=x', 'wait'],
    ['state=lost', 'state'],
    ['limit=0', 'limit'],
    ['after=x', 'after'],
    ['after=5.1', 'after'],
    ['user=x', 'user'],
    ['number=5', 'number'],
  ]) {
    const { status, body } = await call('GET', `/sandbox/webhooks?${query}`);
    assert.equal(status, 400);
    assert.ok(body.error.message.includes(`Param ${names}`), body.error.message);
  }
});

test('moving the clock back does not delay a webhook permanently', async (t) => {
  const running = await startServer(t);
  let failing = true;
  const { webhook, until, received } = await startReceiver(t, (_, response) => {
    response.writeHead(failing ? 500 : 200).end();
  });
  await running.call('PATCH', numberPath, { body: webhook() });
  await running.advance('25h');
  await say(running, ana, 'one');
  await say(running, ana, 'two');
  await logUntil(running, ([first]) => (first?.attempt_count ?? 0) > 0);
  failing = false;
  const before = received.length;
  await running.call('DELETE', '/sandbox/clock');
  await until(before + 2);
  assert.deepEqual(
    received.slice(-2).map(({ value }) => value.messages[0].text.body),
    ['one', 'two'],
  );
});

test('a late response for a number that was reset does not acknowledge a new webhook', async (t) => {
  const running = await startServer(t);
  const held: (() => void)[] = [];
  const slow = await startReceiver(t, (_, response) => void held.push(() => response.end()));
  const prompt = await startReceiver(t);
  await running.call('PATCH', numberPath, { body: slow.webhook() });
  await say(running, ana, 'old');
  await slow.until(1);
  await running.call('POST', '/sandbox/reset');
  await running.call('PATCH', numberPath, { body: prompt.webhook() });
  await say(running, ben, 'new');
  held[0]?.();
  await prompt.until(1);
  assert.equal(prompt.received[0]?.value.messages[0].text.body, 'new');
});

test('the log shows the sent signature, and only to keys with access to the number', async (t) => {
  const running = await startServer(t);
  const { call } = running;
  const { webhook, received } = await startReceiver(t);
  await call('PATCH', numberPath, { body: webhook() });
  await say(running, ana, 'one');
  await logUntil(running, ([first]) => first?.state === 'delivered');
  await call('PATCH', numberPath, { body: { webhook: { app_secret: 'another' } } });
  const { body } = await call('GET', '/sandbox/webhooks');
  assert.equal(body.data[0].headers['x-hub-signature-256'], received[0]?.signature);
  const { body: other } = await call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882' },
  });
  const { body: key } = await call('POST', '/blockhouse/v1/keys', {
    body: { name: 'x', role: 'app', numbers: [other.id] },
  });
  const refused = await call('POST', `/sandbox/webhooks/${body.data[0].id}/redeliver`, { key: key.key });
  assert.equal(refused.body.error.error_subcode, 33);
});

test('a custom message cannot name another sender', async (t) => {
  const running = await startServer(t);
  const { webhook, received, until } = await startReceiver(t);
  await running.call('PATCH', numberPath, { body: webhook() });
  const message = {
    type: 'text',
    id: 'x',
    from: ben,
    from_user_id: 'US.1',
    timestamp: 5,
    text: { body: 'x' },
  };
  const { body: sent } = await running.call('POST', `/sandbox/users/${ana}/messages`, { body: { message } });
  await until(1);
  const webhooks = received[0]?.value.messages[0];
  assert.deepEqual([webhooks.id, webhooks.from, typeof webhooks.timestamp], [sent.id, ana, 'string']);
});
