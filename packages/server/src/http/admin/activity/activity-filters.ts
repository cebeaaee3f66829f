import type { ActivityQuery, ActivityRow, NumberRecord, WaId } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Services } from '../../../services.ts';
import type { UserDirectory } from '../../../users/directory.ts';
import { openNumbers } from '../../shared/access.ts';
import { invalid, shown } from '../../shared/errors.ts';
import { parameterOf } from '../../shared/request-url.ts';
import { readTime } from '../../shared/time.ts';
import { findUser, waIdsAt } from '../find-user.ts';

/** Which entries a request asks for. */
export type Filters = Omit<ActivityQuery, 'before' | 'count' | 'waId'> & {
  readonly toMs: number | null;
  /** Every `wa_id` that a number has kept the user under, by the ID of the number; null: any user. */
  readonly users: ReadonlyMap<string, readonly WaId[]> | null;
};

export const operations = [
  'block',
  'unblock',
  'standing_block',
  'withdraw',
  'release',
  'discard',
  'approve',
] as const satisfies ActivityRow['operation'][];

const parameters = {
  number: 'A phone_number_id. All numbers that the key opens by default.',
  user: 'A phone, wa_id, username or business-scoped user ID',
  operation: `One of ${operations.join(', ')}`,
  outcome: '`done`, `unchanged`, `standing`, `expired`, `unknown`, `failed`, or the reason of a refusal',
  key: 'The ID of a key',
  person: 'The person that the request named',
  source: '`api`, `panel`, `cli`, `import`, `standing`, `rule`, `until` or `elsewhere`',
  from: 'An ISO 8601 time',
  to: 'An ISO 8601 time',
  limit: 'Entries on a page: 25 by default, at most 1,000',
  after: 'The cursor of the page before',
};

export const activityQuery = Type.Object(
  Object.fromEntries(
    Object.entries(parameters).map(([name, description]) => [
      name,
      Type.Optional(Type.Unknown({ description })),
    ]),
  ),
);

/** The numbers that a request is about: one that it names, or all that its key opens. */
export async function readNumbers(
  services: Services,
  request: FastifyRequest,
): Promise<readonly NumberRecord[]> {
  const open = await openNumbers(services, request);
  const id = parameterOf(request.query, 'number');
  if (id === null) return open;
  const number = open.find((one) => one.id === id);
  if (number === undefined) throw invalid(`Param number: there is no number "${shown(id)}" for this key.`);
  return [number];
}

export async function readFilters(
  { directory }: Services,
  numbers: readonly NumberRecord[],
  query: unknown,
): Promise<Filters> {
  const operation = readOperation(parameterOf(query, 'operation'));
  return {
    operation,
    outcome: parameterOf(query, 'outcome'),
    users: await readUserFilter(directory, numbers, parameterOf(query, 'user')),
    keyId: parameterOf(query, 'key'),
    person: parameterOf(query, 'person'),
    source: parameterOf(query, 'source'),
    fromMs: readTimeParameter(query, 'from'),
    toMs: readTimeParameter(query, 'to'),
  };
}

export function readTimeParameter(query: unknown, name: 'from' | 'to'): number | null {
  const text = parameterOf(query, name);
  return text === null ? null : readTime(name, text);
}

function readOperation(text: string | null): ActivityRow['operation'] | null {
  if (text === null) return null;
  const operation = operations.find((one) => one === text);
  if (operation === undefined)
    throw invalid(`Param operation must be one of {${operations.join(', ')}} - got "${shown(text)}".`);
  return operation;
}

async function readUserFilter(
  directory: UserDirectory,
  numbers: readonly NumberRecord[],
  text: string | null,
): Promise<Filters['users']> {
  if (text === null) return null;
  const ref = await findUser(directory, numbers, text);
  if (ref.kind !== 'user')
    throw invalid(`Param user must be a phone, a wa_id or a business-scoped user ID - got "${shown(text)}".`);
  const waIds = await waIdsAt(directory, numbers, { text, waId: ref.waId });
  const phones = numbers.map(
    async (number) =>
      [number.id, await directory.phonesOf(number, waIds.get(number.id) ?? ref.waId)] as const,
  );
  return new Map(await Promise.all(phones));
}
