import {
  type ActivityQuery,
  type ActivityRow,
  type AuditContext,
  activityPurgeBatch,
  attemptsKept,
  type BlockDetails,
  type BlockFacts,
  type BlockQuery,
  type BlockRows,
  type Bucket,
  type BulkRunStore,
  type Decision,
  type DirectoryChange,
  directoryOf,
  type Facts,
  firstEntry,
  type HourOfTraffic,
  hourOf,
  joinRows,
  type KeptBatch,
  type KeptMessages,
  type KeyRecord,
  keptPurgeBatch,
  knownAfterMs,
  type NamesWanted,
  type NumberRecord,
  type NumbersChange,
  NumberUnknown,
  neverEnds,
  nextVersion,
  type Outbox,
  type ReviewReason,
  type RowRange,
  type RuleHour,
  type SessionRecord,
  type SessionStore,
  type StandingBlock,
  type StandingDetails,
  type StandingQuery,
  type Store,
  type StoreState,
  type Subjects,
  type UserMove,
  type UserName,
  type UserProfile,
  type UserRows,
  type WaId,
  type Webhook,
  webhookRetentionMs,
} from '@blockhouse/engine';

interface Held {
  record: NumberRecord;
  version: number;
  nextPosition: number;
  nextEntry: number;
  nextActivity: number;
  blocks: HeldBlock[];
  standing: Map<WaId, StandingBlock>;
  traffic: Map<number, { admitted: number; dropped: number; held: number }>;
  ruleCounts: RuleHour[];
  kept: KeptBatch[];
  outboundMs: Map<WaId, number>;
  knownFromMs: Map<WaId, number>;
  names: Map<WaId, string>;
  lastInboundMs: Map<WaId, number>;
  ticks: Map<WaId, 0 | 1 | 2>;
  activity: ActivityRow[];
  drops: Map<WaId, { count: number; lastMs: number }>;
  webhooks: HeldWebhook[];
  messages: Map<string, HeldMessage>;
  lastWebhookMs: number | null;
}

interface HeldBlock {
  waId: WaId;
  position: number;
  blockedAtMs: number;
  cause: AuditContext;
  untilMs: number | null;
  droppedBefore: number;
}

interface HeldMessage {
  atMs: number;
  callbackData: string | null;
  untilMs: number;
}

interface HeldWebhook {
  webhook: Webhook;
  dueAtMs: number;
  settledAtMs: number | null;
  /** Why a person has to look at it. */
  review: ReviewReason | null;
}

/** The store as naively as it can be written: arrays, maps and no thought of speed. The oracle for the real ones. */
export class ModelStore implements Store {
  #numbers: Held[] = [];
  #made = 0;
  #keys: KeyRecord[] = [];
  #users = new Map<WaId, UserProfile>();
  #settings = new Map<string, string>();
  #buckets = new Map<string, Bucket>();
  #sessions: SessionRecord[] = [];
  /** Records of runs, and the results of their chunks. */
  #runs = new Map<string, { value: string; untilMs: number }>();
  #names: { directory: string; row: UserName }[] = [];

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
            block: blockFacts(held.blocks.find((block) => block.waId === waId)),
            standing: held.standing.get(waId) ?? null,
            name: held.names.get(waId) ?? null,
            dropped: held.drops.get(waId)?.count ?? 0,
            lastInboundMs: held.lastInboundMs.get(waId) ?? null,
            lastOutboundMs: held.outboundMs.get(waId) ?? null,
            knownFromMs: held.knownFromMs.get(waId) ?? null,
            ticks: held.ticks.get(waId) ?? 0,
          },
        ]),
      ),
      seenAtMs: new Map(
        messageIds.flatMap((messageId) => {
          const told = held.webhooks.findLast(({ webhook }) => webhook.messageId === messageId);
          const times = [told?.webhook.createdAtMs, held.messages.get(messageId)?.atMs];
          const seen = times.filter((atMs) => atMs !== undefined);
          return seen.length === 0 ? [] : [[messageId, Math.max(...seen)] as const];
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
    const hour = hourOf(change?.atMs ?? 0);
    const counted = held.traffic.get(hour) ?? { admitted: 0, dropped: 0, held: 0 };
    counted.held += change?.held ?? 0;
    for (const [waId, { count, name, openedAtMs }] of change?.admitted ?? []) {
      if (!held.knownFromMs.has(waId))
        held.knownFromMs.set(waId, (openedAtMs ?? change?.atMs ?? 0) + knownAfterMs);
      held.lastInboundMs.set(waId, openedAtMs ?? change?.atMs ?? 0);
      held.ticks.set(waId, 2);
      if (name !== null) held.names.set(waId, name);
      counted.admitted += count;
    }
    for (const [waId, count] of change?.dropped ?? []) {
      held.ticks.set(waId, 1);
      held.drops.set(waId, { count: count + (held.drops.get(waId)?.count ?? 0), lastMs: change?.atMs ?? 0 });
      counted.dropped += count;
    }
    if (counted.admitted + counted.dropped + counted.held > 0) held.traffic.set(hour, counted);
    for (const waId of change?.contacted ?? []) {
      held.outboundMs.set(waId, change?.atMs ?? 0);
      if (!held.knownFromMs.has(waId)) held.knownFromMs.set(waId, change?.atMs ?? 0);
      if (!held.ticks.has(waId)) held.ticks.set(waId, 0);
    }
    for (const [ruleId, { matched, acted }] of change?.ruleCounts ?? []) {
      const before = held.ruleCounts.find((one) => one.ruleId === ruleId && one.hourMs === hour);
      held.ruleCounts = held.ruleCounts.filter((one) => one !== before);
      held.ruleCounts.push({
        hourMs: hour,
        ruleId,
        matched: matched + (before?.matched ?? 0),
        acted: acted + (before?.acted ?? 0),
      });
    }
    const removed = new Set(change?.blocklist?.removed);
    held.blocks = held.blocks.filter(({ waId }) => !removed.has(waId));
    for (const { waId, note, untilMs } of change?.amended ?? []) {
      const block = held.blocks.find((one) => one.waId === waId);
      if (block === undefined) continue;
      if (note !== undefined) block.cause = { ...block.cause, note };
      if (untilMs !== undefined) block.untilMs = untilMs;
    }
    for (const added of change?.blocklist?.added ?? [])
      held.blocks.push({ ...added, position: held.nextPosition++, blockedAtMs: change?.atMs ?? 0 });
    for (const waId of change?.endedStanding ?? []) held.standing.delete(waId);
    for (const { waId, ...order } of change?.standing ?? []) held.standing.set(waId, order);
    held.version = change?.blocklist?.version ?? held.version;
    for (const entry of change?.activity ?? []) held.activity.push({ ...entry, entry: held.nextActivity++ });
    for (const { waId, messageId, body, review = null } of change?.webhooks ?? []) {
      const createdAtMs = change?.atMs ?? 0;
      const entry = held.nextEntry++;
      const isKept = review?.kind === 'kept' || (review?.kind === 'flagged' && held.record.webhook === null);
      const state = {
        state: isKept ? ('kept' as const) : ('waiting' as const),
        attemptCount: 0,
        attempts: [],
      };
      const webhook = { numberId, entry, waId, messageId, body, createdAtMs, ...state };
      held.webhooks.push({ webhook, dueAtMs: createdAtMs, settledAtMs: null, review });
    }
    if (change === null || change.messages.length === 0) return answer;
    for (const { id, ...message } of change.messages)
      held.messages.set(id, { ...message, atMs: change.atMs });
    for (const [id, { untilMs }] of held.messages) if (untilMs <= change.atMs) held.messages.delete(id);
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

  async activity(numberId: string, query: ActivityQuery): Promise<ActivityRow[]> {
    const { before, fromMs, count } = query;
    const fits = (wanted: unknown, is: unknown) => wanted === null || wanted === is;
    return this.#held(numberId)
      .activity.toSorted((a, b) => b.atMs - a.atMs || b.entry - a.entry)
      .filter(({ atMs, entry }) => {
        return before === null || atMs < before.atMs || (atMs === before.atMs && entry < before.entry);
      })
      .filter(({ atMs }) => fromMs === null || atMs >= fromMs)
      .filter(
        (row) =>
          fits(query.operation, row.operation) &&
          fits(query.outcome, row.outcome) &&
          fits(query.waId, row.waId) &&
          fits(query.keyId, row.keyId) &&
          fits(query.source, row.source) &&
          fits(query.person, row.person),
      )
      .slice(0, count);
  }

  async purgeActivity(numberId: string, beforeMs: number): Promise<number> {
    const held = this.#held(numberId);
    const gone = held.activity
      .filter(({ atMs }) => atMs < beforeMs)
      .toSorted((a, b) => a.atMs - b.atMs || a.entry - b.entry)
      .slice(0, activityPurgeBatch);
    held.activity = held.activity.filter((row) => !gone.includes(row));
    return gone.length;
  }

  async blocks(numberId: string, { sort, search, waId, after, count }: BlockQuery): Promise<BlockDetails[]> {
    const held = this.#held(numberId);
    const way = sort.startsWith('-') ? -1 : 1;
    const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
    return held.blocks
      .map((block): BlockDetails => {
        const dropped = (held.drops.get(block.waId)?.count ?? 0) - block.droppedBefore;
        const name = this.#users.get(block.waId)?.name ?? held.names.get(block.waId) ?? null;
        const places = {
          blocked_at: block.position,
          name: name?.toLowerCase() ?? '',
          dropped,
          until: block.untilMs ?? neverEnds,
        };
        return {
          waId: block.waId,
          position: block.position,
          phoneHidden: this.#users.get(block.waId)?.phoneHidden ?? false,
          name,
          blockedAtMs: block.blockedAtMs,
          cause: block.cause,
          untilMs: block.untilMs,
          dropped,
          lastDroppedMs: dropped === 0 ? null : (held.drops.get(block.waId)?.lastMs ?? null),
          place: places[sort.replace('-', '') as keyof typeof places],
        };
      })
      .filter((row) => waId === null || row.waId === waId)
      .filter((row) => found(search, row, [row.cause.note, usernameOf(this.#users.get(row.waId))]))
      .toSorted((a, b) => way * (compare(a.place, b.place) || a.waId - b.waId))
      .filter((row) => {
        return after === null || way * (compare(row.place, after.value) || row.waId - after.waId) > 0;
      })
      .slice(0, count);
  }

  async standingBlocks(numberId: string, query: StandingQuery): Promise<StandingDetails[]> {
    const held = this.#held(numberId);
    return [...held.standing]
      .map(([waId, order]) => ({
        ...order,
        waId,
        phoneHidden: this.#users.get(waId)?.phoneHidden ?? false,
        name: this.#users.get(waId)?.name ?? held.names.get(waId) ?? null,
        lastInboundMs: held.lastInboundMs.get(waId) ?? null,
      }))
      .toSorted((a, b) => a.waId - b.waId)
      .filter(({ waId }) => waId > (query.after ?? 0) && (query.waId === null || waId === query.waId))
      .filter((row) => found(query.search, row, [row.cause.note, usernameOf(this.#users.get(row.waId))]))
      .slice(0, query.count);
  }

  async standingCount(numberId: string): Promise<number> {
    return this.#held(numberId).standing.size;
  }

  async traffic(numberId: string, fromMs: number, toMs: number): Promise<HourOfTraffic[]> {
    return [...this.#held(numberId).traffic]
      .map(([hourMs, counts]) => ({ hourMs, ...counts }))
      .filter(({ hourMs }) => hourMs >= fromMs && hourMs < toMs)
      .toSorted((a, b) => a.hourMs - b.hourMs);
  }

  async ruleCounts(numberId: string, fromMs: number, toMs: number): Promise<RuleHour[]> {
    return this.#held(numberId)
      .ruleCounts.filter(({ hourMs }) => hourMs >= fromMs && hourMs < toMs)
      .toSorted((a, b) => a.hourMs - b.hourMs || (a.ruleId < b.ruleId ? -1 : 1));
  }

  async expired(numberId: string, nowMs: number, count: number): Promise<WaId[]> {
    return this.#ends(numberId)
      .filter(([, untilMs]) => untilMs <= nowMs)
      .slice(0, count)
      .map(([waId]) => waId);
  }

  async nextExpiryMs(numberId: string): Promise<number | null> {
    const ends = this.#ends(numberId).map(([, untilMs]) => untilMs);
    return ends.length === 0 ? null : Math.min(...ends);
  }

  #ends(numberId: string): [WaId, number][] {
    const { blocks, standing } = this.#held(numberId);
    const all = [
      ...blocks.map(({ waId, untilMs }) => [waId, untilMs] as const),
      ...[...standing].map(([waId, { untilMs }]) => [waId, untilMs] as const),
    ];
    return all.flatMap(([waId, untilMs]) => (untilMs === null ? [] : [[waId, untilMs] as [WaId, number]]));
  }

  async callbackData(numberId: string, messageId: string): Promise<string | null> {
    return this.#held(numberId).messages.get(messageId)?.callbackData ?? null;
  }

  async lastWebhookMs(numberId: string): Promise<number | null> {
    return this.#held(numberId).lastWebhookMs;
  }

  async putLastWebhook(numberId: string, atMs: number): Promise<void> {
    this.#held(numberId).lastWebhookMs = atMs;
  }

  readonly sessions: SessionStore = {
    add: async (session, nowMs) => {
      this.#sessions = this.#sessions.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
      this.#sessions.push(session);
    },
    find: async (tokenHash) => this.#sessions.find((session) => session.tokenHash === tokenHash) ?? null,
    remove: async (tokenHash) => {
      this.#sessions = this.#sessions.filter((session) => session.tokenHash !== tokenHash);
    },
  };

  readonly keptMessages: KeptMessages = {
    add: async (numberId, batch) => {
      this.#numbers.find(({ record }) => record.id === numberId)?.kept.push(batch);
    },
    list: async (numberId, { sinceMs, before, count }) =>
      (this.#numbers.find(({ record }) => record.id === numberId)?.kept ?? [])
        .toSorted((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1))
        .filter(({ atMs }) => atMs >= sinceMs)
        .filter(
          ({ atMs, id }) => before === null || atMs < before.atMs || (atMs === before.atMs && id < before.id),
        )
        .slice(0, count),
    purge: async (numberId, beforeMs) => {
      const held = this.#held(numberId);
      const gone = held.kept
        .filter(({ atMs }) => atMs < beforeMs)
        .toSorted((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1))
        .slice(0, keptPurgeBatch);
      held.kept = held.kept.filter((one) => !gone.includes(one));
      return gone.length;
    },
  };

  readonly bulkRuns: BulkRunStore = {
    find: async ({ keyId, id }, nowMs) => this.#run(`${keyId} ${id}`, nowMs),
    results: async ({ keyId, id }, chunk, nowMs) => this.#run(`${keyId} ${id} ${chunk}`, nowMs),
    change: async ({ keyId, id }, nowMs, decide) => {
      const name = `${keyId} ${id}`;
      const { answer, put } = decide(this.#run(name, nowMs));
      if (put === null) return answer;
      const { record, results, untilMs } = put;
      this.#runs.set(name, { value: record, untilMs });
      if (results !== undefined)
        this.#runs.set(`${name} ${results.chunk}`, { value: results.results, untilMs });
      return answer;
    },
  };

  #run(name: string, nowMs: number): string | null {
    const run = this.#runs.get(name);
    return run !== undefined && run.untilMs > nowMs ? run.value : null;
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
      nextActivity: 1,
      blocks: [],
      standing: new Map(),
      traffic: new Map(),
      names: new Map(),
      lastInboundMs: new Map(),
      ticks: new Map(),
      ruleCounts: [],
      kept: [],
      outboundMs: new Map(),
      knownFromMs: new Map(),
      activity: [],
      drops: new Map(),
      webhooks: [],
      messages: new Map(),
      lastWebhookMs: null,
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
  readonly accessVersion = null;

  onTakeover(): void {}

  async user(waId: WaId): Promise<UserProfile | null> {
    return this.#users.get(waId) ?? null;
  }

  async changeUser(waId: WaId, decide: (before: UserProfile | null) => UserProfile): Promise<void> {
    this.#users.set(waId, decide(this.#users.get(waId) ?? null));
  }

  async userNames(directory: string, wanted: NamesWanted): Promise<UserName[]> {
    return this.#namesWanted(directory, wanted);
  }

  #namesWanted(directory: string, { names = [], users = [] }: NamesWanted): UserName[] {
    const rows = this.#names.filter((one) => one.directory === directory).map(({ row }) => row);
    const named = rows.filter(({ name }) => names.includes(name)).map(({ user }) => user);
    return rows.filter(({ user }) => named.includes(user) || users.includes(user));
  }

  async changeUserNames(
    directory: string,
    names: readonly string[],
    decide: (known: readonly UserName[]) => DirectoryChange,
  ): Promise<DirectoryChange> {
    const change = decide(this.#namesWanted(directory, { names }));
    for (const row of change.put) this.#putName(directory, row);
    for (const held of this.#numbers) {
      if (directoryOf(held.record) === directory) for (const move of change.moves) moveUser(held, move);
    }
    return change;
  }

  #putName(directory: string, row: UserName): void {
    this.#names = this.#names.filter((one) => one.directory !== directory || one.row.name !== row.name);
    this.#names.push({ directory, row });
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
      names: this.#names
        .filter(({ directory }) => directory === 'local')
        .map(({ row }) => row)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      users: [...this.#users]
        .map(([waId, profile]) => ({ waId, profile }))
        .toSorted((a, b) => a.waId - b.waId),
      numbers: this.#numbers.filter(isLocal).map((held) => ({
        record: held.record,
        listVersion: held.version,
        blocks: held.blocks.map((block) => ({ ...block })),
        standing: [...held.standing]
          .map(([waId, order]) => ({ waId, ...order }))
          .toSorted((a, b) => a.waId - b.waId),
        windows: [...held.ticks]
          .map(([waId, tick]) => ({
            waId,
            name: held.names.get(waId) ?? null,
            lastInboundMs: held.lastInboundMs.get(waId) ?? null,
            dropped: held.drops.get(waId)?.count ?? 0,
            lastDroppedMs: held.drops.get(waId)?.lastMs ?? null,
            ticks: tick,
            lastOutboundMs: held.outboundMs.get(waId) ?? null,
            knownFromMs: held.knownFromMs.get(waId) ?? null,
          }))
          .toSorted((a, b) => a.waId - b.waId),
      })),
    };
  }

  async importState(decide: (staying: readonly NumberRecord[]) => StoreState): Promise<void> {
    const staying = this.#numbers.filter((held) => !isLocal(held));
    const { names, users, numbers } = decide(staying.map(({ record }) => record));
    this.#names = this.#names.filter(({ directory }) => directory !== 'local');
    for (const row of names) this.#putName('local', row);
    this.#users = new Map(users.map(({ waId, profile }) => [waId, profile]));
    for (const { record } of this.#numbers.filter(isLocal))
      for (const name of this.#buckets.keys())
        if (name.startsWith(`${record.id} `)) this.#buckets.delete(name);
    this.#runs.clear();
    const imported = numbers.map(({ record, listVersion, blocks, standing, windows }) => ({
      record,
      version: listVersion,
      nextPosition: (blocks.at(-1)?.position ?? 0) + 1,
      nextEntry: firstEntry(++this.#made),
      nextActivity: 1,
      blocks: blocks.map((block) => ({ ...block })),
      standing: new Map(standing.map(({ waId, ...order }) => [waId, order])),
      traffic: new Map(),
      names: new Map(windows.flatMap(({ waId, name }) => (name === null ? [] : [[waId, name]]))),
      lastInboundMs: new Map(
        windows.flatMap(({ waId, lastInboundMs }) => (lastInboundMs === null ? [] : [[waId, lastInboundMs]])),
      ),
      ticks: new Map(windows.map(({ waId, ticks }) => [waId, ticks])),
      ruleCounts: [],
      kept: [],
      outboundMs: new Map(
        windows.flatMap(({ waId, lastOutboundMs }) =>
          lastOutboundMs === null ? [] : [[waId, lastOutboundMs]],
        ),
      ),
      knownFromMs: new Map(
        windows.flatMap(({ waId, knownFromMs }) => (knownFromMs === null ? [] : [[waId, knownFromMs]])),
      ),
      drops: new Map(
        windows.flatMap(({ waId, dropped, lastDroppedMs }) =>
          lastDroppedMs === null ? [] : [[waId, { count: dropped, lastMs: lastDroppedMs }]],
        ),
      ),
      activity: [],
      webhooks: [],
      messages: new Map(),
      lastWebhookMs: null,
    }));
    this.#numbers = [...staying, ...imported];
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
    recordAttempt: async (numberId, entry, { atMs, state, dueAtMs, attempt }) => {
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
      found.settledAtMs = state === 'waiting' || found.review !== null ? null : atMs;
      if (state === 'waiting') return;
      const next = this.#heads(numberId).find(({ webhook }) => webhook.waId === found.webhook.waId);
      if (next !== undefined) next.dueAtMs = atMs;
      held.webhooks = held.webhooks.filter(
        ({ settledAtMs }) => settledAtMs === null || settledAtMs > atMs - webhookRetentionMs,
      );
    },
    reviews: async (numberId, { afterEntry, count }) =>
      this.#held(numberId)
        .webhooks.flatMap(({ webhook, review }) => (review === null ? [] : [{ webhook, ...review }]))
        .filter(({ webhook }) => webhook.entry > afterEntry)
        .slice(0, count),
    isHeld: async (numberId, waId) =>
      this.#held(numberId).webhooks.some(
        ({ webhook, review }) => webhook.waId === waId && review?.kind === 'held',
      ),
    reviewCount: async (numberId) =>
      this.#held(numberId).webhooks.filter(({ review }) => review !== null).length,
    decideReview: async (numberId, entry, { decision, atMs }) => {
      const found = this.#held(numberId).webhooks.find(({ webhook }) => webhook.entry === entry);
      if (found === undefined || found.review === null) return null;
      const item = { webhook: found.webhook, ...found.review };
      found.review = null;
      const isReleased = decision === 'release' || (decision === 'approve' && item.kind === 'held');
      if (item.kind === 'flagged') found.settledAtMs = found.webhook.state === 'waiting' ? null : atMs;
      else {
        found.webhook = { ...found.webhook, state: isReleased ? 'waiting' : 'discarded' };
        found.settledAtMs = isReleased ? null : atMs;
        const next = this.#heads(numberId).find(({ webhook }) => webhook.waId === item.webhook.waId);
        if (isReleased) found.dueAtMs = atMs;
        else if (item.kind === 'held' && next !== undefined && next.webhook.entry > entry)
          next.dueAtMs = atMs;
      }
      return item;
    },
    makeDueNow: async (numberId, nowMs) => {
      for (const head of this.#heads(numberId)) head.dueAtMs = Math.min(head.dueAtMs, nowMs);
    },
    list: async (numberId, { afterEntry, waId, state, count }) =>
      this.#held(numberId)
        .webhooks.map(({ webhook }) => webhook)
        .filter((webhook) => webhook.entry > afterEntry)
        .filter((webhook) => waId === null || webhook.waId === waId)
        .filter((webhook) => state === null || webhook.state === state)
        .slice(0, count),
    latestTried: async (numberId, waId) =>
      this.#held(numberId)
        .webhooks.map(({ webhook }) => webhook)
        .findLast((webhook) => webhook.waId === waId && webhook.attemptCount > 0) ?? null,
    redeliver: async (numberId, entry, atMs) => {
      const found = this.#held(numberId).webhooks.find(({ webhook }) => webhook.entry === entry);
      if (found === undefined) return false;
      if (found.webhook.state === 'delivered' || found.webhook.state === 'given_up') {
        found.webhook = { ...found.webhook, state: 'waiting' };
        found.dueAtMs = atMs;
        found.settledAtMs = null;
      }
      return true;
    },
  };

  async problem(): Promise<string | null> {
    return null;
  }

  async close(): Promise<void> {}

  /** The first waiting webhook of each user. */
  #heads(numberId: string): HeldWebhook[] {
    const users = new Set<WaId>();
    return this.#held(numberId).webhooks.filter(({ webhook: { state, waId }, review }) => {
      if (state !== 'waiting' || users.has(waId)) return false;
      users.add(waId);
      return review?.kind !== 'held';
    });
  }

  #held(numberId: string): Held {
    const held = this.#numbers.find(({ record }) => record.id === numberId);
    if (held === undefined) throw new NumberUnknown(numberId);
    return held;
  }
}

function isLocal({ record }: Held): boolean {
  return record.upstream === null;
}

function rowsOf(held: Held, waId: WaId): UserRows {
  const block = held.blocks.find((one) => one.waId === waId) ?? null;
  const ticks = held.ticks.get(waId);
  return {
    block,
    standing: held.standing.get(waId) ?? null,
    window:
      ticks === undefined
        ? null
        : {
            name: held.names.get(waId) ?? null,
            lastInboundMs: held.lastInboundMs.get(waId) ?? null,
            dropped: held.drops.get(waId)?.count ?? 0,
            lastDroppedMs: held.drops.get(waId)?.lastMs ?? null,
            ticks,
            lastOutboundMs: held.outboundMs.get(waId) ?? null,
            knownFromMs: held.knownFromMs.get(waId) ?? null,
          },
  };
}

function moveUser(held: Held, { from, to, atMs }: UserMove): void {
  const old = rowsOf(held, from);
  const { block, standing, window } = joinRows(rowsOf(held, to), old);
  if (old.block !== null) held.version = nextVersion(held.version, atMs, held.record.waId);
  held.blocks = held.blocks.filter(({ waId }) => waId !== from && waId !== to);
  const { standing: orders, names, lastInboundMs, drops, ticks, outboundMs, knownFromMs } = held;
  for (const map of [orders, names, lastInboundMs, drops, ticks, outboundMs, knownFromMs]) {
    map.delete(from);
    map.delete(to);
  }
  if (block !== null) held.blocks.push({ ...block, waId: to });
  held.blocks.sort((a, b) => a.position - b.position);
  if (standing !== null) held.standing.set(to, standing);
  if (window === null) return;
  held.ticks.set(to, window.ticks);
  if (window.name !== null) held.names.set(to, window.name);
  if (window.lastOutboundMs !== null) held.outboundMs.set(to, window.lastOutboundMs);
  if (window.knownFromMs !== null) held.knownFromMs.set(to, window.knownFromMs);
  if (window.lastInboundMs !== null) held.lastInboundMs.set(to, window.lastInboundMs);
  if (window.lastDroppedMs !== null)
    held.drops.set(to, { count: window.dropped, lastMs: window.lastDroppedMs });
}

function blockFacts(block: HeldBlock | undefined): BlockFacts | null {
  if (block === undefined) return null;
  const { cause, blockedAtMs: sinceMs, untilMs } = block;
  return { keyId: cause.keyId, source: cause.source, sinceMs, untilMs };
}

function found(
  search: string | null,
  { waId, name, phoneHidden }: { waId: WaId; name: string | null; phoneHidden: boolean },
  texts: readonly (string | null)[],
): boolean {
  if (search === null) return true;
  const digits = /^[+\d\s().-]+$/.test(search) ? search.replace(/\D/g, '') : '';
  if (digits !== '' && !phoneHidden && String(waId).includes(digits)) return true;
  return [name, ...texts].some((text) => text?.toLowerCase().includes(search.toLowerCase()));
}

function usernameOf(user: UserProfile | undefined): string | null {
  return user?.username == null ? null : `@${user.username.replace(/^@+/, '')}`;
}
