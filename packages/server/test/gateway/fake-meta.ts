import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { TestContext } from 'node:test';
import { listen } from '../../../../tools/listen.ts';

/** A request as a fake Meta has seen it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** The path with its query, as it was written. */
  readonly target: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
}

/** The answers of a fake Meta. */
export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer | string;
}

/** A fake Meta that answers as the test says, and keeps the requests. */
export async function startFakeMeta(
  t: Pick<TestContext, 'after'>,
  answer: (request: SeenRequest) => FakeAnswer,
) {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', 'http://x');
    const { method = '', headers } = request;
    const one = {
      method,
      target: request.url ?? '/',
      path: (request.url ?? '/').split('?', 1)[0] ?? '',
      query: url.searchParams,
      headers,
      body: bytes.toString('utf8'),
      bytes,
    };
    seen.push(one);
    const { status = 200, headers: said = { 'content-type': 'application/json' }, body = '{}' } = answer(one);
    response.writeHead(status, said).end(body);
  });
  const url = await listen(t, server);
  return { url, seen };
}
