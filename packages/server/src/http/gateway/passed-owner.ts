import type { KeyRecord, NumberRecord } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { opens } from '../../auth/api-keys.ts';
import { invalid, RequestError, unknownObject } from '../shared/errors.ts';
import { parameterOf } from '../shared/request-url.ts';
import type { PassedPath } from './passed-path.ts';

/** The owner of the object that a path names: a number, a business account, or nothing that is registered here. */
export type Owner = NumberRecord | 'account' | 'unregistered';

/** The owner of the object that a path names; null: it is none of Meta's. */
export function ownerOf(numbers: readonly NumberRecord[], { id, edge }: PassedPath): Owner | null {
  const cloud = numbers.filter(({ upstream }) => upstream !== null);
  const named = numbers.find((number) => number.id === id);
  if (cloud.length === 0 || named?.upstream === null) return null;
  if (named !== undefined) return named;
  if (cloud.some(({ wabaId }) => wabaId === id)) return 'account';
  // A file or a template stands alone; anything more would be somebody else's.
  return edge === null ? 'unregistered' : null;
}

/** Which number's token a request takes, for each key; null: the key opens none. */
export function finderFor(
  numbers: readonly NumberRecord[],
  { owner, id }: { owner: Owner; id: string },
  request: FastifyRequest,
): (key: KeyRecord) => NumberRecord | null {
  const cloud = numbers.filter(({ upstream }) => upstream !== null);
  if (owner === 'account') return (key) => accountOf(cloud, id, key);
  if (owner === 'unregistered') return (key) => onlyNumber(cloud, key, request);
  return (key) => (opens(key, owner.id) ? owner : null);
}

/** A business account belongs to all of its numbers: only a key for all of them may use it. */
function accountOf(cloud: readonly NumberRecord[], wabaId: string, key: KeyRecord): NumberRecord | null {
  const own = cloud.filter((number) => number.wabaId === wabaId);
  const open = own.filter(({ id }) => opens(key, id));
  if (open.length > 0 && open.length < own.length) {
    throw new RequestError('permission', {
      details: `The business account ${wabaId} has numbers that this key does not open. Use a key for all of them.`,
    });
  }
  return open[0] ?? null;
}

function onlyNumber(
  cloud: readonly NumberRecord[],
  key: KeyRecord,
  request: FastifyRequest,
): NumberRecord | null {
  const open = cloud.filter(({ id }) => opens(key, id));
  const asked = parameterOf(request.query, 'phone_number_id');
  if (asked !== null) {
    const number = open.find(({ id }) => id === asked);
    if (number === undefined) throw unknownObject(request.method, asked);
    return number;
  }
  if (open.length > 1) {
    throw invalid(
      `The parameter phone_number_id is required: this key opens ${open.length} numbers at Meta, and the path names none of them.`,
    );
  }
  return open[0] ?? null;
}
