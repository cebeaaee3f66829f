import type { NumberState } from './store.ts';

/** The rows of one user on a number; null: none. */
export interface UserRows {
  readonly block: Omit<NumberState['blocks'][number], 'waId'> | null;
  readonly standing: Omit<NumberState['standing'][number], 'waId'> | null;
  readonly window: Omit<NumberState['windows'][number], 'waId'> | null;
}

/**
 * Joins the rows of two records that turn out to be one user. Nothing that was asked for is lost: the older block keeps its
 * place in the list, a missing note is taken from the other block, and a block without an end stays without one.
 */
export function joinRows(one: UserRows, other: UserRows): UserRows {
  const window = joinWindows(one.window, other.window);
  const droppedSince = [one, other].reduce(
    (sum, rows) => sum + (rows.block === null ? 0 : (rows.window?.dropped ?? 0) - rows.block.droppedBefore),
    0,
  );
  const block = joined(one.block, other.block, ({ position }) => position);
  return {
    block: block === null ? null : { ...block, droppedBefore: (window?.dropped ?? 0) - droppedSince },
    standing: joined(one.standing, other.standing, ({ placedAtMs }) => placedAtMs),
    window,
  };
}

function joined<
  Row extends { readonly cause: { readonly note: string | null }; readonly untilMs: number | null },
>(one: Row | null, other: Row | null, placeOf: (row: Row) => number): Row | null {
  if (one === null || other === null) return one ?? other;
  const [first, second] = placeOf(one) <= placeOf(other) ? [one, other] : [other, one];
  const untilMs =
    first.untilMs === null || second.untilMs === null ? null : Math.max(first.untilMs, second.untilMs);
  return { ...first, cause: { ...first.cause, note: first.cause.note ?? second.cause.note }, untilMs };
}

function joinWindows(one: UserRows['window'], other: UserRows['window']): UserRows['window'] {
  if (one === null || other === null) return one ?? other;
  const latest = (a: number | null, b: number | null) =>
    a === null || b === null ? (a ?? b) : Math.max(a, b);
  const earliest = (a: number | null, b: number | null) =>
    a === null || b === null ? (a ?? b) : Math.min(a, b);
  const seenAtMs = ({ lastInboundMs, lastDroppedMs }: NonNullable<UserRows['window']>) =>
    latest(lastInboundMs, lastDroppedMs) ?? 0;
  const newer = seenAtMs(one) > seenAtMs(other) ? one : other;
  return {
    name: newer.name ?? one.name ?? other.name,
    lastInboundMs: latest(one.lastInboundMs, other.lastInboundMs),
    dropped: one.dropped + other.dropped,
    lastDroppedMs: latest(one.lastDroppedMs, other.lastDroppedMs),
    ticks: newer.ticks,
    lastOutboundMs: latest(one.lastOutboundMs, other.lastOutboundMs),
    knownFromMs: earliest(one.knownFromMs, other.knownFromMs),
  };
}
