import { setTimeout as pause } from 'node:timers/promises';
import {
  type ActivityQuery,
  type ActivityRow,
  activityPurgeBatch,
  type BlockDetails,
  type BlockQuery,
  type BlockRows,
  type Bucket,
  blockSorts,
  type Decision,
  type DirectoryChange,
  directoryOf,
  type Facts,
  firstEntry,
  type HourOfTraffic,
  type KeptRecord,
  type KeyRecord,
  type NamesWanted,
  type NumberRecord,
  type NumberState,
  type NumbersChange,
  NumberUnknown,
  type Outbox,
  type RecordsDecision,
  type RowRange,
  type StandingDetails,
  type StandingQuery,
  type Store,
  type StoreState,
  StoreUnusable,
  type Subjects,
  storeConnectionsDefault,
  storeDeadlineMs,
  type UserName,
  type UserProfile,
  type WaId,
} from '@blockhouse/engine';
import { unfinishedCopy, unfinishedSetting } from '../archive.ts';
import { newListState } from '../list-state.ts';
import { type ActivityPosition, planActivity, positionsOf, usersOf } from '../queries.ts';
import {
  type Row,
  readActivity,
  readBlockDetails,
  readBlockState,
  readKey,
  readNumber,
  readProfile,
  readStandingDetails,
  readStandingState,
  readTraffic,
  readUserFacts,
  readUserName,
  readUserState,
  readWindowState,
} from '../rows.ts';
import { patternsOf } from '../search.ts';
import { readSlices, slices } from '../slices.ts';
import { Buckets } from './buckets.ts';
import { type Ask, type ConnectionOptions, Connections } from './connections.ts';
import { GroupCommit } from './group-commit.ts';
import { Workers } from './heartbeat.ts';
import { Loader } from './loader.ts';
import { moveUsers } from './move-users.ts';
import { migrateDatabase } from './open.ts';
import { PostgresOutbox } from './outbox.ts';
import { withRetry } from './retry.ts';
import {
  activity,
  activitySliceEnd,
  blocksSorted,
  removeNumber,
  type Statement,
  statements,
} from './statements.ts';
import { storable } from './storable.ts';
import { columnsOf } from './write-batch.ts';

/** How a store in PostgreSQL is opened; only the address has no default. */
export interface PostgresOptions extends Partial<ConnectionOptions> {
  readonly url: string;
  /** How long a caller waits for a database that does not answer, in milliseconds. */
  readonly deadlineMs?: number;
  /** After which silence another process is taken for dead, in milliseconds. */
  readonly silenceMaxMs?: number;
}

const schemaDefault = 'blockhouse';

/** The directory of the `local` platform is part of its state. */
const localDirectory = directoryOf({ upstream: null, portfolioId: '' });

/** Statements are lookups in indexes: one that takes longer than this is stuck. */
const answerMsDefault = 6_000;

/** Copies, migrations and the like read and build whole tables: they take as long as those are large. */
const maintenanceMs = 60 * 60 * 1000;

/** How long closing may wait for a database that does not answer. */
const closeMs = 2_000;

/** Opens the store at an address such as `postgres://user:password@host/database`. @throws StoreUnusable */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  const all = withDefaults(options);
  await migrateDatabase(forMaintenance(options));
  const store = new PostgresStore(new Connections(all), all);
  try {
    await store.start();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The timeouts of maintenance: its statements may take long. */
export function forMaintenance(options: PostgresOptions): ReturnType<typeof withDefaults> {
  return { ...withDefaults(options), answerMs: maintenanceMs };
}

export function withDefaults(options: PostgresOptions): ConnectionOptions & { readonly deadlineMs: number } {
  return {
    schema: schemaDefault,
    connectionsMax: storeConnectionsDefault,
    answerMs: answerMsDefault,
    deadlineMs: storeDeadlineMs,
    ...options,
  };
}

/**
 * The store of any number of processes: PostgreSQL, which holds everything. Nothing is cached, so all processes agree at
 * once; what makes it fast is that work which arrives together travels together.
 */
export class PostgresStore implements Store {
  readonly shared = true;
  readonly accessVersion = null;
  readonly outbox: Outbox;
  readonly #connections: Connections;
  readonly #deadlineMs: number;
  readonly #commits: GroupCommit;
  readonly #workers: Workers;
  readonly #buckets: Buckets;
  readonly #numbersById: Loader<NumberRecord>;
  readonly #keysByHash: Loader<KeyRecord>;
  readonly #settings: Loader<string>;
  readonly #takeoverListeners = new Set<() => void>();
  readonly #closing = new AbortController();

  constructor(connections: Connections, options: { deadlineMs: number; silenceMaxMs?: number | undefined }) {
    this.#connections = connections;
    this.#deadlineMs = options.deadlineMs;
    this.#workers = new Workers({
      connections,
      heirs: {
        takeOver: async () => {
          for (const listener of this.#takeoverListeners) listener();
        },
        deadForGood: (workers) => this.#forgetMarks(workers),
      },
      silenceMaxMs: options.silenceMaxMs,
    });
    const worker = this.#workers.id;
    this.#commits = new GroupCommit({
      connections,
      worker,
      deadlineMs: options.deadlineMs,
      closing: this.#closing.signal,
    });
    this.outbox = new PostgresOutbox({
      connections,
      commits: this.#commits,
      worker,
      patiently: (work) => this.#patiently(work),
    });
    this.#buckets = new Buckets((...question) => this.#tell(...question));
    this.#numbersById = this.#loader(statements.numbersById, readNumber, ({ id }) => id);
    this.#keysByHash = this.#loader(statements.keysByHash, readKey, ({ hash }) => hash);
    const readSetting = ([name, value]: Row) => ({ name: String(name), value: String(value) });
    const settings = this.#reader(statements.settingsByName, readSetting, ({ name }) => name);
    this.#settings = new Loader(async (names, waitedMs) => {
      return new Map([...(await settings(names, waitedMs))].map(([name, { value }]) => [name, value]));
    });
  }

  /** Makes this process known to the others. @throws StoreUnusable when a copy into this store was not finished. */
  async start(): Promise<void> {
    if ((await this.setting(unfinishedSetting)) !== null) throw new StoreUnusable(unfinishedCopy);
    await this.#patiently(() => this.#workers.beat());
  }

  onTakeover(listener: () => void): void {
    this.#takeoverListeners.add(listener);
  }

  async facts(numberId: string, users: readonly WaId[]): Promise<Facts> {
    const [[number], [list], found] = await this.#patiently(() =>
      Promise.all([
        this.#connections.read(statements.number, [numberId]),
        this.#connections.read(statements.listState, [numberId]),
        this.#connections.read(statements.userFacts, [numberId, users]),
      ]),
    );
    if (number === undefined || list === undefined) throw new NumberUnknown(numberId);
    const [version, size] = list as [number, number];
    return {
      number: readNumber(number),
      blocklist: { version, size },
      users: new Map(found.map(readUserFacts)),
      seenAtMs: new Map(),
    };
  }

  change<Answer>(
    numberId: string,
    subjects: Subjects,
    decide: (facts: Facts) => Decision<Answer>,
  ): Promise<Answer> {
    return this.#commits.change(numberId, subjects, decide);
  }

  async rows(numberId: string, { start, count, seek }: RowRange): Promise<BlockRows> {
    const question: Parameters<Ask> =
      start === 0
        ? [statements.rowsAfter, [numberId, 0, count]]
        : seek === null
          ? [statements.rowsFrom, [numberId, start, count]]
          : 'after' in seek
            ? [statements.rowsAfter, [numberId, seek.after, count]]
            : [statements.rowsBefore, [numberId, seek.before, count]];
    const found = await this.#ask(...question);
    const [first] = found;
    if (first === undefined) throw new NumberUnknown(numberId);
    const [version, size] = first as [number, number];
    const rows = found.flatMap(([, , waId, position, phoneHidden]) =>
      waId === null
        ? []
        : [{ waId: waId as number, position: position as number, phoneHidden: phoneHidden as boolean }],
    );
    return { version, size, rows };
  }

  async activity(numberId: string, query: ActivityQuery): Promise<ActivityRow[]> {
    await this.#requireNumber(numberId);
    const { way, subject, filters, isFiltered, before, last } = planActivity(query);
    const [find, findEnd] = [activity[way], activitySliceEnd[way]] as [Statement, Statement];
    const stored = [typeof subject === 'string' ? storable(subject) : subject, ...filters.map(storable)];
    const [first, ...rest] = stored;
    const read = async (from: ActivityPosition, to: ActivityPosition, count: number) => {
      const places = [from.atMs, from.entry, to.atMs, to.entry];
      return (await this.#ask(find, [numberId, first, ...places, ...rest, count])).map(readActivity);
    };
    if (!isFiltered) return await read(before, last, query.count);
    const cut = slices(before, {
      endOf: async (from) => {
        const places = [from.atMs, from.entry, last.atMs, last.entry];
        const [end] = await this.#ask(findEnd, [numberId, first, ...places]);
        return end === undefined ? null : { atMs: Number(end[0]), entry: Number(end[1]) };
      },
      next: (to) => to,
    });
    return await readSlices(cut, query.count, ({ from, to }, left) => read(from, to ?? last, left));
  }

  async purgeActivity(numberId: string, beforeMs: number): Promise<number> {
    await this.#requireNumber(numberId);
    const [row] = await this.#tell(statements.purgeActivity, [numberId, beforeMs, activityPurgeBatch]);
    return Number(row?.[0]);
  }

  async blocks(numberId: string, query: BlockQuery): Promise<BlockDetails[]> {
    await this.#requireNumber(numberId);
    const { sort, search, waId, after, count } = query;
    const statement = blocksSorted[blockSorts.indexOf(sort)] as Statement;
    let { from, to } = positionsOf(query);
    if (waId !== null) {
      const [row] = await this.#ask(statements.blockPosition, [numberId, waId]);
      const position = Number(row?.[0] ?? 0);
      [from, to] = [Math.max(from, position), Math.min(to, position)];
    }
    const isInOrder = sort === 'blocked_at' || sort === '-blocked_at';
    const place = isInOrder ? [null, null] : [after?.value ?? null, after?.waId ?? null];
    const patterns = patternsOf(storable(search));
    const rows = await this.#ask(statement, [numberId, from, to, ...patterns, ...place, count]);
    return rows.map(readBlockDetails);
  }

  async standingBlocks(numberId: string, query: StandingQuery): Promise<StandingDetails[]> {
    await this.#requireNumber(numberId);
    const { search, count } = query;
    const patterns = patternsOf(storable(search));
    const read = async (from: WaId, to: WaId, atMost: number) => {
      const values = [numberId, from, to, ...patterns, atMost];
      return (await this.#ask(statements.standingBlocks, values)).map(readStandingDetails);
    };
    const { from: first, to: last } = usersOf(query);
    if (search === null) return await read(first, last, count);
    const cut = slices(first, {
      endOf: async (from) => {
        const [end] = await this.#ask(statements.standingSliceEnd, [numberId, from]);
        return end === undefined ? null : Number(end[0]);
      },
      next: (to) => to + 1,
    });
    return await readSlices(cut, count, ({ from, to }, left) => read(from, Math.min(to ?? last, last), left));
  }

  async standingCount(numberId: string): Promise<number> {
    const [row] = await this.#ask(statements.standingCount, [numberId]);
    return Number(row?.[0]);
  }

  async traffic(numberId: string, fromMs: number, toMs: number): Promise<HourOfTraffic[]> {
    await this.#requireNumber(numberId);
    return (await this.#ask(statements.traffic, [numberId, fromMs, toMs])).map(readTraffic);
  }

  async expired(numberId: string, nowMs: number, count: number): Promise<WaId[]> {
    const [blocks, standing] = await Promise.all([
      this.#ask(statements.expiredBlocks, [numberId, nowMs, count]),
      this.#ask(statements.expiredStanding, [numberId, nowMs, count]),
    ]);
    return [...new Set([...blocks, ...standing].map(([waId]) => waId as number))];
  }

  async nextExpiryMs(numberId: string): Promise<number | null> {
    const [blocks, standing] = await Promise.all([
      this.#ask(statements.nextBlockExpiry, [numberId]),
      this.#ask(statements.nextStandingExpiry, [numberId]),
    ]);
    const over = [...blocks, ...standing].map(([untilMs]) => untilMs as number);
    return over.length === 0 ? null : Math.min(...over);
  }

  async record(name: string, nowMs: number): Promise<string | null> {
    const [row] = await this.#ask(statements.record, [storable(name), nowMs]);
    return row === undefined ? null : String(row[0]);
  }

  async putRecord(name: string, value: string, times: { nowMs: number; untilMs: number }): Promise<void> {
    await this.#tell(statements.purgeRecords, [times.nowMs]);
    await this.#tell(statements.putRecord, [storable(name), storable(value), times.untilMs]);
  }

  async changeRecords<Answer>(
    names: readonly string[],
    nowMs: number,
    decide: (records: ReadonlyMap<string, string>) => RecordsDecision<Answer>,
  ): Promise<Answer> {
    await this.#tell(statements.purgeRecords, [nowMs]);
    const stored = names.map(storable);
    return await this.#transaction(async (ask) => {
      ask(statements.lockRecords, [stored]);
      const rows = await ask(statements.recordsByName, [stored, nowMs]);
      const values = new Map(rows.map(([name, value]) => [String(name), String(value)]));
      const found = names.flatMap((name) => {
        const value = values.get(storable(name));
        return value === undefined ? [] : [[name, value] as const];
      });
      const { answer, put } = decide(new Map(found));
      if (put.length > 0) await putRecords(ask, put);
      return answer;
    });
  }

  async numbers(): Promise<readonly NumberRecord[]> {
    return (await this.#ask(statements.numbers)).map(readNumber);
  }

  number(numberId: string): Promise<NumberRecord | null> {
    return this.#numbersById.load(numberId);
  }

  async changeNumbers(decide: (numbers: readonly NumberRecord[]) => NumbersChange): Promise<void> {
    await this.#inTurn('numbers', async (ask) => {
      const known = (await ask(statements.numbers)).map(readNumber);
      const change = decide(known);
      if ('put' in change) await putNumber(ask, change.put, known);
      else {
        if (!known.some(({ id }) => id === change.remove)) throw new NumberUnknown(change.remove);
        await removeAll(ask, change.remove);
      }
    });
  }

  async keys(): Promise<readonly KeyRecord[]> {
    return (await this.#ask(statements.keys)).map(readKey);
  }

  keyByHash(hash: string): Promise<KeyRecord | null> {
    return this.#keysByHash.load(hash);
  }

  async addKey({ id, hash, name, role, numbers, createdAtMs, expiresAtMs }: KeyRecord): Promise<void> {
    const opened = numbers === '*' ? '*' : JSON.stringify(numbers);
    const said = [id, hash, storable(name), role, opened, createdAtMs, expiresAtMs];
    await this.#inTurn('keys', (ask) => ask(statements.addKey, said));
  }

  async removeKey(keyId: string): Promise<boolean> {
    return (await this.#inTurn('keys', (ask) => ask(statements.removeKey, [keyId]))).length > 0;
  }

  bucket<Answer>(numberId: string, keyId: string, take: (bucket: Bucket) => Answer): Promise<Answer> {
    return this.#buckets.take(numberId, keyId, take);
  }

  async user(waId: WaId): Promise<UserProfile | null> {
    const [row] = await this.#ask(statements.user, [waId]);
    return row === undefined ? null : readProfile(row);
  }

  async changeUser(waId: WaId, decide: (before: UserProfile | null) => UserProfile): Promise<void> {
    await this.#inTurn(`user ${waId}`, async (ask) => {
      const [row] = await ask(statements.user, [waId]);
      await putUsers(ask, [{ waId, profile: decide(row === undefined ? null : readProfile(row)) }]);
    });
  }

  async userNames(directory: string, { names = [], users = [] }: NamesWanted): Promise<UserName[]> {
    const wanted = [storable(directory), names.map(storable), users];
    return (await this.#ask(statements.userNames, wanted)).map(readUserName);
  }

  changeUserNames(
    directory: string,
    names: readonly string[],
    decide: (known: readonly UserName[]) => DirectoryChange,
  ): Promise<DirectoryChange> {
    const place = storable(directory);
    return this.#inTurn(`directory ${place}`, async (ask) => {
      const rows = await ask(statements.userNames, [place, names.map(storable), []]);
      const change = decide(rows.map(readUserName));
      if (change.put.length > 0) await putUserNames(ask, place, change.put);
      if (change.moves.length === 0) return change;
      const numbers = (await ask(statements.numbers)).map(readNumber);
      for (const number of numbers.filter((one) => storable(directoryOf(one)) === place))
        await moveUsers(ask, number, change.moves);
      return change;
    });
  }

  setting(name: string): Promise<string | null> {
    return this.#settings.load(name);
  }

  changeSetting(name: string, decide: (before: string | null) => string): Promise<string> {
    return this.#inTurn(`setting ${name}`, async (ask) => {
      const [row] = await ask(statements.settingsByName, [[name]]);
      const value = decide(row === undefined ? null : String(row[1]));
      await ask(statements.putSetting, [name, value]);
      return value;
    });
  }

  async exportState(): Promise<StoreState> {
    const users = (await this.#ask(statements.users)).map(readUserState);
    const numbers: NumberState[] = [];
    for (const record of await this.numbers())
      if (record.upstream === null) numbers.push(await this.#exportNumber(record));
    const names = (await this.#ask(statements.allUserNames, [localDirectory])).map(readUserName);
    return { names, users, numbers };
  }

  /** The one transaction that spans numbers: a sandbox's state is replaced whole or not at all. */
  async importState(
    decide: (staying: readonly NumberRecord[]) => StoreState,
    { forget = [] }: { readonly forget?: readonly string[] } = {},
  ): Promise<void> {
    await this.#inTurn('numbers', async (ask) => {
      const known = (await ask(statements.numbers)).map(readNumber);
      const { names, users, numbers } = decide(known.filter(({ upstream }) => upstream !== null));
      for (const { id, upstream } of known) if (upstream === null) await removeAll(ask, id);
      await ask(statements.removeUsers);
      for (const prefix of forget) await ask(statements.removeRecords, [prefix]);
      await putUsers(ask, users);
      await ask(statements.removeUserNames, [localDirectory]);
      await putUserNames(ask, localDirectory, names);
      for (const state of numbers) await importNumber(ask, state);
    });
  }

  async problem(): Promise<string | null> {
    return this.#workers.problem();
  }

  /** Ends within seconds, whether or not the database answers. */
  async close(): Promise<void> {
    this.#closing.abort();
    const closed = (async () => {
      await this.#commits.drain();
      await this.#workers.close();
      await this.#connections.close();
    })();
    const deadline = new AbortController();
    await Promise.race([
      closed,
      pause(closeMs, undefined, { ref: false, signal: deadline.signal }).catch(() => {}),
    ]);
    deadline.abort();
  }

  async #exportNumber(record: NumberRecord): Promise<NumberState> {
    const [[list], blocks, standing, windows] = await this.#patiently(() =>
      this.#connections.transaction((ask) =>
        Promise.all([
          ask(statements.listState, [record.id]),
          ask(statements.allBlocks, [record.id]),
          ask(statements.allStanding, [record.id]),
          ask(statements.allWindows, [record.id]),
        ]),
      ),
    );
    return {
      record,
      listVersion: Number(list?.[0]),
      blocks: blocks.map(readBlockState),
      standing: standing.map(readStandingState),
      windows: windows.map(readWindowState),
    };
  }

  async #requireNumber(numberId: string): Promise<void> {
    if ((await this.number(numberId)) === null) throw new NumberUnknown(numberId);
  }

  /** The marks of processes that have long been gone. */
  async #forgetMarks(workers: readonly string[]): Promise<void> {
    for (const { id } of await this.numbers()) await this.#tell(statements.purgeMarks, [id, workers]);
  }

  /** Changes of what belongs to no number, one after the other. */
  #inTurn<Answer>(what: string, work: (ask: Ask) => Promise<Answer>): Promise<Answer> {
    return this.#transaction(async (ask) => {
      ask(statements.lockGlobal, [what]);
      return await work(ask);
    });
  }

  #transaction<Answer>(work: (ask: Ask) => Promise<Answer>): Promise<Answer> {
    return this.#patiently(() => this.#connections.transaction(work));
  }

  #loader<Value>(
    statement: Parameters<Ask>[0],
    read: (row: Row) => Value,
    nameOf: (value: Value) => string,
  ): Loader<Value> {
    return new Loader(this.#reader(statement, read, nameOf));
  }

  #reader<Value>(
    statement: Parameters<Ask>[0],
    read: (row: Row) => Value,
    nameOf: (value: Value) => string,
  ): (names: readonly string[], waitedMs: number) => Promise<ReadonlyMap<string, Value>> {
    return async (names, waitedMs) => {
      const work = () => this.#connections.read(statement, [names.map(storable)]);
      const rows = await this.#patiently(work, waitedMs);
      return new Map(rows.map(read).map((value) => [nameOf(value), value]));
    };
  }

  #ask(...question: Parameters<Ask>): ReturnType<Ask> {
    return this.#patiently(() => this.#connections.read(...question));
  }

  #tell(...question: Parameters<Ask>): ReturnType<Ask> {
    return this.#patiently(() => this.#connections.write(...question));
  }

  /** @param waitedMs how long the caller has waited already. */
  #patiently<Answer>(work: () => Promise<Answer>, waitedMs = 0): Promise<Answer> {
    return withRetry(work, { deadlineMs: this.#deadlineMs - waitedMs, closing: this.#closing.signal });
  }
}

async function putNumber(ask: Ask, record: NumberRecord, known: readonly NumberRecord[]): Promise<void> {
  const { id, waId, createdAtMs } = record;
  const [wabaId, displayPhoneNumber, verifiedName, portfolioId] = [
    storable(record.wabaId),
    storable(record.displayPhoneNumber),
    storable(record.verifiedName),
    storable(record.portfolioId),
  ];
  const webhook = record.webhook === null ? null : JSON.stringify(record.webhook);
  const upstream = record.upstream === null ? null : JSON.stringify(record.upstream);
  if (known.some((number) => number.id === id)) {
    const said = [id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, webhook, upstream];
    await ask(statements.changeNumber, said);
    return;
  }
  const named = [id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs];
  const said = [...named, webhook, upstream];
  const [made] = await ask(statements.addNumber, said);
  const { version, size, end, activityEnd, outboxEnd } = newListState(record, firstEntry(Number(made?.[0])));
  await ask(statements.addList, [id, version, size, end, activityEnd, outboxEnd]);
}

/** Removes a number with everything that belongs to it. */
async function removeAll(ask: Ask, numberId: string): Promise<void> {
  for (const statement of removeNumber) {
    let gone = 0;
    do {
      const [row] = await ask(statement, [numberId]);
      gone = Number(row?.[0]);
    } while (gone > 0);
  }
}

/** One row for each name: of several, the last counts. */
async function putRecords(ask: Ask, put: readonly KeptRecord[]): Promise<void> {
  const rows = [...new Map(put.map((record) => [storable(record.name), record])).entries()];
  await ask(statements.putRecords, [
    rows.map(([name]) => name),
    rows.map(([, { value }]) => storable(value)),
    rows.map(([, { untilMs }]) => untilMs),
  ]);
}

async function putUserNames(ask: Ask, directory: string, names: readonly UserName[]): Promise<void> {
  await ask(statements.putUserNames, [
    directory,
    names.map(({ name }) => storable(name)),
    names.map(({ kind }) => kind),
    names.map(({ user }) => user),
    names.map(({ sinceMs }) => sinceMs),
    names.map(({ untilMs }) => untilMs),
  ]);
}

async function putUsers(ask: Ask, users: StoreState['users']): Promise<void> {
  await ask(statements.putUsers, [
    users.map(({ waId }) => waId),
    users.map(({ profile }) => profile.kind),
    users.map(({ profile }) => storable(profile.name)),
    users.map(({ profile }) => storable(profile.username)),
    users.map(({ profile }) => profile.phoneHidden),
  ]);
}

async function importNumber(
  ask: Ask,
  { record, listVersion, blocks, standing, windows }: NumberState,
): Promise<void> {
  await putNumber(ask, record, []);
  await ask(statements.addBlocks, [
    record.id,
    blocks.map(({ position }) => position),
    blocks.map(({ waId }) => waId),
    blocks.map(({ blockedAtMs }) => blockedAtMs),
    ...columnsOf(blocks.map(({ cause }) => cause)),
    blocks.map(({ untilMs }) => untilMs),
    blocks.map(({ droppedBefore }) => droppedBefore),
  ]);
  await ask(statements.placeStanding, [
    record.id,
    standing.map(({ waId }) => waId),
    standing.map(({ placedAtMs }) => placedAtMs),
    ...columnsOf(standing.map(({ cause }) => cause)),
    standing.map(({ untilMs }) => untilMs),
  ]);
  await ask(statements.putWindows, [
    record.id,
    windows.map(({ waId }) => waId),
    windows.map(({ lastInboundMs }) => lastInboundMs),
    windows.map(({ dropped }) => dropped),
    windows.map(({ lastDroppedMs }) => lastDroppedMs),
    windows.map(({ ticks }) => ticks),
    windows.map(({ name }) => storable(name)),
  ]);
  await ask(statements.importList, [
    record.id,
    listVersion,
    blocks.length,
    (blocks.at(-1)?.position ?? 0) + 1,
  ]);
}
