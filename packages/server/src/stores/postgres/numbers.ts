import { firstEntry, type NumberRecord, type NumberState } from '@blockhouse/engine';
import { newListState } from '../list-state.ts';
import { readBlockState, readStandingState, readWindowState } from '../rows.ts';
import type { Ask } from './connections.ts';
import { addRows } from './list-rows.ts';
import * as named from './statements.ts';
import { storable } from './storable.ts';

const { statements } = named;

/** Puts the record of a number, new or known. The lists of a known number stay. */
export async function putNumber(
  ask: Ask,
  record: NumberRecord,
  { isKnown }: { readonly isKnown: boolean },
): Promise<void> {
  const { id, waId, createdAtMs } = record;
  const [displayPhoneNumber, verifiedName] = [
    storable(record.displayPhoneNumber),
    storable(record.verifiedName),
  ];
  const [wabaId, portfolioId] = [storable(record.wabaId), storable(record.portfolioId)];
  const webhook = record.webhook === null ? null : JSON.stringify(record.webhook);
  const upstream = record.upstream === null ? null : JSON.stringify(record.upstream);
  const columns = [id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId];
  if (isKnown) {
    await ask(statements.changeNumber, [...columns, webhook, upstream]);
    return;
  }
  const [next] = await ask(statements.nextNumber);
  const made = Number(next?.[0]);
  ask(statements.addNumber, [...columns, createdAtMs, webhook, upstream, made]);
  const { version, size, end, activityEnd, outboxEnd } = newListState(record, firstEntry(made));
  await ask(statements.addList, [id, version, size, end, activityEnd, outboxEnd]);
}

/** Removes a number with everything that belongs to it. */
export async function removeNumber(ask: Ask, numberId: string): Promise<void> {
  for (const statement of named.removeNumber) {
    let removed = 0;
    do {
      const [row] = await ask(statement, [numberId]);
      removed = Number(row?.[0]);
    } while (removed > 0);
  }
}

/** Adds a number with its lists, as they were exported. */
export async function importNumber(ask: Ask, { record, listVersion, ...rows }: NumberState): Promise<void> {
  await putNumber(ask, record, { isKnown: false });
  addRows(ask, record.id, rows);
  const end = (rows.blocks.at(-1)?.position ?? 0) + 1;
  await ask(statements.importList, [record.id, listVersion, rows.blocks.length, end]);
}

/** A number with its lists, at one moment. */
export async function exportNumber(ask: Ask, record: NumberRecord): Promise<NumberState> {
  const [[list], blocks, standing, windows] = await Promise.all([
    ask(statements.listState, [record.id]),
    ask(statements.allBlocks, [record.id]),
    ask(statements.allStanding, [record.id]),
    ask(statements.allWindows, [record.id]),
  ]);
  return {
    record,
    listVersion: Number(list?.[0]),
    blocks: blocks.map(readBlockState),
    standing: standing.map(readStandingState),
    windows: windows.map(readWindowState),
  };
}
