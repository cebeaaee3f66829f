import {
  type ActivityQuery,
  type ActivityRow,
  activityPurgeBatch,
  type BlockDetails,
  type BlockQuery,
  type BlockRows,
  type Bucket,
  type BulkRunStore,
  type Decision,
  type DirectoryChange,
  directoryOf,
  type Facts,
  type HourOfTraffic,
  type KeptMessages,
  type KeyRecord,
  type NamesWanted,
  type NumberRecord,
  type NumberState,
  type NumbersChange,
  type Outbox,
  type RowRange,
  type RuleHour,
  type SessionStore,
  type StandingDetails,
  type StandingQuery,
  type Store,
  type StoreState,
  StoreUnusable,
  type Subjects,
  type UserFacts,
  type UserName,
  type UserProfile,
  type WaId,
  type Webhook,
} from '@blockhouse/engine';
import { unfinishedCopy, unfinishedSetting } from '../archive.ts';
import { ChangeBatch } from '../change-batch.ts';
import type { ListState } from '../list-state.ts';
import {
  readProfile,
  readRuleHour,
  readTraffic,
  readUserFacts,
  readUserName,
  readUserState,
  readWebhook,
} from '../rows.ts';
import { SqliteBulkRuns } from './bulk-runs.ts';
import { type BatchSubjects, GroupCommit, type OpenBatch } from './group-commit.ts';
import { SqliteKeptMessages } from './kept-messages.ts';
import { addRows, allRows } from './list-rows.ts';
import { type OpenDatabase, openDatabase } from './open.ts';
import { SqliteOutbox } from './outbox.ts';
import { PageCache } from './page-cache.ts';
import { Purge } from './purge.ts';
import { Registry } from './registry.ts';
import { findActivity, findBlocks, findRows, findStandingBlocks } from './searches.ts';
import { SqliteSessions } from './sessions.ts';
import { prepareAll, type Statements } from './statements.ts';
import { findUserNames, moveUser } from './users.ts';
import { writeBatch } from './write-batch.ts';
import { WriteHealth } from './write-health.ts';

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

/** The embedded store: one SQLite file, one process, one connection. */
export class SqliteStore implements Store {
  readonly #opened: OpenDatabase;
  readonly #commits: GroupCommit;
  readonly #health: WriteHealth;
  readonly #statements: Statements;
  readonly #registry: Registry;
  readonly #purge: Purge;
  readonly #pages = new PageCache();
  readonly #buckets = new Map<string, Bucket>();
  readonly shared = false;
  readonly outbox: Outbox;
  readonly sessions: SessionStore;
  readonly bulkRuns: BulkRunStore;
  readonly keptMessages: KeptMessages;

  /** @param options.checkEveryMs how often a store that refuses writes is tried while somebody asks for {@link problem}. */
  constructor(opened: OpenDatabase, { checkEveryMs }: { readonly checkEveryMs?: number } = {}) {
    this.#opened = opened;
    this.#health = new WriteHealth({ check: () => this.#checkWrite(), checkEveryMs });
    this.#commits = new GroupCommit(opened.db, {
      sync: opened.sync,
      openBatch: (numberId, wanted) => this.#openBatch(numberId, wanted),
      afterRollback: () => this.#registry.readAll(),
      onFailure: (error) => this.#health.failed(error),
    });
    this.#statements = prepareAll(opened.db);
    this.#registry = new Registry(this.#statements);
    const parts = { commits: this.#commits, statements: this.#statements };
    const keyOf = (numberId: string) => this.#registry.find(numberId)?.key ?? null;
    this.outbox = new SqliteOutbox({ ...parts, keyOf });
    this.keptMessages = new SqliteKeptMessages({ ...parts, keyOf });
    this.sessions = new SqliteSessions(parts);
    this.bulkRuns = new SqliteBulkRuns(parts);
    this.#purge = new Purge(parts);
    this.#purge.start();
  }

  get accessVersion(): number {
    return this.#registry.version;
  }

  async facts(numberId: string, users: readonly WaId[]): Promise<Facts> {
    const { key, record, list } = this.#registry.get(numberId);
    const { version, size } = list;
    const found = this.#userFacts(key, users);
    return { number: record, blocklist: { version, size }, users: found, seenAtMs: new Map() };
  }

  async change<Answer>(
    numberId: string,
    subjects: Subjects,
    decide: (facts: Facts) => Decision<Answer>,
  ): Promise<Answer> {
    this.#registry.get(numberId);
    return await this.#commits.runInBatch(numberId, { subjects }, (batch) => batch.change(subjects, decide));
  }

  async rows(numberId: string, range: RowRange): Promise<BlockRows> {
    const { key, list } = this.#registry.get(numberId);
    const { version, size } = list;
    return this.#pages.get(key, range, version, () => ({
      version,
      size,
      rows: findRows(this.#statements, key, range),
    }));
  }

  async activity(numberId: string, query: ActivityQuery): Promise<ActivityRow[]> {
    return await findActivity(this.#statements, this.#registry.get(numberId).key, query);
  }

  async purgeActivity(numberId: string, beforeMs: number): Promise<number> {
    return this.#commits.run(() => {
      const { key } = this.#registry.get(numberId);
      return Number(this.#statements.purgeActivity.run(key, beforeMs, activityPurgeBatch).changes);
    });
  }

  async blocks(numberId: string, query: BlockQuery): Promise<BlockDetails[]> {
    return await findBlocks(this.#statements, this.#registry.get(numberId).key, query);
  }

  async standingBlocks(numberId: string, query: StandingQuery): Promise<StandingDetails[]> {
    return await findStandingBlocks(this.#statements, this.#registry.get(numberId).key, query);
  }

  async standingCount(numberId: string): Promise<number> {
    return Number((this.#statements.standingCount.get(this.#registry.get(numberId).key) ?? [])[0]);
  }

  async ruleCounts(numberId: string, fromMs: number, toMs: number): Promise<RuleHour[]> {
    const { key } = this.#registry.get(numberId);
    return this.#statements.ruleCounts.all(key, fromMs, toMs).map(readRuleHour);
  }

  async traffic(numberId: string, fromMs: number, toMs: number): Promise<HourOfTraffic[]> {
    return this.#statements.traffic.all(this.#registry.get(numberId).key, fromMs, toMs).map(readTraffic);
  }

  async expired(numberId: string, nowMs: number, count: number): Promise<WaId[]> {
    const { expiredBlocks, expiredStanding } = this.#statements;
    const { key } = this.#registry.get(numberId);
    const rows = [...expiredBlocks.all(key, nowMs, count), ...expiredStanding.all(key, nowMs, count)];
    return [...new Set(rows.map((row) => Number((row ?? [])[0])))];
  }

  async nextExpiryMs(numberId: string): Promise<number | null> {
    const { key } = this.#registry.get(numberId);
    const { nextBlockExpiry, nextStandingExpiry } = this.#statements;
    const over = [nextBlockExpiry.get(key), nextStandingExpiry.get(key)].flatMap((row) =>
      (row ?? []).map(Number),
    );
    return over.length === 0 ? null : Math.min(...over);
  }

  async callbackData(numberId: string, messageId: string): Promise<string | null> {
    const key = this.#registry.find(numberId)?.key ?? null;
    const [value = null] = this.#statements.callbackData.get(key, messageId) ?? [];
    return value as string | null;
  }

  async lastWebhookMs(numberId: string): Promise<number | null> {
    const key = this.#registry.find(numberId)?.key ?? null;
    const [atMs = null] = this.#statements.lastWebhook.get(key) ?? [];
    return atMs as number | null;
  }

  async putLastWebhook(numberId: string, atMs: number): Promise<void> {
    await this.#commits.run(() => {
      const key = this.#registry.find(numberId)?.key;
      if (key !== undefined) this.#statements.putLastWebhook.run(key, atMs);
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
    return this.#records();
  }

  async number(numberId: string): Promise<NumberRecord | null> {
    return this.#registry.find(numberId)?.record ?? null;
  }

  async changeNumbers(decide: (numbers: readonly NumberRecord[]) => NumbersChange): Promise<void> {
    await this.#commits.run(() => {
      const change = decide(this.#records());
      if ('put' in change) this.#registry.putNumber(change.put);
      else this.#registry.removeNumber(change.remove);
    });
    this.#purge.start();
  }

  async keys(): Promise<readonly KeyRecord[]> {
    return this.#registry.keys();
  }

  async keyByHash(hash: string): Promise<KeyRecord | null> {
    return this.#registry.keyByHash(hash);
  }

  async addKey(record: KeyRecord): Promise<void> {
    await this.#commits.run(() => this.#registry.addKey(record));
  }

  async removeKey(keyId: string): Promise<boolean> {
    return this.#commits.run(() => this.#registry.removeKey(keyId));
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
    return findUserNames(this.#statements, directory, { names, users });
  }

  async changeUserNames(
    directory: string,
    names: readonly string[],
    decide: (known: readonly UserName[]) => DirectoryChange,
  ): Promise<DirectoryChange> {
    return this.#commits.run(() => {
      const change = decide(findUserNames(this.#statements, directory, { names, users: [] }));
      this.#putUserNames(directory, change.put);
      if (change.moves.length === 0) return change;
      for (const number of this.#registry.numbers()) {
        if (directoryOf(number.record) !== directory) continue;
        for (const move of change.moves) {
          const list = moveUser(this.#statements, number, move);
          if (list !== number.list) this.#registry.setList(number, list);
        }
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
    const { users, allUserNames } = this.#statements;
    return {
      names: allUserNames.all(localDirectory).map(readUserName),
      users: users.all().map(readUserState),
      numbers: this.#registry.localNumbers().map(({ key, record, list }) => ({
        record,
        listVersion: list.version,
        ...allRows(this.#statements, key),
      })),
    };
  }

  async importState(decide: (staying: readonly NumberRecord[]) => StoreState): Promise<void> {
    const { removeUsers, putUser, removeUserNames, removeBulkRuns, removeBulkResults } = this.#statements;
    await this.#commits.run(() => {
      const removed = this.#registry.localNumbers();
      for (const { record } of removed) this.#registry.removeNumber(record.id);
      const { names, users, numbers } = decide(this.#records());
      removeBulkRuns.run();
      removeBulkResults.run();
      removeUsers.run();
      this.#pages.clear();
      for (const { record } of removed) this.#removeBuckets(record.id);
      removeUserNames.run(localDirectory);
      this.#putUserNames(localDirectory, names);
      for (const { waId, profile } of users)
        putUser.run(waId, profile.kind, profile.name, profile.username, Number(profile.phoneHidden));
      for (const state of numbers) this.#importNumber(state);
    });
    this.#purge.start();
  }

  async close(): Promise<void> {
    const purged = this.#purge.close();
    await this.#commits.drain();
    await purged;
    if (this.#opened.db.isOpen) this.#opened.close();
  }

  #records(): NumberRecord[] {
    return this.#registry.numbers().map(({ record }) => record);
  }

  #importNumber({ record, listVersion, ...rows }: NumberState): void {
    if (this.#registry.find(record.id) !== null) throw new Error(`number ${record.id} is there already`);
    const number = this.#registry.putNumber(record);
    addRows(this.#statements, number.key, rows);
    const end = (rows.blocks.at(-1)?.position ?? 0) + 1;
    this.#registry.setList(number, { ...number.list, version: listVersion, size: rows.blocks.length, end });
  }

  #putUserNames(directory: string, rows: readonly UserName[]): void {
    for (const { name, kind, user, sinceMs, untilMs } of rows)
      this.#statements.putUserName.run(directory, name, kind, user, sinceMs, untilMs);
  }

  #removeBuckets(numberId: string): void {
    for (const name of this.#buckets.keys()) if (name.startsWith(`${numberId} `)) this.#buckets.delete(name);
  }

  #setting(name: string): string | null {
    const [value = null] = this.#statements.setting.get(name) ?? [];
    return value as string | null;
  }

  /** Reads what the jobs of a number's batch ask for. */
  #openBatch(numberId: string, { subjects, entries }: BatchSubjects): OpenBatch | null {
    const number = this.#registry.find(numberId);
    if (number === null) return null;
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
      if (!isSameList(rows.list, list)) this.#registry.setList(number, rows.list);
      return true;
    };
    return { batch, write };
  }

  #userFacts(key: number, users: readonly WaId[]): Map<WaId, UserFacts> {
    const found = new Map<WaId, UserFacts>();
    for (const waId of users) {
      if (found.has(waId)) continue;
      const row = this.#statements.userFacts.get(key, waId, Number(this.#registry.isNumber(waId)));
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

  /** Two commits: within one, pages that are freed again would not be written. */
  async #checkWrite(): Promise<void> {
    await this.#commits.run(() => this.#statements.checkWrite.run());
    await this.#commits.run(() => this.#statements.removeWriteCheck.run());
  }
}

function isSameList(one: ListState, other: ListState): boolean {
  return (
    one.version === other.version &&
    one.end === other.end &&
    one.activityEnd === other.activityEnd &&
    one.outboxEnd === other.outboxEnd
  );
}
