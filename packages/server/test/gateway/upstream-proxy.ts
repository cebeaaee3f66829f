import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { listen } from '../../../../tools/listen.ts';

/** A failure between a gateway and Meta. `after`: the request has been carried out before it. */
export type UpstreamFailure =
  | { readonly kind: 'silence' | 'reset' | 'truncated'; readonly after: boolean }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly after: boolean;
    };

/** Graph's error as Meta writes it. */
export function graphError(code: number, message: string, more: object = {}): string {
  return JSON.stringify({
    error: { message, type: 'OAuthException', code, ...more, fbtrace_id: 'AfromMeta0123456789abcd' },
  });
}

const json = { 'content-type': 'application/json' };
const page = '<!doctype html><title>Sorry, something went wrong.</title>';

/** Every failure that the network and Meta are known to have, by name. */
export const upstreamFailures = {
  'silence before': { kind: 'silence', after: false },
  'silence after': { kind: 'silence', after: true },
  'a reset before': { kind: 'reset', after: false },
  'a reset after': { kind: 'reset', after: true },
  'half an answer': { kind: 'truncated', after: true },
  'a page with 502': { kind: 'answer', status: 502, body: page, after: false },
  'a page with 503, after': { kind: 'answer', status: 503, body: page, after: true },
  'a page with 200': { kind: 'answer', status: 200, body: page, after: true },
  'half a JSON': {
    kind: 'answer',
    status: 200,
    body: '{"messaging_product":"whats',
    headers: json,
    after: true,
  },
  '139103': {
    kind: 'answer',
    status: 500,
    body: graphError(139103, '(#139103) Internal error', { is_transient: true }),
    headers: json,
    after: false,
  },
  '130429 with Retry-After': {
    kind: 'answer',
    status: 429,
    body: graphError(130429, '(#130429) Rate limit hit'),
    headers: { ...json, 'retry-after': '1' },
    after: false,
  },
  '130429 without': {
    kind: 'answer',
    status: 429,
    body: graphError(130429, '(#130429) Rate limit hit'),
    headers: json,
    after: false,
  },
  '190': {
    kind: 'answer',
    status: 401,
    body: graphError(190, 'Error validating access token: Session has expired on Friday.', {
      error_subcode: 463,
    }),
    headers: json,
    after: false,
  },
  'a lost permission': {
    kind: 'answer',
    status: 403,
    body: graphError(200, '(#200) You do not have the necessary permissions'),
    headers: json,
    after: false,
  },
} as const satisfies Record<string, UpstreamFailure>;

/** A proxy to a platform. `failureOf` says how the nth request fails; null: it does not. */
export async function startProxy(
  t: Pick<TestContext, 'after'>,
  to: string,
  failureOf: (nth: number, request: IncomingMessage) => UpstreamFailure | null,
) {
  const seen: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
  }[] = [];
  const server = createServer((request, response) => {
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    const failure = failureOf(seen.length, request);
    if (failure !== null && !failure.after) fail(failure, request, response, null);
    else forward(to, request, response, failure);
  });
  const url = await listen(t, server);
  return { url, seen };
}

function forward(
  to: string,
  request: IncomingMessage,
  response: ServerResponse,
  failure: UpstreamFailure | null,
): void {
  const { method, headers } = request;
  const onward = httpRequest(to + request.url, { method, headers }, (answer) => {
    if (failure !== null) {
      answer.resume();
      answer.on('end', () => fail(failure, request, response, answer));
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

function fail(
  failure: UpstreamFailure,
  request: IncomingMessage,
  response: ServerResponse,
  answer: IncomingMessage | null,
): void {
  request.resume();
  if (failure.kind === 'answer') {
    response.writeHead(failure.status, { ...failure.headers }).end(failure.body);
  } else if (failure.kind === 'reset') {
    request.socket.resetAndDestroy();
  } else if (failure.kind === 'truncated') {
    response.writeHead(answer?.statusCode ?? 200, {
      'content-type': 'application/json',
      'content-length': '4000',
    });
    response.write('{"messaging_product":"whatsapp","block_users":{"added');
    response.socket?.end();
  }
}
