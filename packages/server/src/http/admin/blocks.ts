import {
  type BlockQuery,
  type BlockSort,
  blockSorts,
  type NumberRecord,
  readPhone,
  readUser,
  type WaId,
} from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { LiveRow } from '../../blocklists/cloud/cloud.ts';
import type { Services } from '../../services.ts';
import type { App } from '../shared/app-type.ts';
import { type AccessRule, numberOf, parameterOf } from '../shared/authenticate.ts';
import { invalid, shown } from '../shared/errors.ts';
import { faults, ownApi } from '../shared/schemas.ts';
import {
  blockOut,
  blockShape,
  type KeyNames,
  keyNames,
  liveOut,
  standingOut,
  standingShape,
  withUserIds,
} from './block-shapes.ts';
import { negotiateFormat, sendRows } from './export-formats.ts';
import { decodeKeysetCursor, encodeKeysetCursor, readLimit } from './keyset-cursor.ts';
import { livePage, liveRows } from './live-blocks.ts';

const rule: AccessRule = { roles: ['admin', 'agent'], number: true, limited: false };
const config = { access: rule };
const params = Type.Object({ id: Type.String() });
const paging = Type.Object({
  after: Type.Optional(Type.String({ description: 'The cursor of the next page' })),
});
const searchLengthMax = 100;

/** Rows that an export reads at once. In an order that is not the list's own each reading goes through the whole list. */
const exportedAtOnce = 1000;
const sortedAtOnce = 8000;

const listQuery = Type.Object({
  search: Type.Optional(
    Type.Unknown({
      description:
        'A part of the phone, the name, the username or the note, or a whole business-scoped user ID',
    }),
  ),
  sort: Type.Optional(Type.Unknown({ description: `One of ${blockSorts.join(', ')}` })),
  limit: Type.Optional(Type.Unknown()),
  after: Type.Optional(Type.Unknown()),
});

/** `GET /blockhouse/v1/numbers/{id}/blocks` and `/standing-blocks`: the lists with all that is known. */
export function blocksRoutes(app: App, services: Services): void {
  const { store } = services;

  app.get(
    '/blockhouse/v1/numbers/:id/blocks',
    {
      config,
      schema: {
        ...ownApi,
        tags: ['Blocks'],
        summary: 'List blocks with who, when, why and until when; as CSV or NDJSON the whole list',
        params,
        querystring: listQuery,
        response: {
          200: Type.Object({ data: Type.Array(blockShape), total: Type.Integer(), paging }),
          ...faults,
        },
      },
    },
    async (request, reply) => {
      const number = numberOf(request);
      const sort = readSort(parameterOf(request.query, 'sort'));
      const asked = readSearch(parameterOf(request.query, 'search'));
      const search = number.upstream === null ? await searchedAs(services, number, asked) : asked;
      const names = keyNames(await store.keys());
      const form = negotiateFormat(request);
      if (form !== 'json') {
        const rows =
          number.upstream === null
            ? exported(services, number, { sort, ...(await wanted(services, number, search)) }, names)
            : exportedLive(await liveRows(services, number, { sort, search }), names);
        return sendRows(reply, form, { rows, columns: exportColumns, file: `blocked-${number.id}` });
      }
      if (number.upstream !== null) {
        const rows = await liveRows(services, number, { sort, search });
        return livePage(rows, request.query, names);
      }
      const place = decodeKeysetCursor(request.query, [
        sort.endsWith('name') ? 'string' : 'number',
        'number',
      ]);
      const count = readLimit(request.query);
      const found = await wanted(services, number, search);
      const query: BlockQuery = { sort, ...found, after: placeOf(place), count: count + 1 };
      const rows = await store.blocks(number.id, query);
      const page = rows.slice(0, count);
      const last = page.at(-1);
      const { size } = (await store.facts(number.id, [])).blocklist;
      return {
        data: withUserIds(page, await idsOf(services, number, page)).map(([row, id]) =>
          blockOut(row, id, names),
        ),
        total: size,
        paging:
          rows.length > count && last !== undefined
            ? { after: encodeKeysetCursor([last.place, last.waId]) }
            : {},
      };
    },
  );

  app.get(
    '/blockhouse/v1/numbers/:id/standing-blocks',
    {
      config,
      schema: {
        ...ownApi,
        tags: ['Blocks'],
        summary: 'List standing blocks',
        params,
        querystring: listQuery,
        response: {
          200: Type.Object({ data: Type.Array(standingShape), total: Type.Integer(), paging }),
          ...faults,
        },
      },
    },
    async (request) => {
      const number = numberOf(request);
      const search = await searchedAs(services, number, readSearch(parameterOf(request.query, 'search')));
      const [after] = decodeKeysetCursor(request.query, ['number']) ?? [];
      const count = readLimit(request.query);
      const query = {
        ...(await wanted(services, number, search)),
        after: after === undefined ? null : Number(after),
        count: count + 1,
      };
      const rows = await store.standingBlocks(number.id, query);
      const names = keyNames(await store.keys());
      const page = rows.slice(0, count);
      const last = page.at(-1);
      return {
        data: withUserIds(page, await idsOf(services, number, page)).map(([row, id]) =>
          standingOut(row, id, names),
        ),
        total: await store.standingCount(number.id),
        paging: rows.length > count && last !== undefined ? { after: encodeKeysetCursor([last.waId]) } : {},
      };
    },
  );
}

/** What a blocklist is exported as; `wa_id`, `note` and `until` are what an import reads. */
const exportColumns = [
  'wa_id',
  'user_id',
  'name',
  'blocked_at',
  'note',
  'until',
  'key',
  'person',
  'source',
  'dropped',
  'last_dropped_at',
] as const;

async function* exported(
  services: Services,
  number: NumberRecord,
  query: Omit<BlockQuery, 'after' | 'count'>,
  names: KeyNames,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const count = query.sort.endsWith('blocked_at') ? exportedAtOnce : sortedAtOnce;
  for (let after: BlockQuery['after'] = null; ; ) {
    const rows = await services.store.blocks(number.id, { ...query, after, count });
    for (const [row, id] of withUserIds(rows, await idsOf(services, number, rows))) {
      yield exportedRow(blockOut(row, id, names));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < count) return;
    after = { value: last.place, waId: last.waId };
  }
}

async function* exportedLive(rows: readonly LiveRow[], names: KeyNames) {
  for (const row of rows) yield exportedRow(liveOut(row, names));
}

function exportedRow({ key, ...block }: Static<typeof blockShape>): Readonly<Record<string, unknown>> {
  return { ...block, key: key === null ? null : (key.name ?? key.id) };
}

async function idsOf(
  { directory: names }: Services,
  number: NumberRecord,
  rows: readonly { readonly waId: WaId }[],
) {
  return await names.at(number, { waIds: rows.map(({ waId }) => waId) });
}

/** Who is searched for: the user whose whole ID the text is, or whoever has the text in something that is kept of them. */
async function wanted(
  { directory: names }: Services,
  number: NumberRecord,
  search: string | null,
): Promise<Pick<BlockQuery, 'search' | 'waId'>> {
  if (search === null) return { search, waId: null };
  const ref = readUser(search, await names.at(number, { texts: [search] }));
  if (ref.kind === 'user' && ref.by === 'user_id') return { search: null, waId: ref.waId };
  // What a store searches has the usernames of our own users; those of users at Meta are in the directory.
  const isAtMeta = number.upstream !== null && search.startsWith('@');
  const waId = isAtMeta ? await names.findUsername(number, search) : null;
  return { search: waId === null ? search : null, waId };
}

function placeOf(place: readonly (string | number)[] | null): BlockQuery['after'] {
  const [value, waId] = place ?? [];
  return value === undefined ? null : { value, waId: Number(waId) };
}

function readSort(text: string | null): BlockSort {
  if (text === null) return 'blocked_at';
  const sort = blockSorts.find((one) => one === text);
  if (sort === undefined)
    throw invalid(`Param sort must be one of {${blockSorts.join(', ')}} - got "${shown(text)}".`);
  return sort;
}

/** A whole phone that leads to another `wa_id` is searched for by that. */
async function searchedAs(
  { directory: names }: Services,
  number: NumberRecord,
  search: string | null,
): Promise<string | null> {
  const phone = search === null ? null : readPhone(search);
  if (search === null || phone === null) return search;
  const found = (await names.at(number, { texts: [search] })).match?.(phone);
  return found == null || found.user === phone ? search : String(found.user);
}

function readSearch(text: string | null): string | null {
  const search = text?.trim() || null;
  if (search !== null && search.length > searchLengthMax)
    throw invalid(`Param search must have at most ${searchLengthMax} characters.`);
  return search;
}
