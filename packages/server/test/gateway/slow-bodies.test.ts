// Shows that slow connections keep out no webhook of Meta's, and that memory for bodies is bounded in total and for
// each peer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { BodyBudget, BodyCutOff, BodyTooLarge, BudgetExceeded } from '../../src/http/gateway/body-budget.ts';
import type { Running } from '../harness.ts';
import { eventually } from '../waiting.ts';
import { startGateway } from './gateway.ts';
import { metaMessage, metaWebhook, postMetaWebhook } from './meta-webhook.ts';

const ana = '16505551234';

/** A connection that has sent the head of a webhook and the beginning of its body. */
async function begin(t: TestContext, { url }: Running, { length, sent }: { length: number; sent: number }) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  const head = `POST /webhooks/meta HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  await new Promise((resolve) => socket.write(head + 'x'.repeat(sent), resolve));
  return socket;
}

/** The head of the server's answer on a connection. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error('the connection closed without an answer'));
    if (socket.destroyed) fail();
    socket.once('data', (chunk) => resolve(String(chunk))).once('close', fail);
  });
}

async function sendMessage(gateway: Running, id: string): Promise<number> {
  return (await postMetaWebhook(gateway, metaWebhook({ messages: [metaMessage(ana, id)] }))).status;
}

test('beside 200 connections that send one byte each, a webhook is accepted', async (t) => {
  const { gateway } = await startGateway(t);
  const slow = Array.from({ length: 200 }, () => begin(t, gateway, { length: 1000, sent: 1 }));
  const sockets = await Promise.all(slow);
  assert.equal(await sendMessage(gateway, 'wamid.1'), 200);
  for (const socket of sockets) socket.destroy();
});

test('a peer that holds megabytes of unfinished bodies is refused, and its bytes are released when it disconnects', async (t) => {
  const { gateway } = await startGateway(t);
  const length = 4 * 1024 * 1024;
  const large = Array.from({ length: 8 }, () => begin(t, gateway, { length, sent: length - 1 }));
  const sockets = await Promise.all(large);
  const refused = await Promise.race(sockets.map(answerOf));
  assert.match(refused, /^HTTP\/1\.1 429 [\s\S]*Too many bytes of webhooks from 127\.0\.0\.1/);
  for (const socket of sockets) socket.destroy();
  await eventually(
    'a webhook was accepted again',
    () => sendMessage(gateway, 'wamid.2'),
    (status) => status === 200,
  );
});

test('a body that is too large is answered 413', async (t) => {
  const { gateway } = await startGateway(t);
  const socket = await begin(t, gateway, { length: 5 * 1024 * 1024, sent: 4 * 1024 * 1024 + 1 });
  assert.match(await answerOf(socket), /^HTTP\/1\.1 413 [\s\S]*larger than 4 MiB/);
  socket.destroy();
});

test('bytes count when they arrive, in total and for each peer, until they are released', async () => {
  const budget = new BodyBudget({ allMax: 10, peerMax: 6 });
  const start = (peer: string) => {
    const share = budget.open(peer);
    const body = new PassThrough();
    return { share, body, whole: share.read(body, 8) };
  };
  const slow = start('a');
  const first = start('a');
  first.body.end('12345');
  assert.equal(String(await first.whole), '12345');
  const second = start('a');
  second.body.write('12');
  await assert.rejects(second.whole, (error) => error instanceof BudgetExceeded && error.of === 'peer');
  const other = start('b');
  other.body.write('12345');
  const third = start('c');
  third.body.write('1');
  await assert.rejects(third.whole, (error) => error instanceof BudgetExceeded && error.of === 'all');
  first.share.release();
  first.share.release();
  slow.body.end('1');
  assert.equal(String(await slow.whole), '1');
  other.body.destroy();
  await assert.rejects(other.whole, BodyCutOff);
  other.share.release();
  const large = new BodyBudget({ allMax: 100, peerMax: 100 }).open('d');
  const body = new PassThrough();
  const whole = large.read(body, 8);
  body.write('123456789');
  await assert.rejects(whole, BodyTooLarge);
});
