/** One call on whether a user is blocked, with the moments between which it took effect. */
export interface Call {
  readonly startedAt: number;
  readonly endedAt: number;
  /** The operation: a block, an unblock, or a read of whether the user is blocked. */
  readonly did: { readonly set: boolean } | { readonly saw: boolean };
}

/**
 * Whether the calls could have happened one after the other, each at some moment between its start and its end, with
 * every one of them seeing what the one before had left. Tries all orders that the moments allow (Wing and Gong).
 */
export function isLinearizable(calls: readonly Call[], initially: boolean): boolean {
  const ordered = calls.toSorted((a, b) => a.startedAt - b.startedAt);
  const seen = new Set<string>();
  const search = (done: bigint, doneCount: number, blocked: boolean): boolean => {
    if (doneCount === ordered.length) return true;
    const state = `${done} ${blocked}`;
    if (seen.has(state)) return false;
    seen.add(state);
    const left = ordered
      .map((call, index) => ({ call, index }))
      .filter(({ index }) => (done & (1n << BigInt(index))) === 0n);
    // Only what began before everything that is left had ended can come next.
    const firstEnd = Math.min(...left.map(({ call }) => call.endedAt));
    return left
      .filter(({ call }) => call.startedAt <= firstEnd)
      .some(({ call, index }) => {
        if ('saw' in call.did && call.did.saw !== blocked) return false;
        const after = 'set' in call.did ? call.did.set : blocked;
        return search(done | (1n << BigInt(index)), doneCount + 1, after);
      });
  };
  return search(0n, 0, initially);
}
