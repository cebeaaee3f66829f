import {
  type ActivityEntry,
  attemptsKept,
  type BlockRows,
  type Bucket,
  type Decision,
  type Facts,
  firstEntry,
  type KeyRecord,
  type NumberRecord,
  type NumbersChange,
  NumberUnknown,
  nextVersion,
  type Outbox,
  type RowRange,
  type Store,
  type StoreState,
  type Subjects,
  type UserProfile,
  type WaId,
  type Webhook,
  webhookMemoryMs,
} from '@blockhouse/engine';

interface Held {
  record: NumberRecord;
  version: number;
  nextPosition: number;
  nextEntry: number;
  blocks: { waId: WaId; position: number }[];
  lastInboundMs: Map<WaId, number>;
  ticks: Map<WaId, 1 | 2>;
  activity: ActivityEntry[];
  drops: Map<WaId, { count: number; lastMs: number }>;
  blockedBy: Map<WaId, { blockedAtMs: number; keyId: string }>;
  webhooks: HeldWebhook[];
}

interface HeldWebhook {
  webhook: Webhook;
  dueAtMs: number;
  settledAtMs: number | null;
}

/** The store as naively as it can be written: arrays, maps and no thought of speed. The oracle for the real ones. */
export class ModelStore implements Store {
  #numbers: Held[] = [];
  #made = 0;
  #keys: KeyRecord[] = [];
  #users = new Map<WaId, UserProfile>();
  #settings = new Map<string, string>();
  #buckets = new Map<string, Bucket>();

  async facts(numberId: string, users: readonly WaId[]): Promise<Facts> {
    return this.#facts(this.#held(numberId), { users });
  }

  #facts(held: Held, { users, messageIds = [] }: Subjects): Facts {
    return {
      number: held.record,
      blocklist: { version: held.version, size: held.blocks.length },
      users: new Map(
        users.map((waId) => [
          waId,
          {
            profile: this.#users.get(waId) ?? null,
            isNumber: this.#numbers.some(({ record }) => record.waId === waId),
            blocked: held.blocks.some((block) => block.waId === waId),
            lastInboundMs: held.lastInboundMs.get(waId) ?? null,
            ticks: held.ticks.get(waId) ?? 0,
          },
        ]),
      ),
      seenAtMs: new Map(
        messageIds.flatMap((messageId) => {
          const seen = held.webhooks.findLast(({ webhook }) => webhook.messageId === messageId);
          return seen === undefined ? [] : [[messageId, seen.webhook.createdAtMs] as const];
        }),
      ),
    };
  }

  async change<Answer>(
    numberId: string,
    subjects: Subjects,
    decide: (facts: Facts) => Decision<Answer>,
  ): Promise<Answer> {
    const held = this.#held(numberId);
    const { answer, change } = decide(this.#facts(held, subjects));
    for (const waId of change?.admitted ?? []) {
      held.lastInboundMs.set(waId, change?.atMs ?? 0);
      held.ticks.set(waId, 2);
    }
    for (const [waId, count] of change?.dropped ?? []) {
      held.ticks.set(waId, 1);
      held.drops.set(waId, { count: count + (held.drops.get(waId)?.count ?? 0), lastMs: change?.atMs ?? 0 });
    }
    for (const waId of change?.blocklist?.added ?? [])
      held.blocks.push({ waId, position: held.nextPosition++ });
    for (const waId of change?.blocklist?.added ?? []) {
      held.blockedBy.set(waId, { blockedAtMs: change?.atMs ?? 0, keyId: change?.blocklist?.keyId ?? '' });
    }
    const removed = new Set(change?.blocklist?.removed);
    held.blocks = held.blocks.filter(({ waId }) => !removed.has(waId));
    held.version = change?.blocklist?.version ?? held.version;
    held.activity.push(...(change?.activity ?? []));
    for (const { waId, messageId, body } of change?.notices ?? []) {
      const createdAtMs = change?.atMs ?? 0;
      const entry = held.nextEntry++;
      const state = { state: 'waiting', attemptCount: 0, attempts: [] } as const;
      const webhook = { numberId, entry, waId, messageId, body, createdAtMs, ...state };
      held.webhooks.push({ webhook, dueAtMs: createdAtMs, settledAtMs: null });
    }
    return answer;
  }

  async rows(numberId: string, { start, count }: RowRange): Promise<BlockRows> {
    const { version, blocks } = this.#held(numberId);
    const rows = blocks.slice(start, start + count).map(({ waId, position }) => ({
      waId,
      position,
      phoneHidden: this.#users.get(waId)?.phoneHidden ?? false,
    }));
    return { version, size: blocks.length, rows };
  }

  async activity(numberId: string, count: number): Promise<ActivityEntry[]> {
    return this.#held(numberId).activity.toReversed().slice(0, count);
  }

  async numbers(): Promise<readonly NumberRecord[]> {
    return this.#numbers.map(({ record }) => record);
  }

  async number(numberId: string): Promise<NumberRecord | null> {
    return this.#numbers.find(({ record }) => record.id === numberId)?.record ?? null;
  }

  async changeNumbers(decide: (numbers: readonly NumberRecord[]) => NumbersChange): Promise<void> {
    const change = decide(this.#numbers.map(({ record }) => record));
    if ('put' in change) this.#put(change.put);
    else {
      const gone = this.#held(change.remove);
      this.#numbers = this.#numbers.filter((held) => held !== gone);
    }
  }

  #put(record: NumberRecord): void {
    const held = this.#numbers.find((number) => number.record.id === record.id);
    if (held !== undefined) {
      held.record = record;
      return;
    }
    this.#numbers.push({
      record,
      version: nextVersion(0, record.createdAtMs, record.waId),
      nextPosition: 1,
      nextEntry: firstEntry(++this.#made),
      blocks: [],
      lastInboundMs: new Map(),
      ticks: new Map(),
      activity: [],
      drops: new Map(),
      blockedBy: new Map(),
      webhooks: [],
    });
  }

  async keys(): Promise<readonly KeyRecord[]> {
    return this.#keys;
  }

  async keyByHash(hash: string): Promise<KeyRecord | null> {
    return this.#keys.find((key) => key.hash === hash) ?? null;
  }

  async addKey(record: KeyRecord): Promise<void> {
    this.#keys = [...this.#keys, record];
  }

  async removeKey(keyId: string): Promise<boolean> {
    const before = this.#keys.length;
    this.#keys = this.#keys.filter(({ id }) => id !== keyId);
    return this.#keys.length < before;
  }

  async bucket<Answer>(numberId: string, keyId: string, take: (bucket: Bucket) => Answer): Promise<Answer> {
    const name = `${numberId} ${keyId}`;
    const bucket = this.#buckets.get(name) ?? { emptyAtMs: 0 };
    this.#buckets.set(name, bucket);
    return take(bucket);
  }

  readonly shared = false;

  onTakeover(): void {}

  async user(waId: WaId): Promise<UserProfile | null> {
    return this.#users.get(waId) ?? null;
  }

  async changeUser(waId: WaId, decide: (before: UserProfile | null) => UserProfile): Promise<void> {
    this.#users.set(waId, decide(this.#users.get(waId) ?? null));
  }

  async setting(name: string): Promise<string | null> {
    return this.#settings.get(name) ?? null;
  }

  async changeSetting(name: string, decide: (before: string | null) => string): Promise<string> {
    const value = decide(this.#settings.get(name) ?? null);
    this.#settings.set(name, value);
    return value;
  }

  async exportState(): Promise<StoreState> {
    return {
      users: [...this.#users]
        .map(([waId, profile]) => ({ waId, profile }))
        .toSorted((a, b) => a.waId - b.waId),
      numbers: this.#numbers.map(({ record, version, blocks, blockedBy, drops, lastInboundMs, ticks }) => ({
        record,
        listVersion: version,
        blocks: blocks.map(({ waId, position }) => ({
          waId,
          position,
          ...(blockedBy.get(waId) ?? { blockedAtMs: 0, keyId: '' }),
        })),
        windows: [...ticks]
          .map(([waId, tick]) => ({
            waId,
            lastInboundMs: lastInboundMs.get(waId) ?? null,
            dropped: drops.get(waId)?.count ?? 0,
            lastDroppedMs: drops.get(waId)?.lastMs ?? null,
            ticks: tick,
          }))
          .toSorted((a, b) => a.waId - b.waId),
      })),
    };
  }

  async importState({ users, numbers }: StoreState): Promise<void> {
    this.#users = new Map(users.map(({ waId, profile }) => [waId, profile]));
    this.#buckets.clear();
    this.#numbers = numbers.map(({ record, listVersion, blocks, windows }) => ({
      record,
      version: listVersion,
      nextPosition: (blocks.at(-1)?.position ?? 0) + 1,
      nextEntry: firstEntry(++this.#made),
      blocks: blocks.map(({ waId, position }) => ({ waId, position })),
      blockedBy: new Map(blocks.map(({ waId, blockedAtMs, keyId }) => [waId, { blockedAtMs, keyId }])),
      lastInboundMs: new Map(
        windows.flatMap(({ waId, lastInboundMs }) => (lastInboundMs === null ? [] : [[waId, lastInboundMs]])),
      ),
      ticks: new Map(windows.map(({ waId, ticks }) => [waId, ticks])),
      drops: new Map(
        windows.flatMap(({ waId, dropped, lastDroppedMs }) =>
          lastDroppedMs === null ? [] : [[waId, { count: dropped, lastMs: lastDroppedMs }]],
        ),
      ),
      activity: [],
      webhooks: [],
    }));
  }

  readonly outbox: Outbox = {
    due: async (numberId, nowMs, count) =>
      this.#heads(numberId)
        .filter(({ dueAtMs }) => dueAtMs <= nowMs)
        .toSorted((a, b) => a.dueAtMs - b.dueAtMs || a.webhook.entry - b.webhook.entry)
        .slice(0, count)
        .map(({ webhook }) => webhook),
    nextDueMs: async (numberId) =>
      this.#heads(numberId).reduce<number | null>(
        (least, { dueAtMs }) => (least === null ? dueAtMs : Math.min(least, dueAtMs)),
        null,
      ),
    settle: async (numberId, entry, { atMs, state, dueAtMs, attempt }) => {
      const held = this.#held(numberId);
      const found = held.webhooks.find(({ webhook }) => webhook.entry === entry);
      if (found === undefined) return;
      const { attemptCount, attempts } = found.webhook;
      found.webhook = {
        ...found.webhook,
        state,
        attemptCount: attemptCount + 1,
        attempts: [...attempts, attempt].slice(-attemptsKept),
      };
      found.dueAtMs = dueAtMs ?? 0;
      found.settledAtMs = state === 'waiting' ? null : atMs;
      if (found.settledAtMs === null) return;
      const next = this.#heads(numberId).find(({ webhook }) => webhook.waId === found.webhook.waId);
      if (next !== undefined) next.dueAtMs = atMs;
      held.webhooks = held.webhooks.filter(
        ({ settledAtMs }) => settledAtMs === null || settledAtMs > atMs - webhookMemoryMs,
      );
    },
    hasten: async (numberId, nowMs) => {
      for (const head of this.#heads(numberId)) head.dueAtMs = Math.min(head.dueAtMs, nowMs);
    },
    list: async (numberId, { afterEntry, waId, state, count }) =>
      this.#held(numberId)
        .webhooks.map(({ webhook }) => webhook)
        .filter((webhook) => webhook.entry > afterEntry)
        .filter((webhook) => waId === null || webhook.waId === waId)
        .filter((webhook) => state === null || webhook.state === state)
        .slice(0, count),
    redeliver: async (numberId, entry, atMs) => {
      const found = this.#held(numberId).webhooks.find(({ webhook }) => webhook.entry === entry);
      if (found === undefined) return false;
      if (found.webhook.state !== 'waiting') {
        found.webhook = { ...found.webhook, state: 'waiting' };
        found.dueAtMs = atMs;
        found.settledAtMs = null;
      }
      return true;
    },
  };

  async close(): Promise<void> {}

  /** The first waiting webhook of each user. */
  #heads(numberId: string): HeldWebhook[] {
    const users = new Set<WaId>();
    return this.#held(numberId).webhooks.filter(({ webhook: { state, waId } }) => {
      if (state !== 'waiting' || users.has(waId)) return false;
      users.add(waId);
      return true;
    });
  }

  #held(numberId: string): Held {
    const held = this.#numbers.find(({ record }) => record.id === numberId);
    if (held === undefined) throw new NumberUnknown(numberId);
    return held;
  }
}
