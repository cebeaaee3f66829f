import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type ActivityQuery,
  type ActivityRow,
  hourMs,
  hourOf,
  type NumberRecord,
  neverEnds,
  type Operation,
  type WaId,
} from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { opens } from '../../auth/api-keys.ts';
import type { Services } from '../../services.ts';
import { isPlaceholder, shownWaId } from '../../users/directory.ts';
import type { App } from '../shared/app-type.ts';
import { type AccessRule, keyOf, numberOf, parameterOf } from '../shared/authenticate.ts';
import { invalid, shown } from '../shared/errors.ts';
import { faults, ownApi } from '../shared/schemas.ts';
import { readTime, timeOut } from '../shared/time.ts';
import { auditOut, type KeyNames, keyNames } from './block-shapes.ts';
import { negotiateFormat, sendRows } from './export-formats.ts';
import { decodeKeysetCursor, encodeKeysetCursor, readLimit } from './keyset-cursor.ts';
import { keysAt, readUserAt } from './user-at.ts';

const rule: AccessRule = { roles: ['admin', 'agent'], number: false, limited: false };
const operations: readonly string[] = [
  'block',
  'unblock',
  'standing_block',
  'withdraw',
] satisfies Operation[];
const exportedAtOnce = 1000;

/** Numbers that are read together, before other work has its turn. */
const partsAtOnce = 50;

/** A chart of more hours than this is drawn from an export. */
const hoursMax = 24 * 92;

const entryShape = Type.Object({
  at: Type.String({ format: 'date-time' }),
  number: Type.String(),
  operation: Type.Enum(['block', 'unblock', 'standing_block', 'withdraw']),
  user: Type.String({ description: 'As it was written' }),
  wa_id: Type.Union([Type.String(), Type.Null()]),
  outcome: Type.String({
    description: 'done, unchanged, standing, expired, unknown, failed, or the reason of a refusal',
  }),
  key: Type.Union([
    Type.Object({ id: Type.String(), name: Type.Union([Type.String(), Type.Null()]) }),
    Type.Null(),
  ]),
  person: Type.Union([Type.String(), Type.Null()]),
  source: Type.String(),
  note: Type.Union([Type.String(), Type.Null()]),
});

const querystring = Type.Object(
  Object.fromEntries(
    ['number', 'user', 'operation', 'outcome', 'key', 'person', 'source', 'from', 'to', 'limit', 'after'].map(
      (name) => [name, Type.Optional(Type.Unknown())],
    ),
  ),
);

/** `GET /blockhouse/v1/activity`: who did what to whom, newest first; and the traffic of a number, hour by hour. */
export function activityRoutes(app: App, services: Services): void {
  const { store, clock } = services;
  app.get(
    '/blockhouse/v1/activity',
    {
      config: { access: rule },
      schema: {
        ...ownApi,
        tags: ['Activity'],
        summary: 'Every attempt to block or unblock, with its outcome; as CSV or NDJSON all of them',
        querystring,
        response: {
          200: Type.Object({
            data: Type.Array(entryShape),
            paging: Type.Object({ after: Type.Optional(Type.String()) }),
          }),
          ...faults,
        },
      },
    },
    async (request, reply) => {
      const numbers = await numbersAskedFor(services, request);
      const filters = await readFilters(services, numbers, request.query);
      const names = keyNames(await store.keys());
      const form = negotiateFormat(request);
      if (form !== 'json') {
        const rows = exported(services, numbers, filters, names);
        return sendRows(reply, form, { rows, columns: exportColumns, file: 'activity' });
      }
      const count = readLimit(request.query);
      const rows = await readPage(services, numbers, filters, readBefore(request.query), count + 1);
      const page = rows.slice(0, count);
      const last = page.at(-1);
      const more = rows.length > count && last !== undefined;
      return {
        data: page.map((row) => entryOut(row, names)),
        paging: more ? { after: encodeKeysetCursor([last.row.atMs, last.number, last.row.entry]) } : {},
      };
    },
  );

  app.get(
    '/blockhouse/v1/numbers/:id/traffic',
    {
      config: { access: { ...rule, number: true } },
      schema: {
        ...ownApi,
        tags: ['Activity'],
        summary: 'Messages admitted and dropped, hour by hour; the last day when nothing is said',
        params: Type.Object({ id: Type.String() }),
        querystring: Type.Object({ from: Type.Optional(Type.Unknown()), to: Type.Optional(Type.Unknown()) }),
        response: {
          200: Type.Object({
            data: Type.Array(
              Type.Object({
                hour: Type.String({ format: 'date-time' }),
                admitted: Type.Integer(),
                dropped: Type.Integer(),
              }),
            ),
          }),
          ...faults,
        },
      },
    },
    async (request) => {
      const toMs = hourOf(readWhen(request.query, 'to') ?? clock()) + hourMs;
      const fromMs = hourOf(readWhen(request.query, 'from') ?? toMs - 24 * hourMs);
      const hours = (toMs - fromMs) / hourMs;
      if (hours < 1 || hours > hoursMax)
        throw invalid(`Params from and to must be 1 to ${hoursMax} hours apart, in this order.`);
      const counted = new Map(
        (await store.traffic(numberOf(request).id, fromMs, toMs)).map((hour) => [hour.hourMs, hour]),
      );
      const data = Array.from({ length: hours }, (_, index) => {
        const { admitted = 0, dropped = 0 } = counted.get(fromMs + index * hourMs) ?? {};
        return { hour: timeOut(fromMs + index * hourMs), admitted, dropped };
      });
      return { data };
    },
  );
}

/** An entry with the number it belongs to. */
interface Entry {
  readonly number: string;
  readonly row: ActivityRow;
}

/** The last entry that was seen. */
interface Before {
  readonly atMs: number;
  readonly number: string;
  readonly entry: number;
}

type Filters = Omit<ActivityQuery, 'before' | 'count' | 'waId'> & {
  readonly toMs: number | null;
  /** Whom the entries are about, under all that each number has ever called them; null: anybody. */
  readonly users: ReadonlyMap<string, readonly WaId[]> | null;
};

/**
 * One page over several numbers, each asked for its own part: newest first, at the same moment by number, then the later
 * entry first. A place in that order stays where it is, whatever is added.
 */
async function readPage(
  { store }: Services,
  numbers: readonly NumberRecord[],
  { toMs, users, ...filters }: Filters,
  before: Before | null,
  count: number,
): Promise<readonly Entry[]> {
  const parts = numbers.flatMap(({ id }) => (users?.get(id) ?? [null]).map((waId) => ({ id, waId })));
  let page: readonly Entry[] = [];
  for (let from = 0; from < parts.length; from += partsAtOnce) {
    // What is older than a full page cannot come onto it any more.
    const oldestMs = page.length < count ? 0 : (page.at(-1)?.row.atMs ?? 0);
    const fromMs = Math.max(filters.fromMs ?? 0, oldestMs);
    const found = await Promise.all(
      parts.slice(from, from + partsAtOnce).map(async ({ id, waId }) => {
        const place = before === null ? null : placeAt(id, before);
        const start = place ?? (toMs === null ? null : { atMs: toMs, entry: 0 });
        const rows = await store.activity(id, { ...filters, waId, fromMs, before: start, count });
        return rows.map((row): Entry => ({ number: id, row }));
      }),
    );
    page = [...page, ...found.flat()].sort(inOrder).slice(0, count);
    await nextTurn();
  }
  return page;
}

function inOrder(a: Entry, b: Entry): number {
  return b.row.atMs - a.row.atMs || compare(a.number, b.number) || b.row.entry - a.row.entry;
}

function placeAt(number: string, before: Before): { atMs: number; entry: number } {
  const way = compare(number, before.number);
  return { atMs: before.atMs, entry: way < 0 ? 0 : way === 0 ? before.entry : neverEnds };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

const exportColumns = [
  'at',
  'number',
  'operation',
  'user',
  'wa_id',
  'outcome',
  'key',
  'person',
  'source',
  'note',
] as const;

async function* exported(
  services: Services,
  numbers: readonly NumberRecord[],
  filters: Filters,
  names: KeyNames,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for (let before: Before | null = null; ; ) {
    const rows: readonly Entry[] = await readPage(services, numbers, filters, before, exportedAtOnce);
    for (const entry of rows) {
      const { key, ...out } = entryOut(entry, names);
      yield { ...out, key: key === null ? null : (key.name ?? key.id) };
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    before = { atMs: last.row.atMs, number: last.number, entry: last.row.entry };
  }
}

function entryOut({ number, row }: Entry, names: KeyNames): Static<typeof entryShape> {
  return {
    at: timeOut(row.atMs),
    number,
    operation: row.operation,
    // A number that only stands for somebody is no name of theirs.
    user:
      row.waId !== null && isPlaceholder(row.waId) && row.input === String(row.waId) ? 'unknown' : row.input,
    // Who was named by an ID may hide the phone.
    wa_id: row.waId === null || /^[A-Z]{2}\./.test(row.input) ? null : shownWaId(row.waId),
    outcome: row.outcome,
    ...auditOut(row, names),
  };
}

async function numbersAskedFor(
  { store }: Services,
  request: FastifyRequest,
): Promise<readonly NumberRecord[]> {
  const open = (await store.numbers()).filter(({ id }) => opens(keyOf(request), id));
  const asked = parameterOf(request.query, 'number');
  if (asked === null) return open;
  const number = open.find(({ id }) => id === asked);
  if (number === undefined) throw invalid(`Param number: there is no number "${shown(asked)}" for this key.`);
  return [number];
}

async function readFilters(
  { directory: names }: Services,
  numbers: readonly NumberRecord[],
  query: unknown,
): Promise<Filters> {
  const operation = parameterOf(query, 'operation');
  if (operation !== null && !operations.includes(operation))
    throw invalid(`Param operation must be one of {${operations.join(', ')}} - got "${shown(operation)}".`);
  const user = parameterOf(query, 'user');
  const ref = user === null ? null : await readUserAt(names, numbers, user);
  if (user !== null && ref?.kind !== 'user')
    throw invalid(
      `Param user must be a phone, a wa_id or a business-scoped user ID - got "${shown(user ?? '')}".`,
    );
  return {
    operation: operation as Operation | null,
    outcome: parameterOf(query, 'outcome'),
    users: user !== null && ref?.kind === 'user' ? await usersAt(names, numbers, user, ref.waId) : null,
    keyId: parameterOf(query, 'key'),
    person: parameterOf(query, 'person'),
    source: parameterOf(query, 'source'),
    fromMs: readWhen(query, 'from'),
    toMs: readWhen(query, 'to'),
  };
}

async function usersAt(
  names: Services['directory'],
  numbers: readonly NumberRecord[],
  text: string,
  waId: WaId,
): Promise<ReadonlyMap<string, readonly WaId[]>> {
  const keys = await keysAt(names, numbers, { text, waId });
  const known = numbers.map(
    async (number) => [number.id, await names.phonesOf(number, keys.get(number.id) ?? waId)] as const,
  );
  return new Map(await Promise.all(known));
}

function readWhen(query: unknown, name: 'from' | 'to'): number | null {
  const text = parameterOf(query, name);
  return text === null ? null : readTime(name, text);
}

function readBefore(query: unknown): Before | null {
  const place = decodeKeysetCursor(query, ['number', 'string', 'number']);
  if (place === null) return null;
  const [atMs, number, entry] = place;
  return { atMs: Number(atMs), number: String(number), entry: Number(entry) };
}
