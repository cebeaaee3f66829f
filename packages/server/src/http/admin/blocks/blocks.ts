import { type BlockQuery, type BlockSort, blockSorts, type NumberRecord } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { allowAtNumber, numberOf } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid, shown } from '../../shared/errors.ts';
import { parameterOf } from '../../shared/request-url.ts';
import { errorResponses, numberParams, requiresKey } from '../../shared/schemas.ts';
import { negotiateFormat, sendRows } from '../export-formats.ts';
import { decodeKeysetCursor, encodeKeysetCursor, readLimit } from '../keyset-cursor.ts';
import { readSearch, storeSearch } from './block-search.ts';
import { blockShape, type KeyNames, keyNames, renderBlock, withUserIds } from './block-shapes.ts';
import { exportBlocks, exportColumns, exportLiveBlocks } from './export-blocks.ts';
import { listQuery, paging } from './list-schemas.ts';
import { livePage, liveRows } from './live-blocks.ts';

const access = allowAtNumber('admin', 'agent');

const pageShape = Type.Object({ data: Type.Array(blockShape), total: Type.Integer(), paging });

/** `GET /blockhouse/v1/numbers/{id}/blocks`: the blocklist with all that is known of each block. */
export function blocksRoutes(app: App, services: Services): void {
  app.get(
    '/blockhouse/v1/numbers/:id/blocks',
    {
      config: { access },
      schema: {
        ...requiresKey,
        tags: ['Blocks'],
        summary: 'List blocks',
        description:
          'Lists who blocked each user, when, why and until when. `Accept: text/csv` or `application/x-ndjson` returns the whole ' +
          'list in one answer.',
        params: numberParams,
        querystring: listQuery,
        response: { 200: pageShape, ...errorResponses },
      },
    },
    async (request, reply) => {
      const number = numberOf(request);
      const sort = readSort(parameterOf(request.query, 'sort'));
      const search = readSearch(request.query);
      const names = keyNames(await services.store.keys(), (await services.ruleBook.set()).rules);
      const format = negotiateFormat(request);
      const isLive = number.upstream !== null;
      if (format === 'json')
        return isLive
          ? livePage(await liveRows(services, number, { sort, search }), request.query, names)
          : await storePage(services, number, { sort, search }, request.query, names);
      const rows = isLive
        ? exportLiveBlocks(await liveRows(services, number, { sort, search }), names)
        : exportBlocks(services, number, { sort, ...(await storeSearch(services, number, search)) }, names);
      return sendRows(reply, format, { rows, columns: exportColumns, file: `blocked-${number.id}` });
    },
  );
}

/** A page of a list in the store. */
async function storePage(
  services: Services,
  number: NumberRecord,
  { sort, search }: { readonly sort: BlockSort; readonly search: string | null },
  query: unknown,
  names: KeyNames,
): Promise<Static<typeof pageShape>> {
  const { store, directory } = services;
  const after = readCursor(query, sort);
  const count = readLimit(query);
  const searched = await storeSearch(services, number, search);
  const rows = await store.blocks(number.id, { sort, ...searched, after, count: count + 1 });
  const page = rows.slice(0, count);
  const last = page.at(-1);
  const hasMore = rows.length > count && last !== undefined;
  const { size } = (await store.facts(number.id, [])).blocklist;
  const ids = await directory.lookup(number, { waIds: page.map(({ waId }) => waId) });
  return {
    data: withUserIds(page, ids).map(([row, id]) => renderBlock(row, id, names)),
    total: size,
    paging: hasMore ? { after: encodeKeysetCursor([last.place, last.waId]) } : {},
  };
}

function readSort(text: string | null): BlockSort {
  if (text === null) return 'blocked_at';
  const sort = blockSorts.find((one) => one === text);
  if (sort === undefined)
    throw invalid(`Param sort must be one of {${blockSorts.join(', ')}} - got "${shown(text)}".`);
  return sort;
}

function readCursor(query: unknown, sort: BlockSort): BlockQuery['after'] {
  const kind = sort.endsWith('name') ? 'string' : 'number';
  const [value, waId] = decodeKeysetCursor(query, [kind, 'number']) ?? [];
  return value === undefined ? null : { value, waId: Number(waId) };
}
