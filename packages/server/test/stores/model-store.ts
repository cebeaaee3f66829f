import {
  type ActivityEntry,
  type BlockRows,
  type Decision,
  type Facts,
  type KeyRecord,
  type NumberRecord,
  type NumbersChange,
  NumberUnknown,
  nextVersion,
  type RowRange,
  type Store,
  type UserProfile,
  type WaId,
} from '@blockhouse/engine';

interface Held {
  record: NumberRecord;
  version: number;
  nextPosition: number;
  blocks: { waId: WaId; position: number }[];
  lastInboundMs: Map<WaId, number>;
  ticks: Map<WaId, 1 | 2>;
  activity: ActivityEntry[];
}

/** The store as naively as it can be written: arrays, maps and no thought of speed. The oracle for the real ones. */
export class ModelStore implements Store {
  #numbers: Held[] = [];
  #keys: KeyRecord[] = [];
  #users = new Map<WaId, UserProfile>();
  #settings = new Map<string, string>();

  async facts(numberId: string, users: readonly WaId[]): Promise<Facts> {
    return this.#facts(this.#held(numberId), users);
  }

  #facts(held: Held, users: readonly WaId[]): Facts {
    return {
      number: held.record,
      blocklist: { version: held.version, size: held.blocks.length },
      users: new Map(
        users.map((waId) => [
          waId,
          {
            kind: this.#users.get(waId)?.kind ?? null,
            isNumber: this.#numbers.some(({ record }) => record.waId === waId),
            blocked: held.blocks.some((block) => block.waId === waId),
            lastInboundMs: held.lastInboundMs.get(waId) ?? null,
            ticks: held.ticks.get(waId) ?? 0,
          },
        ]),
      ),
    };
  }

  async change<Answer>(
    numberId: string,
    users: readonly WaId[],
    decide: (facts: Facts) => Decision<Answer>,
  ): Promise<Answer> {
    const held = this.#held(numberId);
    const { answer, change } = decide(this.#facts(held, users));
    for (const waId of change?.admitted ?? []) {
      held.lastInboundMs.set(waId, change?.atMs ?? 0);
      held.ticks.set(waId, 2);
    }
    for (const waId of change?.dropped.keys() ?? []) held.ticks.set(waId, 1);
    for (const waId of change?.blocklist?.added ?? [])
      held.blocks.push({ waId, position: held.nextPosition++ });
    const removed = new Set(change?.blocklist?.removed);
    held.blocks = held.blocks.filter(({ waId }) => !removed.has(waId));
    held.version = change?.blocklist?.version ?? held.version;
    held.activity.push(...(change?.activity ?? []));
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
      blocks: [],
      lastInboundMs: new Map(),
      ticks: new Map(),
      activity: [],
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

  async close(): Promise<void> {}

  #held(numberId: string): Held {
    const held = this.#numbers.find(({ record }) => record.id === numberId);
    if (held === undefined) throw new NumberUnknown(numberId);
    return held;
  }
}
