import type { BlockQuery, NumberRecord } from '@blockhouse/engine';
import type { LiveRow } from '../../../blocklists/cloud/notes.ts';
import type { Services } from '../../../services.ts';
import { exportRow, type KeyNames, renderBlock, renderLiveBlock, withUserIds } from './block-shapes.ts';

/** The columns of a blocklist in CSV. An import reads `wa_id`, `note` and `until`. */
export const exportColumns = [
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

type ExportRow = Readonly<Record<string, unknown>>;

/** How many rows are read at a time. In an order other than that of the list, each read sorts the whole list. */
const rowsAtOnce = 1000;
const sortedRowsAtOnce = 8000;

/** All rows of a list in the store. */
export async function* exportBlocks(
  { store, directory }: Services,
  number: NumberRecord,
  query: Omit<BlockQuery, 'after' | 'count'>,
  names: KeyNames,
): AsyncGenerator<ExportRow> {
  const count = query.sort.endsWith('blocked_at') ? rowsAtOnce : sortedRowsAtOnce;
  for (let after: BlockQuery['after'] = null; ; ) {
    const rows = await store.blocks(number.id, { ...query, after, count });
    const ids = await directory.lookup(number, { waIds: rows.map(({ waId }) => waId) });
    for (const [row, id] of withUserIds(rows, ids)) yield exportRow(renderBlock(row, id, names));
    const last = rows.at(-1);
    if (last === undefined || rows.length < count) return;
    after = { value: last.place, waId: last.waId };
  }
}

/** All rows of a list at Meta. */
export async function* exportLiveBlocks(
  rows: readonly LiveRow[],
  names: KeyNames,
): AsyncGenerator<ExportRow> {
  for (const row of rows) yield exportRow(renderLiveBlock(row, names));
}
