import {
  type CatalogueEntry,
  type ErrorAnswer,
  type RequestErrorName,
  requestErrors,
} from '@blockhouse/client/wire';
import { bodyBytesMax, NumberUnknown } from '@blockhouse/engine';
import type { FastifyError, FastifyRequest } from 'fastify';
import { PlatformFailure } from '../../blocklists/platform.ts';

/** A request that is answered with an error of the catalogue. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** The entry of the catalogue. */
  readonly kind: RequestErrorName;
  readonly details: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** A status that replaces the catalogue's, if HTTP has a better one. */
  readonly status: number | undefined;
  /** A subcode that replaces the catalogue's. */
  readonly subcode: number | undefined;

  /** @param options.message replaces the catalogue's. */
  constructor(
    kind: RequestErrorName,
    options: {
      message?: string;
      details?: string;
      headers?: Readonly<Record<string, string>>;
      status?: number;
      subcode?: number;
    } = {},
  ) {
    super(options.message ?? catalogueMessage(requestErrors[kind]));
    this.kind = kind;
    this.details = options.details;
    this.headers = options.headers ?? {};
    this.status = options.status;
    this.subcode = options.subcode;
  }
}

/** A wrong parameter (code 100). @param problem states what failed, which value, and what is accepted. */
export function invalid(problem: string, status?: number): RequestError {
  return new RequestError('invalid', { message: `(#100) ${problem}`, ...(status && { status }) });
}

/** A missing parameter, in Graph's words. */
export function missing(parameter: string): RequestError {
  return invalid(`The parameter ${parameter} is required.`);
}

/** An object that does not exist, is not open to the key, or does not support the method. Like Graph, this does not say which. */
export function unknownObject(method: string, id: string): RequestError {
  return new RequestError('unknownObject', {
    message:
      `Unsupported ${method.toLowerCase()} request. Object with ID '${shown(id)}' does not exist, cannot be loaded due to ` +
      'missing permissions, or does not support this operation. Please read the Graph API documentation at ' +
      'https://developers.facebook.com/docs/graph-api',
  });
}

/** A path that does not exist, or whose version does not. */
export function unknownPath(path: string): RequestError {
  return new RequestError('unknownPath', { message: `Unknown path components: ${shown(path)}` });
}

/** A value as an error repeats it: shortened, and on one line. */
export function shown(value: string): string {
  const line = value.toWellFormed().replace(/\p{Cc}/gu, '\ufffd');
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
}

/** The body of an error of the catalogue. */
export function errorAnswer(
  name: RequestErrorName,
  traceId: string,
  {
    message,
    details,
    subcode,
  }: {
    message?: string;
    details?: string | undefined;
    subcode?: number | undefined;
  } = {},
): ErrorAnswer {
  const entry: CatalogueEntry = requestErrors[name];
  const text = details ?? entry.details;
  const errorSubcode = subcode ?? entry.subcode;
  return {
    ...(name === 'listChanged' && { messaging_product: 'whatsapp' as const }),
    error: {
      message: message ?? catalogueMessage(entry),
      type: entry.type,
      code: entry.code,
      ...(errorSubcode !== undefined && { error_subcode: errorSubcode }),
      ...(text !== undefined && {
        error_data: {
          ...(entry.detailsNameProduct && { messaging_product: 'whatsapp' as const }),
          details: text,
        },
      }),
      ...(entry.transient && { is_transient: true }),
      fbtrace_id: traceId,
    },
  };
}

/** The error of the catalogue for an error of any origin. An unexpected error is `internal`. */
export function requestErrorOf(error: unknown, request: FastifyRequest): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof NumberUnknown) return unknownObject(request.method, error.numberId);
  if (error instanceof PlatformFailure) return notReached(error);
  return frameworkError(error, request) ?? new RequestError('internal');
}

/** A platform that did not answer. */
function notReached({ message, retryAfterMs }: PlatformFailure): RequestError {
  const headers = retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  return new RequestError('internal', { details: `Nothing was applied: ${message}.`, headers });
}

/** A request that Fastify has refused before a handler ran; null: the error is not the client's. */
function frameworkError(error: unknown, { routeOptions }: FastifyRequest): RequestError | null {
  const { code, validation, validationContext, statusCode } = error as Partial<FastifyError>;
  if (validation?.[0] !== undefined)
    return invalid(validationProblem(validation[0], validationContext ?? ''));
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return invalid(
        `The body is larger than ${(routeOptions.bodyLimit ?? bodyBytesMax) / 2 ** 20} MiB.`,
        413,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return invalid(`Content-Type must be ${acceptedTypes(routeOptions)}.`, 415);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return invalid('The body is not as long as Content-Length says.');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return invalid('The body is not valid JSON.');
  }
  const isClients = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isClients ? invalid('The request is malformed.', statusCode) : null;
}

/** The content types that a route accepts. */
function acceptedTypes({ config, schema }: FastifyRequest['routeOptions']): string {
  const consumes = (schema as { consumes?: readonly string[] } | undefined)?.consumes;
  if (consumes !== undefined) return consumes.join(' or ');
  return config.graph
    ? 'application/json, application/x-www-form-urlencoded or multipart/form-data'
    : 'application/json';
}

type Problem = NonNullable<FastifyError['validation']>[number];

/** One sentence for a violation of a schema, with the field and what is accepted. */
function validationProblem({ keyword, instancePath, params, message }: Problem, context: string): string {
  const where = instancePath
    .replace(/^\//, '')
    .replace(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');
  const within = (field: unknown) => shown(where === '' ? String(field) : `${where}.${field}`);
  if (keyword === 'required') return `The parameter ${within(params['missingProperty'])} is required.`;
  if (keyword === 'additionalProperties') {
    return `Param ${within(params['additionalProperty'])} is not known.`;
  }
  if (keyword === 'enum') {
    return `Param ${shown(where)} must be one of {${(params['allowedValues'] as unknown[]).join(', ')}}.`;
  }
  return `Param ${shown(where === '' ? context : where)} ${message ?? 'is not valid'}.`;
}

function catalogueMessage({ code, title, plain }: CatalogueEntry): string {
  return plain ? title : `(#${code}) ${title}`;
}
