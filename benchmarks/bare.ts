// Bare Fastify: parses the body and answers one of the same size. The servers that ours is compared with.
import Fastify from 'fastify';
import { serveParent } from './subject.ts';

const bytes = Number(process.argv[2]);
const answer = { text: '' };
answer.text = 'x'.repeat(Math.max(0, bytes - JSON.stringify(answer).length));

const app = Fastify({ bodyLimit: 1024 * 1024 });
app.all('/*', async (request, reply) => {
  // The body has been parsed by now, as ours is.
  if (request.method !== 'GET' && typeof request.body !== 'object') throw new Error('no body');
  return reply.send(answer);
});
const url = await app.listen({ port: 0, host: '127.0.0.1' });
serveParent({ url, key: 'none' }, () => app.close());
