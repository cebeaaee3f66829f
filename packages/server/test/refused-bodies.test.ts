// Shows that a client whose body is refused can read the response while it still sends the body.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { startGateway } from './gateway/gateway.ts';
import { startServer } from './harness.ts';

const chunk = Buffer.alloc(64 * 1024, 'x');
const chunks = 512;

/** Sends the whole body of 32 MiB in pieces, and only then reads the status line of the response. */
async function sendWhole(url: string, request: string, framing: 'length' | 'chunked'): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const length =
    framing === 'length' ? `content-length: ${chunk.length * chunks}` : 'transfer-encoding: chunked';
  await write(socket, `${request}\r\nhost: x\r\ncontent-type: application/json\r\n${length}\r\n\r\n`);
  for (let sent = 0; sent < chunks; sent++) {
    if (framing === 'chunked') await write(socket, `${chunk.length.toString(16)}\r\n`);
    await write(socket, chunk);
    if (framing === 'chunked') await write(socket, '\r\n');
  }
  if (framing === 'chunked') await write(socket, '0\r\n\r\n');
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer).split('\r\n')[0] ?? '';
}

function write(socket: Socket, data: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(data, (error) => (error ? reject(error) : resolve()));
  });
}

for (const framing of ['length', 'chunked'] as const) {
  test(`a body that is too large, by ${framing}`, async (t) => {
    const { url, key } = await startServer(t);
    const request = `POST /blockhouse/v1/blocks HTTP/1.1\r\nauthorization: Bearer ${key}`;
    assert.equal(await sendWhole(url, request, framing), 'HTTP/1.1 413 Payload Too Large');
  });

  test(`a body without a key, by ${framing}`, async (t) => {
    const { url } = await startServer(t);
    const request = 'POST /blockhouse/v1/blocks HTTP/1.1';
    assert.equal(await sendWhole(url, request, framing), 'HTTP/1.1 401 Unauthorized');
  });

  test(`a webhook that is too large, by ${framing}`, async (t) => {
    const { gateway } = await startGateway(t);
    assert.equal(
      await sendWhole(gateway.url, 'POST /webhooks/meta HTTP/1.1', framing),
      'HTTP/1.1 413 Payload Too Large',
    );
  });
}
