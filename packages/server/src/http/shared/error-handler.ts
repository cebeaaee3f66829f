import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type PlatformProblem,
  platformProblemHeader,
  platformProblemIn,
  platformProblems,
  requestErrors,
} from '@blockhouse/client/wire';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { PlatformFailure } from '../../blocklists/platform.ts';
import { newTraceId } from '../../shared/ids.ts';
import type { App } from './app-type.ts';
import { errorAnswer, invalid, type RequestError, requestErrorOf } from './errors.ts';
import { returnedHeaders } from './platform-answer.ts';
import { setPlatformHeaders } from './platform-headers.ts';

/** Answers every error in Graph's format. The cause of an unexpected error is logged with its trace ID. */
export function registerErrorHandler(app: App, log: FastifyBaseLogger): void {
  app.setErrorHandler((error: unknown, request, reply) => {
    if (error instanceof PlatformFailure && error.answer !== null)
      return sendPlatformError(error, error.answer, { request, reply });
    const answer = requestErrorOf(error, request);
    if (answer.kind === 'internal') log.error({ err: error, fbtrace_id: request.id }, 'internal error');
    return sendError(request, reply, answer);
  });
}

/** Sends a platform's own error as it is, and adds who has to act if the client cannot. */
function sendPlatformError(
  { retryAfterMs, platformAnswer }: PlatformFailure,
  { status, body }: NonNullable<PlatformFailure['answer']>,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): FastifyReply {
  const isOurs = isOwnApi(request);
  if (isOurs)
    for (const [name, value] of returnedHeaders(platformAnswer?.headers ?? {})) reply.header(name, value);
  else if (platformAnswer !== null) setPlatformHeaders(reply, platformAnswer.headers);
  // While Meta wants no requests, none is sent, and this server names the time.
  if (retryAfterMs !== null && (isOurs || platformAnswer === null))
    reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)));
  const error = body['error'] as { readonly error_data?: object };
  const problem = platformProblemOf(error, status);
  const added = {
    ...(problem !== null &&
      error.error_data === undefined && { error_data: { details: platformProblems[problem] } }),
    ...(!('fbtrace_id' in error) && { fbtrace_id: request.id }),
  };
  answerAboutPlatform(reply, { status, problem, request });
  if (platformAnswer !== null && Object.keys(added).length === 0)
    return reply.serializer((text: string) => text).send(platformAnswer.text);
  return reply.send({ ...body, error: { ...error, ...added } });
}

/** The problem of a number that an error of its platform shows, if the client cannot solve it; null: none. */
export function platformProblemOf(error: object, status: number): PlatformProblem | null {
  const problem = platformProblemIn(error) ?? problemByStatus[status] ?? null;
  // The client has to wait, whoever has set the limit.
  return problem === 'rate_limit' ? null : problem;
}

/** The problem that a status shows if the code is not known. */
const problemByStatus: Readonly<Record<number, PlatformProblem>> = { 401: 'token', 403: 'permission' };

/**
 * Begins an answer with an error of a platform. In our own API, status 401 or 403 is about the client's key, so Meta's refusal of a
 * number's token gets another one. Otherwise it would sign people out of the panel.
 */
export function answerAboutPlatform(
  reply: FastifyReply,
  {
    status,
    problem,
    request,
  }: { readonly status: number; readonly problem: PlatformProblem | null; readonly request: FastifyRequest },
): FastifyReply {
  const isOurs = isOwnApi(request);
  if (problem !== null) reply.header(platformProblemHeader, problem);
  if (isOurs || !reply.hasHeader('content-type')) reply.type('application/json; charset=utf-8');
  return reply.status(isOurs && problem !== null ? 502 : Math.max(status, 400)).serializer(JSON.stringify);
}

/** Whether a request is for our own API and not for Meta's. */
function isOwnApi({ route }: FastifyRequest): boolean {
  return route.graph !== true;
}

/**
 * Answers with an error. Fastify closes the connection of a body that it refuses. Data that is still arriving then
 * resets the connection, and the client may lose the answer. Node reads the rest and drops it instead, for as long as
 * a request may take.
 */
export function sendError(request: FastifyRequest, reply: FastifyReply, error: RequestError): FastifyReply {
  return reply
    .removeHeader('connection')
    .status(error.status ?? requestErrors[error.kind].status)
    .headers(error.headers)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(errorAnswer(error.kind, request.id, error));
}

/** Answers a request that is not valid HTTP, too slow, or has too large a header. It has no route, so this writes to the socket. */
export function rejectMalformedHttp(this: unknown, error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, problem] = problems[error.code ?? ''] ?? [
    '400 Bad Request',
    'The request is not valid HTTP.',
  ];
  answerOnSocket(socket, status, problem);
}

/** Answers requests with `Expect` and `CONNECT`, which Node would answer without a body. */
export function rejectUnsupportedHttp(app: App): void {
  app.server.on('checkExpectation', ({ socket }) => {
    answerOnSocket(socket, '417 Expectation Failed', 'The header Expect may only be 100-continue.');
  });
  app.server.on('connect', (_request, socket) => {
    answerOnSocket(socket, '400 Bad Request', 'The method CONNECT is not supported.');
  });
}

function answerOnSocket(socket: Duplex, status: string, problem: string): void {
  const body = JSON.stringify(errorAnswer('invalid', newTraceId(), invalid(problem)));
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const problems: Readonly<Record<string, readonly [status: string, problem: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are larger than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive within 30 seconds.'],
};
