// A receiver of webhooks: passes the handshake and prints what users write. Port and verify token may be given:
// node examples/receiver.mjs 4081 let-me-in
import { createServer } from 'node:http';

const [port = '4081', verifyToken = 'let-me-in'] = process.argv.slice(2);

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'GET') {
    const isMeant = url.searchParams.get('hub.verify_token') === verifyToken;
    response.writeHead(isMeant ? 200 : 403).end(url.searchParams.get('hub.challenge'));
    return;
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { value } = JSON.parse(Buffer.concat(chunks).toString()).entry[0].changes[0];
  for (const message of value.messages ?? [])
    console.log(`${message.from}: ${message.text?.body ?? message.type}`);
  for (const status of value.statuses ?? []) console.log(`${status.id.slice(0, 20)}… ${status.status}`);
  response.end();
});

server.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});
