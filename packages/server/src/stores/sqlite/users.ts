import {
  joinRows,
  nextVersion,
  type UserMove,
  type UserName,
  type UserRows,
  type WaId,
} from '@blockhouse/engine';
import type { ListState } from '../list-state.ts';
import { readBlockState, readStandingState, readUserName, readWindowState } from '../rows.ts';
import { addRows } from './list-rows.ts';
import type { KnownNumber } from './registry.ts';
import type { Statements } from './statements.ts';

/** The rows of the users that some names lead to, and of some users. */
export function findUserNames(
  { userByName, userNamesOf }: Statements,
  directory: string,
  { names, users }: { readonly names: readonly string[]; readonly users: readonly WaId[] },
): UserName[] {
  const named = names.flatMap((name) => (userByName.get(directory, name) ?? []).map(Number));
  return [...new Set([...named, ...users])].flatMap((user) =>
    userNamesOf.all(directory, user).map(readUserName),
  );
}

/**
 * Moves what a number keeps of a user to another key, where something may be kept already.
 * @returns the state of the number's lists afterwards.
 */
export function moveUser(
  statements: Statements,
  { key, record, list }: KnownNumber,
  { from, to, atMs }: UserMove,
): ListState {
  const [old, there] = [userRows(statements, key, from), userRows(statements, key, to)];
  if (old.block === null && old.standing === null && old.window === null) return list;
  const { removeBlock, endStanding, removeWindow } = statements;
  for (const waId of [from, to]) {
    for (const statement of [removeBlock, endStanding, removeWindow]) statement.run(key, waId);
  }
  const { block, standing, window } = joinRows(there, old);
  addRows(statements, key, {
    blocks: block === null ? [] : [{ ...block, waId: to }],
    standing: standing === null ? [] : [{ ...standing, waId: to }],
    windows: window === null ? [] : [{ ...window, waId: to }],
  });
  if (old.block === null) return list;
  const size = list.size - (there.block === null ? 0 : 1);
  return { ...list, size, version: nextVersion(list.version, atMs, record.waId) };
}

function userRows({ userBlock, userStanding, userWindow }: Statements, key: number, waId: WaId): UserRows {
  const [block, standing, window] = [userBlock, userStanding, userWindow].map((one) => one.get(key, waId));
  return {
    block: block === undefined ? null : readBlockState(block),
    standing: standing === undefined ? null : readStandingState(standing),
    window: window === undefined ? null : readWindowState(window),
  };
}
