import {
  type ActivityQuery,
  type ActivityRow,
  activityPurgeBatch,
  type BlockDetails,
  type BlockQuery,
  type BlockRow,
  type BlockRows,
  type Bucket,
  blockSorts,
  type Decision,
  type DirectoryChange,
  directoryOf,
  type Facts,
  firstEntry,
  type HourOfTraffic,
  joinRows,
  type KeyRecord,
  type NamesWanted,
  type NumberRecord,
  type NumberState,
  type NumbersChange,
  NumberUnknown,
  nextVersion,
  type Outbox,
  type RecordsDecision,
  type RowRange,
  type StandingDetails,
  type StandingQuery,
  type Store,
  type StoreState,
  StoreUnusable,
  type Subjects,
  type UserFacts,
  type UserMove,
  type UserName,
  type UserProfile,
  type UserRows,
  type WaId,
  type Webhook,
} from '@blockhouse/engine';
import { unfinishedCopy, unfinishedSetting } from '../archive.ts';
import { ChangeBatch } from '../change-batch.ts';
import { type ListState, newListState } from '../list-state.ts';
import { type ActivityPosition, orderOf, planActivity, positionsOf, usersOf } from '../queries.ts';
import {
  readActivity,
  readBlockDetails,
  readBlockRow,
  readBlockState,
  readKey,
  readListState,
  readNumber,
  readProfile,
  readStandingDetails,
  readStandingState,
  readTraffic,
  readUserFacts,
  readUserName,
  readUserState,
  readWebhook,
  readWindowState,
} from '../rows.ts';
import { patternsOf } from '../search.ts';
import { firstOfSlices, readSlices, type Slice, slices } from '../slices.ts';
import { type BatchSubjects, GroupCommit, type OpenBatch } from './group-commit.ts';
import { type OpenDatabase, openDatabase } from './open.ts';
import { SqliteOutbox } from './outbox.ts';
import { PageCache } from './page-cache.ts';
import { prepareAll, type Statements } from './statements.ts';
import { columnsOf, writeBatch, writeList } from './write-batch.ts';
import { WriteHealth } from './write-health.ts';

/** A number with the integer that stands for it in the tables, and the state of its lists. */
interface KnownNumber {
  readonly key: number;
  readonly record: NumberRecord;
  list: ListState;
}

/** The directory of the `local` platform is part of its state. */
const localDirectory = directoryOf({ upstream: null, portfolioId: '' });

/** Opens the store in a file, or in memory with `:memory:`. */
export function openSqliteStore(path: string): SqliteStore {
  const opened = openDatabase(path);
  const unfinished = opened.db.prepare('select 1 from settings where name = ?').get(unfinishedSetting);
  if (unfinished !== undefined) {
    opened.close();
    throw new StoreUnusable(unfinishedCopy);
  }
  return new SqliteStore(opened);
}

/**
 * The embedded store: one SQLite file, one process, one connection. Numbers and keys are few and read by every
 * request, so they are held in memory; since the file is locked to this process, nobody else can change them.
 */
export class SqliteStore implements Store {
  readonly #opened: OpenDatabase;
  readonly #commits: GroupCommit;
  readonly #health: WriteHealth;
  readonly #statements: Statements;
  readonly #numbers = new Map<string, KnownNumber>();
  readonly #numberWaIds = new Set<WaId>();
  readonly #keys = new Map<string, KeyRecord>();
  readonly #pages = new PageCache();
  readonly #buckets = new Map<string, Bucket>();
  #purging: Promise<void> | null = null;
  #closing = false;
  #accessVersion = 0;
  readonly shared = false;
  readonly outbox: Outbox;

  /** @param options.checkEveryMs how often a store that refuses writes is tried while somebody asks for {@link problem}. */
  constructor(opened: OpenDatabase, { checkEveryMs }: { readonly checkEveryMs?: number } = {}) {
    this.#opened = opened;
    this.#health = new WriteHealth({ check: () => this.#writeSomething(), checkEveryMs });
    this.#commits = new GroupCommit(opened.db, {
      sync: opened.sync,
      openBatch: (numberId, wanted) => this.#openBatch(numberId, wanted),
      afterRollback: () => this.#readAll(),
      onFailure: (error) => this.#health.failed(error),
    });
    this.#statements = prepareAll(opened.db);
    this.outbox = new SqliteOutbox({
      commits: this.#commits,
      statements: this.#statements,
      keyOf: (numberId) => this.#numbers.get(numberId)?.key ?? null,
    });
    this.#readAll();
    this.#purge();
  }

  get accessVersion(): number {
    return this.#accessVersion;
  }

  async facts(numberId: string, users: readonly WaId[]): Promise<Facts> {
    const { key, record, list } = this.#known(numberId);
    const { version, size } = list;
    const found = this.#userFacts(key, users);
    return { number: record, blocklist: { version, size }, users: found, seenAtMs: new Map() };
  }

  async change<Answer>(
    numberId: string,
    subjects: Subjects,
    decide: (facts: Facts) => Decision<Answer>,
  ): Promise<Answer> {
    this.#known(numberId);
    return await this.#commits.runInBatch(numberId, { subjects }, (batch) => batch.change(subjects, decide));
  }

  async rows(numberId: string, range: RowRange): Promise<BlockRows> {
    const { key, list } = this.#known(numberId);
    return this.#pages.get(key, range, list.version, () => ({
      version: list.version,
      size: list.size,
      rows: this.#rows(key, range),
    }));
  }

  async activity(numberId: string, query: ActivityQuery): Promise<ActivityRow[]> {
    const { key } = this.#known(numberId);
    const { way, subject, filters, isFiltered, before, last } = planActivity(query);
    const { activity, activitySliceEnd } = this.#statements;
    const read = (from: ActivityPosition, to: ActivityPosition, count: number) =>
      activity[way]
        ?.all(key, subject, from.atMs, from.entry, to.atMs, to.entry, ...filters, count)
        .map(readActivity) ?? [];
    if (!isFiltered) return read(before, last, query.count);
    const cut = slices(before, {
      endOf: (from) => {
        const row = activitySliceEnd[way]?.get(key, subject, from.atMs, from.entry, last.atMs, last.entry);
        const [atMs, entry] = (row ?? []).map(Number);
        return atMs === undefined || entry === undefined ? null : { atMs, entry };
      },
      next: (to) => to,
    });
    return await readSlices(cut, query.count, ({ from, to }, left) => read(from, to ?? last, left));
  }

  async purgeActivity(numberId: string, beforeMs: number): Promise<number> {
    return this.#commits.run(() => {
      const { key } = this.#known(numberId);
      return Number(this.#statements.purgeActivity.run(key, beforeMs, activityPurgeBatch).changes);
    });
  }

  async blocks(numberId: string, query: BlockQuery): Promise<BlockDetails[]> {
    const { sort, search, waId, after, count } = query;
    const { key } = this.#known(numberId);
    const { blocksSorted, blocksSliceEnd, blockPosition } = this.#statements;
    const patterns = patternsOf(search);
    const place = [after?.value ?? null, after?.waId ?? null];
    const read = (from: number, to: number, atMost: number) =>
      blocksSorted[blockSorts.indexOf(sort)]
        ?.all(key, from, to, ...patterns, ...place, atMost)
        .map(readBlockDetails) ?? [];
    const { from: first, to: last } = positionsOf(query);
    if (waId !== null) {
      const [position] = (blockPosition.get(key, waId) ?? []).map(Number);
      const isMeant = position !== undefined && position >= first && position <= last;
      return isMeant ? read(position, position, count) : [];
    }
    const isInOrder = sort === 'blocked_at' || sort === '-blocked_at';
    if (isInOrder && search === null) return read(first, last, count);

    const isBackwards = sort === '-blocked_at';
    const cut = slices(isBackwards ? last : first, {
      endOf: (from) => {
        const [end = null] = (blocksSliceEnd[isBackwards ? 1 : 0]?.get(key, from) ?? []).map(Number);
        return end;
      },
      next: (to) => (isBackwards ? to - 1 : to + 1),
    });
    const readSlice = ({ from, to }: Slice<number>, atMost: number) =>
      isBackwards ? read(to ?? first, from, atMost) : read(from, to ?? last, atMost);
    return isInOrder
      ? await readSlices(cut, count, readSlice)
      : await firstOfSlices(cut, count, { read: (slice) => readSlice(slice, count), compare: orderOf(sort) });
  }

  async standingBlocks(numberId: string, query: StandingQuery): Promise<StandingDetails[]> {
    const { search, count } = query;
    const { key } = this.#known(numberId);
    const { standingBlocks, standingSliceEnd } = this.#statements;
    const patterns = patternsOf(search);
    const read = (from: WaId, to: WaId, atMost: number) =>
      standingBlocks.all(key, from, to, ...patterns, atMost).map(readStandingDetails);
    const { from: first, to: last } = usersOf(query);
    if (search === null) return read(first, last, count);
    const cut = slices(first, {
      endOf: (from) => (standingSliceEnd.get(key, from) ?? []).map(Number)[0] ?? null,
      next: (to) => to + 1,
    });
    return await readSlices(cut, count, ({ from, to }, left) => read(from, Math.min(to ?? last, last), left));
  }

  async standingCount(numberId: string): Promise<number> {
    return Number((this.#statements.standingCount.get(this.#known(numberId).key) ?? [])[0]);
  }

  async traffic(numberId: string, fromMs: number, toMs: number): Promise<HourOfTraffic[]> {
    return this.#statements.traffic.all(this.#known(numberId).key, fromMs, toMs).map(readTraffic);
  }

  async expired(numberId: string, nowMs: number, count: number): Promise<WaId[]> {
    const { expiredBlocks, expiredStanding } = this.#statements;
    const { key } = this.#known(numberId);
    const rows = [...expiredBlocks.all(key, nowMs, count), ...expiredStanding.all(key, nowMs, count)];
    return [...new Set(rows.map((row) => Number((row ?? [])[0])))];
  }

  async nextExpiryMs(numberId: string): Promise<number | null> {
    const { key } = this.#known(numberId);
    const { nextBlockExpiry, nextStandingExpiry } = this.#statements;
    const over = [nextBlockExpiry.get(key), nextStandingExpiry.get(key)].flatMap((row) =>
      (row ?? []).map(Number),
    );
    return over.length === 0 ? null : Math.min(...over);
  }

  async record(name: string, nowMs: number): Promise<string | null> {
    return this.#record(name, nowMs);
  }

  async putRecord(name: string, value: string, times: { nowMs: number; untilMs: number }): Promise<void> {
    await this.#commits.run(() => {
      this.#statements.purgeRecords.run(times.nowMs);
      this.#statements.putRecord.run(name, value, times.untilMs);
    });
  }

  async changeRecords<Answer>(
    names: readonly string[],
    nowMs: number,
    decide: (records: ReadonlyMap<string, string>) => RecordsDecision<Answer>,
  ): Promise<Answer> {
    return this.#commits.run(() => {
      const found = names.flatMap((name) => {
        const value = this.#record(name, nowMs);
        return value === null ? [] : [[name, value] as const];
      });
      const { answer, put } = decide(new Map(found));
      this.#statements.purgeRecords.run(nowMs);
      for (const { name, value, untilMs } of put) this.#statements.putRecord.run(name, value, untilMs);
      return answer;
    });
  }

  async problem(): Promise<string | null> {
    try {
      this.#statements.setting.get('');
    } catch {
      return 'The database cannot be read.';
    }
    return this.#health.problem();
  }

  async numbers(): Promise<readonly NumberRecord[]> {
    return [...this.#numbers.values()].map(({ record }) => record);
  }

  async number(numberId: string): Promise<NumberRecord | null> {
    return this.#numbers.get(numberId)?.record ?? null;
  }

  async changeNumbers(decide: (numbers: readonly NumberRecord[]) => NumbersChange): Promise<void> {
    await this.#commits.run(() => {
      const change = decide([...this.#numbers.values()].map(({ record }) => record));
      if ('put' in change) this.#putNumber(change.put);
      else this.#removeNumber(change.remove);
    });
    this.#purge();
  }

  async keys(): Promise<readonly KeyRecord[]> {
    return [...this.#keys.values()];
  }

  async keyByHash(hash: string): Promise<KeyRecord | null> {
    return this.#keys.get(hash) ?? null;
  }

  async addKey(record: KeyRecord): Promise<void> {
    const { id, hash, name, role, numbers, createdAtMs, expiresAtMs } = record;
    const opened = numbers === '*' ? '*' : JSON.stringify(numbers);
    await this.#commits.run(() => {
      this.#statements.addKey.run(id, hash, name, role, opened, createdAtMs, expiresAtMs);
      this.#keys.set(hash, record);
      this.#accessVersion++;
    });
  }

  async removeKey(keyId: string): Promise<boolean> {
    return this.#commits.run(() => {
      const record = [...this.#keys.values()].find(({ id }) => id === keyId);
      if (record === undefined) return false;
      this.#statements.removeKey.run(keyId);
      this.#accessVersion++;
      return this.#keys.delete(record.hash);
    });
  }

  /** Rates are held in memory: nobody else counts, and a restart takes longer than a bucket to empty. */
  bucket<Answer>(numberId: string, keyId: string, take: (bucket: Bucket) => Answer): Answer {
    const name = `${numberId} ${keyId}`;
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { emptyAtMs: 0 };
      this.#buckets.set(name, bucket);
    }
    return take(bucket);
  }

  /** There is nobody whose work could be taken over. */
  onTakeover(): void {}

  async user(waId: WaId): Promise<UserProfile | null> {
    const row = this.#statements.user.get(waId);
    return row === undefined ? null : readProfile(row);
  }

  async changeUser(waId: WaId, decide: (before: UserProfile | null) => UserProfile): Promise<void> {
    await this.#commits.run(() => {
      const row = this.#statements.user.get(waId);
      const { kind, name, username, phoneHidden } = decide(row === undefined ? null : readProfile(row));
      this.#statements.putUser.run(waId, kind, name, username, Number(phoneHidden));
      // Whether a phone is hidden shows in every list the user is on.
      this.#pages.clear();
    });
  }

  async userNames(directory: string, { names = [], users = [] }: NamesWanted): Promise<UserName[]> {
    return this.#userNames(directory, names, users);
  }

  async changeUserNames(
    directory: string,
    names: readonly string[],
    decide: (known: readonly UserName[]) => DirectoryChange,
  ): Promise<DirectoryChange> {
    return this.#commits.run(() => {
      const change = decide(this.#userNames(directory, names, []));
      for (const { name, kind, user, sinceMs, untilMs } of change.put)
        this.#statements.putUserName.run(directory, name, kind, user, sinceMs, untilMs);
      if (change.moves.length === 0) return change;
      for (const number of this.#numbers.values()) {
        if (directoryOf(number.record) !== directory) continue;
        for (const move of change.moves) this.#moveUser(number, move);
      }
      return change;
    });
  }

  async setting(name: string): Promise<string | null> {
    return this.#setting(name);
  }

  async changeSetting(name: string, decide: (before: string | null) => string): Promise<string> {
    return this.#commits.run(() => {
      const value = decide(this.#setting(name));
      this.#statements.putSetting.run(name, value);
      return value;
    });
  }

  async exportState(): Promise<StoreState> {
    const { users, allBlocks, allStanding, allWindows, allUserNames } = this.#statements;
    return {
      names: allUserNames.all(localDirectory).map(readUserName),
      users: users.all().map(readUserState),
      numbers: this.#localNumbers().map(({ key, record, list }) => ({
        record,
        listVersion: list.version,
        blocks: allBlocks.all(key).map(readBlockState),
        standing: allStanding.all(key).map(readStandingState),
        windows: allWindows.all(key).map(readWindowState),
      })),
    };
  }

  async importState(
    decide: (staying: readonly NumberRecord[]) => StoreState,
    { forget = [] }: { readonly forget?: readonly string[] } = {},
  ): Promise<void> {
    const { removeUsers, removeRecords, putUser, removeUserNames, putUserName } = this.#statements;
    await this.#commits.run(() => {
      const gone = this.#localNumbers();
      for (const { record } of gone) this.#removeNumber(record.id);
      const { names, users, numbers } = decide([...this.#numbers.values()].map(({ record }) => record));
      removeUsers.run();
      for (const prefix of forget) removeRecords.run(prefix, afterPrefix(prefix));
      this.#pages.clear();
      for (const { record } of gone) this.#forgetRates(record.id);
      removeUserNames.run(localDirectory);
      for (const { name, kind, user, sinceMs, untilMs } of names)
        putUserName.run(localDirectory, name, kind, user, sinceMs, untilMs);
      for (const { waId, profile } of users) {
        putUser.run(waId, profile.kind, profile.name, profile.username, Number(profile.phoneHidden));
      }
      for (const state of numbers) this.#importNumber(state);
    });
    this.#purge();
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#commits.drain();
    await this.#purging;
    if (this.#opened.db.isOpen) this.#opened.close();
  }

  /** Reads what is held in memory from the file: at the start, and after a rollback. */
  #readAll(): void {
    const { numbers, listStates, keys } = this.#statements;
    const lists = new Map(listStates.all().map(([key, ...state]) => [Number(key), readListState(state)]));
    this.#numbers.clear();
    this.#numberWaIds.clear();
    for (const row of numbers.all()) {
      const [key, ...columns] = row;
      const record = readNumber(columns);
      this.#learn({ key: Number(key), record, list: lists.get(Number(key)) ?? newListState(record) });
    }
    this.#accessVersion++;
    this.#keys.clear();
    for (const row of keys.all()) {
      const key = readKey(row);
      this.#keys.set(key.hash, key);
    }
  }

  #learn(number: KnownNumber): void {
    this.#accessVersion++;
    this.#numbers.set(number.record.id, number);
    this.#numberWaIds.add(number.record.waId);
  }

  #putNumber(record: NumberRecord): void {
    const known = this.#numbers.get(record.id);
    const list = known?.list ?? newListState(record);
    const { id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs } = record;
    const webhook = record.webhook === null ? null : JSON.stringify(record.webhook);
    const upstream = record.upstream === null ? null : JSON.stringify(record.upstream);
    const named = [id, waId, displayPhoneNumber, verifiedName, wabaId, portfolioId, createdAtMs];
    const said = [...named, webhook, upstream];
    const { version, size, end, activityEnd, outboxEnd } = list;
    const [key] = this.#statements.putNumber.get(...said, version, size, end, activityEnd, outboxEnd) ?? [];
    if (known !== undefined) this.#numberWaIds.delete(known.record.waId);
    this.#learn({ key: Number(key), record, list });
    if (known === undefined) this.#setList(this.#known(id), { ...list, outboxEnd: firstEntry(Number(key)) });
  }

  /** Removes a number. Its rows are removed later by {@link #purge}, since there may be millions. */
  #removeNumber(numberId: string): void {
    const { key, record } = this.#known(numberId);
    this.#statements.noteRemovedNumber.run(key);
    this.#statements.removeNumber.run(key);
    this.#accessVersion++;
    this.#numbers.delete(numberId);
    this.#numberWaIds.delete(record.waId);
  }

  /**
   * Removes what belonged to numbers that are gone, some rows a transaction. Rows that are left at the end are
   * removed at the next start.
   */
  #purge(): void {
    this.#purging ??= this.#purgeAll()
      .catch(() => {
        // The disk refused. The next write reports it, and the rows are removed at the next start.
      })
      .finally(() => {
        this.#purging = null;
      });
  }

  async #purgeAll(): Promise<void> {
    const { removedNumbers, removeRows, forgetRemovedNumber } = this.#statements;
    for (let row = removedNumbers.get(); row !== undefined && !this.#closing; row = removedNumbers.get()) {
      const key = Number((row ?? [])[0]);
      await this.#commits.run(() => {
        if (!removeRows.some((statement) => statement.run(key).changes > 0)) forgetRemovedNumber.run(key);
      });
    }
  }

  #localNumbers(): KnownNumber[] {
    return [...this.#numbers.values()].filter(({ record }) => record.upstream === null);
  }

  #importNumber({ record, listVersion, blocks, standing, windows }: NumberState): void {
    const { addBlock, placeStanding, addWindow } = this.#statements;
    if (this.#numbers.has(record.id)) throw new Error(`number ${record.id} is there already`);
    this.#putNumber(record);
    const number = this.#known(record.id);
    for (const { waId, position, blockedAtMs, cause, untilMs, droppedBefore } of blocks) {
      addBlock.run(number.key, position, waId, droppedBefore, blockedAtMs, ...columnsOf(cause), untilMs);
    }
    for (const { waId, placedAtMs, cause, untilMs } of standing) {
      placeStanding.run(number.key, waId, placedAtMs, ...columnsOf(cause), untilMs);
    }
    for (const { waId, lastInboundMs, dropped, lastDroppedMs, ticks, name } of windows) {
      addWindow.run(number.key, waId, lastInboundMs, dropped, lastDroppedMs, ticks, name);
    }
    const end = (blocks.at(-1)?.position ?? 0) + 1;
    this.#setList(number, { ...number.list, version: listVersion, size: blocks.length, end });
  }

  #record(name: string, nowMs: number): string | null {
    const [value] = this.#statements.record.get(name, nowMs) ?? [];
    return value === undefined ? null : String(value);
  }

  #forgetRates(numberId: string): void {
    for (const name of this.#buckets.keys()) if (name.startsWith(`${numberId} `)) this.#buckets.delete(name);
  }

  #userNames(directory: string, names: readonly string[], users: readonly WaId[]): UserName[] {
    const { userByName, userNamesOf } = this.#statements;
    const named = names.flatMap((name) => (userByName.get(directory, name) ?? []).map(Number));
    return [...new Set([...named, ...users])].flatMap((user) =>
      userNamesOf.all(directory, user).map(readUserName),
    );
  }

  /** Moves what a number keeps of a user to another key, where something may be kept already. */
  #moveUser(number: KnownNumber, { from, to, atMs }: UserMove): void {
    const { key } = number;
    const [old, there] = [this.#userRows(key, from), this.#userRows(key, to)];
    if (old.block === null && old.standing === null && old.window === null) return;
    const { removeBlock, endStanding, removeWindow, addBlock, placeStanding, addWindow } = this.#statements;
    for (const waId of [from, to]) {
      for (const statement of [removeBlock, endStanding, removeWindow]) statement.run(key, waId);
    }
    const { block, standing, window } = joinRows(there, old);
    if (block !== null) {
      const { position, blockedAtMs, cause, untilMs, droppedBefore } = block;
      addBlock.run(key, position, to, droppedBefore, blockedAtMs, ...columnsOf(cause), untilMs);
    }
    if (standing !== null) {
      const { placedAtMs, cause, untilMs } = standing;
      placeStanding.run(key, to, placedAtMs, ...columnsOf(cause), untilMs);
    }
    if (window !== null) {
      const { lastInboundMs, dropped, lastDroppedMs, ticks, name } = window;
      addWindow.run(key, to, lastInboundMs, dropped, lastDroppedMs, ticks, name);
    }
    if (old.block === null) return;
    const { list, record } = number;
    const size = list.size - (there.block === null ? 0 : 1);
    this.#setList(number, { ...list, size, version: nextVersion(list.version, atMs, record.waId) });
  }

  #userRows(key: number, waId: WaId): UserRows {
    const { userBlock, userStanding, userWindow } = this.#statements;
    const [block, standing, window] = [userBlock, userStanding, userWindow].map((one) => one.get(key, waId));
    return {
      block: block === undefined ? null : readBlockState(block),
      standing: standing === undefined ? null : readStandingState(standing),
      window: window === undefined ? null : readWindowState(window),
    };
  }

  #setting(name: string): string | null {
    const row = this.#statements.setting.get(name);
    return row === undefined ? null : String((row ?? [])[0]);
  }

  #known(numberId: string): KnownNumber {
    const known = this.#numbers.get(numberId);
    if (known === undefined) throw new NumberUnknown(numberId);
    return known;
  }

  /** Reads what the jobs of a number's batch ask for. */
  #openBatch(numberId: string, { subjects, entries }: BatchSubjects): OpenBatch | null {
    const number = this.#numbers.get(numberId);
    if (number === undefined) return null;
    const { key, record, list } = number;
    const batch = new ChangeBatch({
      number: record,
      list,
      users: this.#userFacts(
        key,
        subjects.flatMap(({ users }) => users),
      ),
      seenAtMs: this.#seenAtMs(
        key,
        subjects.flatMap(({ messageIds = [] }) => messageIds),
      ),
      webhooks: this.#waitingWebhooks(numberId, key, entries),
    });
    const write = () => {
      const { rows } = batch;
      if (rows === null) return false;
      writeBatch(this.#statements, key, rows);
      if (!isSameList(rows.list, list)) this.#setList(number, rows.list);
      return true;
    };
    return { batch, write };
  }

  #userFacts(key: number, users: readonly WaId[]): Map<WaId, UserFacts> {
    const found = new Map<WaId, UserFacts>();
    for (const waId of users) {
      if (found.has(waId)) continue;
      const row = this.#statements.userFacts.get(key, waId, Number(this.#numberWaIds.has(waId)));
      if (row !== undefined) found.set(...readUserFacts(row));
    }
    return found;
  }

  /** The webhooks of these entries that wait: an attempt at any other one is not recorded. */
  #waitingWebhooks(numberId: string, key: number, entries: readonly number[]): Map<number, Webhook> {
    const waiting = new Map<number, Webhook>();
    for (const entry of entries) {
      const row = this.#statements.webhook.get(key, entry);
      const webhook = row === undefined ? null : readWebhook(numberId)(row);
      if (webhook?.state === 'waiting') waiting.set(entry, webhook);
    }
    return waiting;
  }

  #seenAtMs(key: number, messageIds: readonly string[]): Map<string, number> {
    const seenAtMs = new Map<string, number>();
    for (const messageId of messageIds) {
      const [atMs] = this.#statements.messageSeen.get(key, messageId) ?? [];
      if (atMs !== null) seenAtMs.set(messageId, Number(atMs));
    }
    return seenAtMs;
  }

  /** Writes more than fits into a page, and takes it away again. */
  #writeSomething(): Promise<void> {
    return this.#commits.run(() => {
      this.#statements.putRecord.run('write check', ' '.repeat(16_384), 0);
      this.#statements.purgeRecords.run(0);
    });
  }

  #setList(number: KnownNumber, list: ListState): void {
    writeList(this.#statements, number.key, list);
    number.list = list;
  }

  #rows(key: number, { start, count, seek }: RowRange): BlockRow[] {
    const { rowsAfter, rowsBefore, rowsFrom } = this.#statements;
    if (count === 0) return [];
    if (start === 0) return rowsAfter.all(key, 0, count).map(readBlockRow);
    if (seek === null) return rowsFrom.all(key, count, start).map(readBlockRow);
    if ('after' in seek) return rowsAfter.all(key, seek.after, count).map(readBlockRow);
    return rowsBefore.all(key, seek.before, count).map(readBlockRow).reverse();
  }
}

/** The first text that is greater than all that begin with a prefix, which ends in ASCII. */
function afterPrefix(prefix: string): string {
  return `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
}

function isSameList(one: ListState, other: ListState): boolean {
  return (
    one.version === other.version &&
    one.end === other.end &&
    one.activityEnd === other.activityEnd &&
    one.outboxEnd === other.outboxEnd
  );
}
