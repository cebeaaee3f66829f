import {
  joinRows,
  type NumberRecord,
  nextVersion,
  type UserMove,
  type UserRows,
  type WaId,
} from '@blockhouse/engine';
import { type Row, readBlockState, readStandingState, readWindowState } from '../rows.ts';
import type { Ask } from './connections.ts';
import { addRows } from './list-rows.ts';
import { statements } from './statements.ts';

const nothing: UserRows = { block: null, standing: null, window: null };

/** Moves what a number keeps of users to other keys, where something may be kept already. Others wait for the number's lock. */
export async function moveUsers(
  ask: Ask,
  { id, waId }: NumberRecord,
  moves: readonly UserMove[],
): Promise<void> {
  const users = [...new Set(moves.flatMap(({ from, to }) => [from, to]))];
  const [[list], blocks, standing, windows] = await Promise.all([
    ask(statements.lockVersion, [id]),
    ask(statements.userBlocks, [id, users]),
    ask(statements.userStandings, [id, users]),
    ask(statements.userWindows, [id, users]),
  ]);
  // The number has been removed since.
  if (list === undefined) return;
  let [version, size] = list as [number, number];
  const rows = rowsOf({ blocks, standing, windows });
  const touched = new Set<WaId>();
  for (const { from, to, atMs } of moves) {
    const [old, there = nothing] = [rows.get(from), rows.get(to)];
    if (old === undefined) continue;
    rows.delete(from);
    rows.set(to, joinRows(there, old));
    touched.add(from).add(to);
    if (old.block === null) continue;
    version = nextVersion(version, atMs, waId);
    if (there.block !== null) size--;
  }
  if (touched.size > 0) await write(ask, id, { rows, touched, version, size });
}

function rowsOf(found: {
  readonly blocks: readonly Row[];
  readonly standing: readonly Row[];
  readonly windows: readonly Row[];
}): Map<WaId, UserRows> {
  const rows = new Map<WaId, UserRows>();
  const add = (waId: WaId, part: Partial<UserRows>) =>
    rows.set(waId, { ...(rows.get(waId) ?? nothing), ...part });
  for (const block of found.blocks.map(readBlockState)) add(block.waId, { block });
  for (const standing of found.standing.map(readStandingState)) add(standing.waId, { standing });
  for (const window of found.windows.map(readWindowState)) add(window.waId, { window });
  return rows;
}

async function write(
  ask: Ask,
  numberId: string,
  {
    rows,
    touched,
    version,
    size,
  }: {
    readonly rows: ReadonlyMap<WaId, UserRows>;
    readonly touched: ReadonlySet<WaId>;
    readonly version: number;
    readonly size: number;
  },
): Promise<void> {
  const users = [...touched];
  const part = <Part>(of: (kept: UserRows) => Part | null) =>
    users.flatMap((waId) => {
      const kept = rows.get(waId);
      const found = kept === undefined ? null : of(kept);
      return found === null ? [] : [{ ...found, waId }];
    });
  const blocks = part(({ block }) => block);
  const standing = part(({ standing: block }) => block);
  const windows = part(({ window }) => window);
  for (const remove of [statements.removeBlocks, statements.endStanding, statements.removeWindows])
    ask(remove, [numberId, users]);
  addRows(ask, numberId, { blocks, standing, windows });
  await ask(statements.setVersion, [numberId, version, size]);
}
