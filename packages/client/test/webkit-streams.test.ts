// Shows that answers are read as they come where streams cannot be iterated, as in Safari.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockUsersClient } from '@blockhouse/client';

test('a bulk call reads its results without async iteration of streams', async (t) => {
  const { prototype } = ReadableStream;
  const iterate = Object.getOwnPropertyDescriptor(prototype, Symbol.asyncIterator);
  t.after(() => iterate && Object.defineProperty(prototype, Symbol.asyncIterator, iterate));
  delete (prototype as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator];
  const line = (value: object) => `${JSON.stringify(value)}\n`;
  const results = [{ number: '1', user: 'ä', outcome: 'blocked' }];
  const bytes = new TextEncoder().encode(
    line({ type: 'results', done: 1, total: 1, results }) + line({ type: 'end', run: {} }),
  );
  let attempts = 0;
  const fetch: typeof globalThis.fetch = async () => {
    attempts++;
    // A byte at a time, so that letters and lines come in parts.
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    return new Response(body);
  };
  const { blockhouse } = new BlockUsersClient({ token: 't', phoneNumberId: '1', fetch });
  const { changed } = await blockhouse.block({ users: ['ä'], numbers: ['1'] });
  assert.deepEqual([changed.map(({ user }) => user), attempts], [['ä'], 1]);
});
