import { type ActivityQuery, allActivity, type Store, type WaId } from '@blockhouse/engine';

/** Rows of activity and standing blocks that are read at a time. */
const rowsAtOnce = 1_000;

/** Users whom a rule has blocked on a number since a time, or for whom its standing block waits there. */
export async function usersOfRule(
  store: Store,
  numberId: string,
  { ruleId, sinceMs }: { ruleId: string; sinceMs: number },
): Promise<ReadonlySet<WaId>> {
  const users = new Set<WaId>();
  const query = { ...allActivity, keyId: ruleId, operation: 'block', fromMs: sinceMs } as const;
  for (let before: ActivityQuery['before'] = null; ; ) {
    const entries = await store.activity(numberId, { ...query, before, count: rowsAtOnce });
    for (const { waId } of entries) if (waId !== null) users.add(waId);
    before = entries.at(-1) ?? null;
    if (before === null) break;
  }
  for (let after: WaId | null = null; ; ) {
    const rows = await store.standingBlocks(numberId, {
      search: null,
      waId: null,
      after,
      count: rowsAtOnce,
    });
    for (const { waId, cause, placedAtMs } of rows)
      if (cause.keyId === ruleId && placedAtMs >= sinceMs) users.add(waId);
    after = rows.at(-1)?.waId ?? null;
    if (after === null) break;
  }
  return users;
}
