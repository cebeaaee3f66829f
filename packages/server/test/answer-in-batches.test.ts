// Shows that answers go out together, that none is lost, and that one that cannot be written fails alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import { answerInBatches } from '../src/http/shared/answer-in-batches.ts';

async function start(t: { after: (end: () => Promise<unknown>) => void }) {
  const app = Fastify();
  answerInBatches(app);
  app.get('/good/:id', async (request) => request.params as object);
  app.get('/bad', async (_request, reply) => {
    reply.header('x-bad', 'two\nlines');
    return {};
  });
  t.after(() => app.close());
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return async (path: string) => {
    const answer = await fetch(url + path);
    return [answer.status, await answer.json()] as const;
  };
}

test('each of many simultaneous requests gets its own answer', async (t) => {
  const get = await start(t);
  const ids = Array.from({ length: 50 }, (_, index) => String(index));
  assert.deepEqual(
    await Promise.all(ids.map((id) => get(`/good/${id}`))),
    ids.map((id) => [200, { id }]),
  );
});

test('an answer that cannot be written is an error, and the others of its batch go out', async (t) => {
  const get = await start(t);
  const answers = await Promise.all(['/good/1', '/bad', '/good/2', '/bad', '/good/3'].map(get));
  assert.deepEqual(
    answers.map(([status]) => status),
    [200, 500, 200, 500, 200],
  );
  assert.deepEqual(await get('/good/4'), [200, { id: '4' }]);
});
