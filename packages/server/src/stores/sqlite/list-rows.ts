import type { NumberState } from '@blockhouse/engine';
import { readBlockState, readStandingState, readWindowState } from '../rows.ts';
import type { Statements } from './statements.ts';
import { columnsOf } from './write-batch.ts';

/** Rows of one number: its blocklist, standing blocks and windows. */
export type ListRows = Pick<NumberState, 'blocks' | 'standing' | 'windows'>;

/** Adds rows of a number as they are. @param key the integer that stands for the number. */
export function addRows(statements: Statements, key: number, { blocks, standing, windows }: ListRows): void {
  const { addBlock, placeStanding, addWindow } = statements;
  for (const { waId, position, blockedAtMs, cause, untilMs, droppedBefore } of blocks)
    addBlock.run(key, position, waId, droppedBefore, blockedAtMs, ...columnsOf(cause), untilMs);
  for (const { waId, placedAtMs, cause, untilMs } of standing)
    placeStanding.run(key, waId, placedAtMs, ...columnsOf(cause), untilMs);
  for (const { waId, lastInboundMs, dropped, lastDroppedMs, ticks, name, ...rest } of windows) {
    const { lastOutboundMs, knownFromMs } = rest;
    addWindow.run(key, waId, lastInboundMs, dropped, lastDroppedMs, ticks, name, lastOutboundMs, knownFromMs);
  }
}

/** All rows of a number. */
export function allRows({ allBlocks, allStanding, allWindows }: Statements, key: number): ListRows {
  return {
    blocks: allBlocks.all(key).map(readBlockState),
    standing: allStanding.all(key).map(readStandingState),
    windows: allWindows.all(key).map(readWindowState),
  };
}
