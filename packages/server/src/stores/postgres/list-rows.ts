import type { NumberState } from '@blockhouse/engine';
import type { Ask } from './connections.ts';
import { statements } from './statements.ts';
import { storable } from './storable.ts';
import { columnsOf } from './write-batch.ts';

/** Rows of one number: its blocklist, standing blocks and windows. */
export type ListRows = Pick<NumberState, 'blocks' | 'standing' | 'windows'>;

/** Asks for rows of a number to be added as they are. */
export function addRows(ask: Ask, numberId: string, { blocks, standing, windows }: ListRows): void {
  ask(statements.addBlocks, [
    numberId,
    blocks.map(({ position }) => position),
    blocks.map(({ waId }) => waId),
    blocks.map(({ blockedAtMs }) => blockedAtMs),
    ...columnsOf(blocks.map(({ cause }) => cause)),
    blocks.map(({ untilMs }) => untilMs),
    blocks.map(({ droppedBefore }) => droppedBefore),
  ]);
  ask(statements.placeStanding, [
    numberId,
    standing.map(({ waId }) => waId),
    standing.map(({ placedAtMs }) => placedAtMs),
    ...columnsOf(standing.map(({ cause }) => cause)),
    standing.map(({ untilMs }) => untilMs),
  ]);
  ask(statements.addWindows, [
    numberId,
    windows.map(({ waId }) => waId),
    windows.map(({ lastInboundMs }) => lastInboundMs),
    windows.map(({ dropped }) => dropped),
    windows.map(({ lastDroppedMs }) => lastDroppedMs),
    windows.map(({ ticks }) => ticks),
    windows.map(({ name }) => storable(name)),
    windows.map(({ lastOutboundMs }) => lastOutboundMs),
    windows.map(({ knownFromMs }) => knownFromMs),
  ]);
}
