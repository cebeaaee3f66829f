import type { FastifyReply, FastifyRequest } from 'fastify';
import { bodyFields } from './body.ts';
import { invalid, shown, unknownObject } from './errors.ts';

/** The methods of Graph's resources. */
export type GraphMethod = 'GET' | 'POST' | 'DELETE';

/** The body of an answer. A reply is one that is sent already, which costs Fastify more. */
export type Payload = object | string;

/** Answers a request of a route. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<Payload>;

/** Parameters about the request itself. */
const requestParameters: readonly string[] = ['access_token', 'method'];

/**
 * The parameters of a request, from its query and from its body in JSON or form encoding. Parameters of the query take
 * precedence.
 */
export function parametersOf(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const all = allParametersOf(request);
  if (!requestParameters.some((name) => name in all)) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => !requestParameters.includes(name)));
}

/** The same for a request that usually has no body. */
export function pageParametersOf(request: FastifyRequest): unknown {
  return request.body === undefined ? request.query : parametersOf(request);
}

/**
 * The handler of a route for all methods. Graph reads the method from the parameter `method`, if there is one, since not every
 * client can send DELETE.
 */
export function byMethod(handlers: Readonly<Partial<Record<GraphMethod, Handler>>>): Handler {
  return async (request, reply) => {
    const method = methodOf(request);
    const handler = handlers[method];
    if (handler === undefined) throw unknownObject(method, (request.params as { id: string }).id);
    return await handler(request, reply);
  };
}

function methodOf(request: FastifyRequest): GraphMethod {
  if (request.method === 'HEAD') return 'GET';
  const { method = request.method } = mayNameMethod(request) ? allParametersOf(request) : {};
  const text = typeof method === 'string' ? method : JSON.stringify(method);
  const known = methods.find((one) => one === text.toUpperCase());
  if (known === undefined)
    throw invalid(`Param method must be one of {get, post, delete} - got "${shown(text)}".`);
  return known;
}

/** Whether there is a body, or the query may name a method or be malformed. Most queries need not be read twice. */
function mayNameMethod({ body, raw }: FastifyRequest): boolean {
  return body !== undefined || /method|[%[{]/.test(raw.url ?? '');
}

const methods: readonly GraphMethod[] = ['GET', 'POST', 'DELETE'];

function allParametersOf(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const body = bodyFields(request.body);
  return request.raw.url?.includes('?') ? { ...body, ...request.queryFields() } : body;
}
