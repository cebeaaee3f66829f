import { Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { allowAtNumber, numberOf } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { errorResponses, numberParams, requiresKey } from '../../shared/schemas.ts';
import { decodeKeysetCursor, encodeKeysetCursor, readLimit } from '../keyset-cursor.ts';
import { readSearch, storeSearch } from './block-search.ts';
import { keyNames, renderStandingBlock, standingShape, withUserIds } from './block-shapes.ts';
import { listQuery, paging } from './list-schemas.ts';

const access = allowAtNumber('admin', 'agent');

/** `GET /blockhouse/v1/numbers/{id}/standing-blocks` */
export function standingBlocksRoutes(app: App, services: Services): void {
  const { store, directory } = services;
  app.get(
    '/blockhouse/v1/numbers/:id/standing-blocks',
    {
      config: { access },
      schema: {
        ...requiresKey,
        tags: ['Blocks'],
        summary: 'List standing blocks',
        params: numberParams,
        querystring: listQuery,
        response: {
          200: Type.Object({ data: Type.Array(standingShape), total: Type.Integer(), paging }),
          ...errorResponses,
        },
      },
    },
    async (request) => {
      const number = numberOf(request);
      const searched = await storeSearch(services, number, readSearch(request.query));
      const [after] = decodeKeysetCursor(request.query, ['number']) ?? [];
      const count = readLimit(request.query);
      const rows = await store.standingBlocks(number.id, {
        ...searched,
        after: after === undefined ? null : Number(after),
        count: count + 1,
      });
      const names = keyNames(await store.keys(), (await services.ruleBook.set()).rules);
      const page = rows.slice(0, count);
      const last = page.at(-1);
      const hasMore = rows.length > count && last !== undefined;
      const ids = await directory.lookup(number, { waIds: page.map(({ waId }) => waId) });
      return {
        data: withUserIds(page, ids).map(([row, id]) => renderStandingBlock(row, id, names)),
        total: await store.standingCount(number.id),
        paging: hasMore ? { after: encodeKeysetCursor([last.waId]) } : {},
      };
    },
  );
}
