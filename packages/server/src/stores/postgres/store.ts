import { setTimeout as pause } from 'node:timers/promises';
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
  NumberUnknown,
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
  type UserName,
  type UserProfile,
  type WaId,
} from '@blockhouse/engine';
import { unfinishedCopy, unfinishedSetting } from '../archive.ts';
import {
  type Row,
  readKey,
  readNumber,
  readProfile,
  readRuleHour,
  readTraffic,
  readUserFacts,
  readUserName,
  readUserState,
} from '../rows.ts';
import { Buckets } from './buckets.ts';
import { PostgresBulkRuns } from './bulk-runs.ts';
import { Database, stayOnNode } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import { Workers } from './heartbeat.ts';
import { PostgresKeptMessages } from './kept-messages.ts';
import { Loader } from './loader.ts';
import { moveUsers } from './move-users.ts';
import { exportNumber, importNumber, putNumber, removeNumber } from './numbers.ts';
import { migrateDatabase } from './open.ts';
import { forMaintenance, type PostgresOptions, withDefaults } from './options.ts';
import { PostgresOutbox } from './outbox.ts';
import { findActivity, findBlocks, findRows, findStandingBlocks } from './searches.ts';
import { PostgresSessions } from './sessions.ts';
import { StaleIfError } from './stale-if-error.ts';
import { type Statement, statements } from './statements.ts';
import { storable } from './storable.ts';
import { putUserNames, putUsers } from './users.ts';

/** The directory of the `local` platform is part of its state. */
const localDirectory = directoryOf({ upstream: null, portfolioId: '' });

/** How long closing may wait for a database that does not answer, in milliseconds. */
const closeMs = 2_000;

/** Opens the store at an address such as `postgres://user:password@host/database`. @throws StoreUnusable */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  await migrateDatabase(forMaintenance(options));
  const store = new PostgresStore(new Database(withDefaults(options)), options);
  try {
    await store.start();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * The store of any number of processes: PostgreSQL, which holds everything. Nothing is cached, so all processes agree
 * immediately. It is fast because work that arrives together travels together.
 */
export class PostgresStore implements Store {
  readonly shared = true;
  readonly accessVersion = null;
  readonly outbox: Outbox;
  readonly sessions: SessionStore;
  readonly bulkRuns: BulkRunStore;
  readonly keptMessages: KeptMessages;
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #workers: Workers;
  readonly #buckets: Buckets;
  readonly #numbersById: Loader<NumberRecord>;
  readonly #keysByHash: StaleIfError<KeyRecord>;
  readonly #settings: StaleIfError<string>;
  readonly #takeoverListeners = new Set<() => void>();

  constructor(database: Database, { silenceMaxMs }: Pick<PostgresOptions, 'silenceMaxMs'>) {
    this.#database = database;
    this.#workers = new Workers({
      connections: database.connections,
      events: {
        takeOver: async () => {
          for (const listener of this.#takeoverListeners) listener();
        },
        forget: (workers) => this.#purgeMarks(workers),
      },
      silenceMaxMs,
    });
    const worker = this.#workers.id;
    this.#commits = new GroupCommit({ database, worker });
    this.outbox = new PostgresOutbox({ database, commits: this.#commits, workers: this.#workers });
    this.sessions = new PostgresSessions(database);
    this.bulkRuns = new PostgresBulkRuns(database);
    this.keptMessages = new PostgresKeptMessages(database);
    this.#buckets = new Buckets((...question) => database.write(...question));
    this.#numbersById = this.#loader(statements.numbersById, (row) => {
      const number = readNumber(row);
      return [number.id, number];
    });
    const keys = this.#loader(statements.keysByHash, (row) => {
      const key = readKey(row);
      return [key.hash, key];
    });
    this.#keysByHash = new StaleIfError((hash) => keys.load(hash));
    const settings = this.#loader(statements.settingsByName, ([name, value]) => [
      String(name),
      String(value),
    ]);
    this.#settings = new StaleIfError((name) => settings.load(name));
  }

  /** Makes this process known to the others. @throws StoreUnusable when a copy into this store was not finished. */
  async start(): Promise<void> {
    if ((await this.setting(unfinishedSetting)) !== null) throw new StoreUnusable(unfinishedCopy);
    await this.#database.retry(() => this.#workers.beat());
  }

  onTakeover(listener: () => void): void {
    this.#takeoverListeners.add(listener);
  }

  async facts(numberId: string, users: readonly WaId[]): Promise<Facts> {
    const [[number], [list], found] = await Promise.all([
      this.#database.read(statements.number, [numberId]),
      this.#database.read(statements.listState, [numberId]),
      this.#database.read(statements.userFacts, [numberId, users]),
    ]);
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

  rows(numberId: string, range: RowRange): Promise<BlockRows> {
    return findRows(this.#database, numberId, range);
  }

  async activity(numberId: string, query: ActivityQuery): Promise<ActivityRow[]> {
    await this.#requireNumber(numberId);
    return await findActivity(this.#database, numberId, query);
  }

  async purgeActivity(numberId: string, beforeMs: number): Promise<number> {
    await this.#requireNumber(numberId);
    const [row] = await this.#database.write(statements.purgeActivity, [
      numberId,
      beforeMs,
      activityPurgeBatch,
    ]);
    return Number(row?.[0]);
  }

  async blocks(numberId: string, query: BlockQuery): Promise<BlockDetails[]> {
    await this.#requireNumber(numberId);
    return await findBlocks(this.#database, numberId, query);
  }

  async standingBlocks(numberId: string, query: StandingQuery): Promise<StandingDetails[]> {
    await this.#requireNumber(numberId);
    return await findStandingBlocks(this.#database, numberId, query);
  }

  async standingCount(numberId: string): Promise<number> {
    const [row] = await this.#database.read(statements.standingCount, [numberId]);
    return Number(row?.[0]);
  }

  async traffic(numberId: string, fromMs: number, toMs: number): Promise<HourOfTraffic[]> {
    await this.#requireNumber(numberId);
    return (await this.#database.read(statements.traffic, [numberId, fromMs, toMs])).map(readTraffic);
  }

  async ruleCounts(numberId: string, fromMs: number, toMs: number): Promise<RuleHour[]> {
    await this.#requireNumber(numberId);
    return (await this.#database.read(statements.ruleCounts, [numberId, fromMs, toMs])).map(readRuleHour);
  }

  async expired(numberId: string, nowMs: number, count: number): Promise<WaId[]> {
    const [blocks, standing] = await Promise.all([
      this.#database.read(statements.expiredBlocks, [numberId, nowMs, count]),
      this.#database.read(statements.expiredStanding, [numberId, nowMs, count]),
    ]);
    return [...new Set([...blocks, ...standing].map(([waId]) => waId as number))];
  }

  async nextExpiryMs(numberId: string): Promise<number | null> {
    const [blocks, standing] = await Promise.all([
      this.#database.read(statements.nextBlockExpiry, [numberId]),
      this.#database.read(statements.nextStandingExpiry, [numberId]),
    ]);
    const over = [...blocks, ...standing].map(([untilMs]) => untilMs as number);
    return over.length === 0 ? null : Math.min(...over);
  }

  async callbackData(numberId: string, messageId: string): Promise<string | null> {
    const [row] = await this.#database.read(statements.callbackData, [numberId, storable(messageId)]);
    return (row?.[0] ?? null) as string | null;
  }

  async lastWebhookMs(numberId: string): Promise<number | null> {
    const [row] = await this.#database.read(statements.lastWebhook, [numberId]);
    return (row?.[0] ?? null) as number | null;
  }

  async putLastWebhook(numberId: string, atMs: number): Promise<void> {
    await this.#database.write(statements.putLastWebhook, [numberId, atMs]);
  }

  async numbers(): Promise<readonly NumberRecord[]> {
    return (await this.#database.read(statements.numbers)).map(readNumber);
  }

  number(numberId: string): Promise<NumberRecord | null> {
    return this.#numbersById.load(numberId);
  }

  async changeNumbers(decide: (numbers: readonly NumberRecord[]) => NumbersChange): Promise<void> {
    await this.#database.serialized('numbers', async (ask) => {
      const known = (await ask(statements.numbers)).map(readNumber);
      const change = decide(known);
      if ('put' in change) {
        const { put } = change;
        await putNumber(ask, put, { isKnown: known.some(({ id }) => id === put.id) });
      } else {
        if (!known.some(({ id }) => id === change.remove)) throw new NumberUnknown(change.remove);
        stayOnNode(this.#database.connections, ask, change.remove);
        await removeNumber(ask, change.remove);
      }
    });
  }

  async keys(): Promise<readonly KeyRecord[]> {
    return (await this.#database.read(statements.keys)).map(readKey);
  }

  keyByHash(hash: string): Promise<KeyRecord | null> {
    return this.#keysByHash.load(hash);
  }

  async addKey({ id, hash, name, role, numbers, createdAtMs, expiresAtMs }: KeyRecord): Promise<void> {
    const opened = numbers === '*' ? '*' : JSON.stringify(numbers);
    const said = [id, hash, storable(name), role, opened, createdAtMs, expiresAtMs];
    await this.#database.serialized('keys', (ask) => ask(statements.addKey, said));
  }

  async removeKey(keyId: string): Promise<boolean> {
    return (await this.#database.serialized('keys', (ask) => ask(statements.removeKey, [keyId]))).length > 0;
  }

  bucket<Answer>(numberId: string, keyId: string, take: (bucket: Bucket) => Answer): Promise<Answer> {
    return this.#buckets.take(numberId, keyId, take);
  }

  async user(waId: WaId): Promise<UserProfile | null> {
    const [row] = await this.#database.read(statements.user, [waId]);
    return row === undefined ? null : readProfile(row);
  }

  async changeUser(waId: WaId, decide: (before: UserProfile | null) => UserProfile): Promise<void> {
    await this.#database.serialized(`user ${waId}`, async (ask) => {
      const [row] = await ask(statements.user, [waId]);
      await putUsers(ask, [{ waId, profile: decide(row === undefined ? null : readProfile(row)) }]);
    });
  }

  async userNames(directory: string, { names = [], users = [] }: NamesWanted): Promise<UserName[]> {
    const wanted = [storable(directory), names.map(storable), users];
    return (await this.#database.read(statements.userNames, wanted)).map(readUserName);
  }

  changeUserNames(
    directory: string,
    names: readonly string[],
    decide: (known: readonly UserName[]) => DirectoryChange,
  ): Promise<DirectoryChange> {
    const place = storable(directory);
    return this.#database.serialized(`directory ${place}`, async (ask) => {
      const rows = await ask(statements.userNames, [place, names.map(storable), []]);
      const change = decide(rows.map(readUserName));
      if (change.put.length > 0) await putUserNames(ask, place, change.put);
      if (change.moves.length === 0) return change;
      const numbers = (await ask(statements.numbers)).map(readNumber);
      for (const number of numbers.filter((one) => storable(directoryOf(one)) === place)) {
        stayOnNode(this.#database.connections, ask, number.id);
        await moveUsers(ask, number, change.moves);
      }
      return change;
    });
  }

  setting(name: string): Promise<string | null> {
    return this.#settings.load(name);
  }

  changeSetting(name: string, decide: (before: string | null) => string): Promise<string> {
    return this.#database.serialized(`setting ${name}`, async (ask) => {
      const [row] = await ask(statements.settingsByName, [[name]]);
      const value = decide(row === undefined ? null : String(row[1]));
      await ask(statements.putSetting, [name, value]);
      return value;
    });
  }

  async exportState(): Promise<StoreState> {
    const users = (await this.#database.read(statements.users)).map(readUserState);
    const numbers: NumberState[] = [];
    for (const record of await this.numbers()) {
      if (record.upstream !== null) continue;
      numbers.push(await this.#database.transaction((ask) => exportNumber(ask, record)));
    }
    const names = (await this.#database.read(statements.allUserNames, [localDirectory])).map(readUserName);
    return { names, users, numbers };
  }

  /** The one transaction that spans numbers: a sandbox's state is replaced whole or not at all. */
  async importState(decide: (staying: readonly NumberRecord[]) => StoreState): Promise<void> {
    await this.#database.serialized('numbers', async (ask) => {
      const known = (await ask(statements.numbers)).map(readNumber);
      const { names, users, numbers } = decide(known.filter(({ upstream }) => upstream !== null));
      for (const { id } of known.filter(({ upstream }) => upstream === null)) {
        stayOnNode(this.#database.connections, ask, id);
        await removeNumber(ask, id);
      }
      await ask(statements.removeUsers);
      await ask(statements.removeBulkRuns);
      await ask(statements.removeBulkResults);
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
    this.#database.abort();
    const closed = (async () => {
      await this.#commits.drain();
      await this.#workers.close();
      await this.#database.connections.close();
    })();
    const deadline = new AbortController();
    await Promise.race([
      closed,
      pause(closeMs, undefined, { ref: false, signal: deadline.signal }).catch(() => {}),
    ]);
    deadline.abort();
  }

  async #requireNumber(numberId: string): Promise<void> {
    if ((await this.number(numberId)) === null) throw new NumberUnknown(numberId);
  }

  /** The marks of processes that have long been dead. */
  async #purgeMarks(workers: readonly string[]): Promise<void> {
    for (const { id } of await this.numbers())
      await this.#database.write(statements.purgeMarks, [id, workers]);
  }

  #loader<Value>(
    statement: Statement,
    read: (row: Row) => readonly [name: string, value: Value],
  ): Loader<Value> {
    return new Loader(async (names, waitedMs) => {
      const work = () => this.#database.connections.read(statement, [names.map(storable)]);
      return new Map((await this.#database.retry(work, waitedMs)).map(read));
    });
  }
}
