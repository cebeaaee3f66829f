import type { FastifyRequest } from 'fastify';
import { parameterName } from '../../shared/query-text.ts';
import { keyOf } from '../shared/access.ts';
import { invalid, RequestError, shown } from '../shared/errors.ts';
import { requireParts } from './parts-guard.ts';
import { hasBody, keyParameters, type PassedBody, type PassedParameters } from './passed-body.ts';

/** Parameters that a request for a file may have; any other could lead from the object to others. */
const fileParameters: readonly string[] = ['phone_number_id', 'access_token', 'appsecret_proof'];

/**
 * An ID that is not registered here may be a file, or any other object that the number's token opens: a number, a business, an
 * account of somebody else's. Only an admin may do with it whatever the token allows.
 */
export function requirePlain(request: FastifyRequest, id: string): void {
  const { query, method, access } = request;
  if (access?.key.role === 'admin') return;
  const extra = Object.keys(query as object).find((name) => !fileParameters.includes(name));
  const isPlain = ['GET', 'HEAD', 'DELETE'].includes(method) && !hasBody(request) && extra === undefined;
  if (isPlain) return;
  const what =
    extra === undefined
      ? hasBody(request)
        ? `${method} with a body`
        : method
      : `the parameter ${shown(extra)}`;
  throw new RequestError('permission', {
    details:
      `${id} is not registered here, so only an admin key may ask for it with ${what}. ` +
      `Other keys may read and delete media: GET or DELETE with no parameter but ${fileParameters[0]}.`,
  });
}

/** Others may read the name of a part otherwise than it was read here. */
export function requireKnownParts(request: FastifyRequest, { bytes, parameters }: PassedBody): void {
  const known = new Set(parameters.map(([name]) => name).filter((name) => !keyParameters.includes(name)));
  requireParts(request.headers['content-type'] ?? '', bytes, (name) =>
    known.has(name) ? null : partRefusal(request, name),
  );
}

/** Parameters with which one request refers to objects that its path does not name. */
const ofOtherObjects: readonly string[] = ['ids', 'batch'];

/**
 * A key reaches its numbers and what hangs on them, not what else the token opens: Graph's `fields` can lead to other objects, and
 * `ids` and `batch` name them. However a parameter is written, and however often, each of them is looked at.
 */
export function requireOwnObjects(request: FastifyRequest, inBody: PassedParameters): void {
  if (keyOf(request).role === 'admin') return;
  const encoding = request.headers['content-encoding'] ?? 'identity';
  // Nobody could look into it.
  if (encoding !== 'identity')
    throw invalid(`Content-Encoding must be identity (not compressed) - got "${shown(encoding)}".`, 415);
  for (const [name, text] of [...queryParametersOf(request), ...inBody]) {
    if (name === 'fields' && /[^\w,\s-]/.test(text)) {
      throw new RequestError('permission', {
        details: `Param fields leads to other objects ("${shown(text)}"); a key with this role names plain fields alone.`,
      });
    }
    if (ofOtherObjects.includes(name)) throw needsAdmin(name);
  }
}

function needsAdmin(name: string): RequestError {
  return new RequestError('permission', { details: `Param ${name} needs a key with the role admin.` });
}

/** Whether a part of a body may be passed on, by its name: nothing of it is read, so that files stream. */
export function partRefusal(request: FastifyRequest, name: string): RequestError | null {
  if (keyParameters.includes(name))
    return invalid(
      `Param ${name} must not be in multipart/form-data: send the key in the header Authorization.`,
    );
  if (keyOf(request).role === 'admin') return null;
  if (ofOtherObjects.includes(name)) return needsAdmin(name);
  if (name !== 'fields') return null;
  const details =
    'Param fields in multipart/form-data needs a key with the role admin; name it in the address.';
  return new RequestError('permission', { details });
}

function queryParametersOf(request: FastifyRequest): PassedParameters {
  return [...new URLSearchParams(queryOf(request))].map(([name, text]) => [parameterName(name), text]);
}

/** The query as it was written. */
export function queryOf({ url }: FastifyRequest): string {
  return url.split('?').slice(1).join('?');
}
