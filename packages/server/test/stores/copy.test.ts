// Shows that a store is copied from SQLite to PostgreSQL and back, row for row, that an interrupted copy is resumed,
// and that a difference is found.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { emptyChange } from '@blockhouse/engine';
import { copyStores, distribute } from '@blockhouse/server';
import pg from 'pg';
import { tempFolder } from '../../../../tools/temp-folder.ts';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import { openSqliteStore, type SqliteStore } from '../../src/stores/sqlite/store.ts';
import { freshSchema, openFresh, postgres } from './postgres.ts';
import { change, latest, numberRecord, startMs, write } from './store-suite.ts';

const folder = tempFolder({ after });
let files = 0;
const file = () => join(folder, `${files++}.db`);

const webhook = { url: 'https://example.com/', appSecret: 's', verifyToken: 't' };
const users = Array.from({ length: 5000 }, (_, index) => 16_500_000_000 + index);

/** A store with everything in it that a store can hold, and a number that is no more. */
async function fill(store: SqliteStore): Promise<void> {
  await store.changeNumbers(() => ({ put: numberRecord({ id: '9', waId: 15550783889 }) }));
  await store.changeNumbers(() => ({ put: numberRecord({ webhook }) }));
  await store.changeNumbers(() => ({ put: numberRecord({ id: '2', waId: 15550783882 }) }));
  await store.changeNumbers(() => ({ remove: '9' }));
  const { id } = numberRecord();
  for (let from = 0; from < users.length; from += 1000) {
    await write(store, id, users.slice(from, from + 1000), startMs);
    await change(store, id, 'block', users.slice(from, from + 900), startMs + 1);
  }
  await change(store, id, 'unblock', users.slice(0, 100), startMs + 2);
  await write(store, id, users.slice(50, 150), startMs + 3);
  await store.changeUser(users[0] ?? 0, () => ({
    kind: 'business',
    name: 'Ana',
    username: null,
    phoneHidden: true,
  }));
  await store.changeSetting('ä', () => 'ö');
  for (const directory of ['local', 'cloud default']) {
    const row = { kind: 'input', user: 2, sinceMs: 3 } as const;
    const put = ['1', 'US.1', '@ä'].map((name) => ({ ...row, name, untilMs: name === '1' ? null : 4 }));
    await store.changeUserNames(directory, [], () => ({ put, moves: [] }));
  }
  await store.sessions.add(
    { tokenHash: 'th', keyHash: 'h', person: 'ä', numberId: id, expiresAtMs: startMs + 10 },
    startMs,
  );
  const put = { record: '{}', results: { chunk: 3, results: '["ö"]' }, untilMs: startMs + 10 };
  await store.bulkRuns.change({ keyId: 'k', id: 'run' }, startMs, () => ({ answer: null, put }));
  await store.putLastWebhook(id, startMs + 5);
  const message = { id: 'wamid.1', callbackData: 'order 7', untilMs: startMs + 1000 };
  await store.change(id, { users: [] }, () => ({
    answer: null,
    change: { ...emptyChange(startMs + 3), messages: [message] },
  }));
  await store.addKey({
    id: 'k',
    hash: 'h',
    name: 'CRM',
    role: 'app',
    numbers: [id],
    createdAtMs: 1,
    expiresAtMs: null,
  });
}

async function contents(
  store: Pick<
    SqliteStore,
    'exportState' | 'numbers' | 'activity' | 'outbox' | 'keys' | 'setting' | 'userNames'
  >,
) {
  const ids = (await store.numbers()).map(({ id }) => id);
  return {
    state: await store.exportState(),
    activity: await Promise.all(ids.map((id) => store.activity(id, latest(100_000)))),
    webhooks: await Promise.all(
      ids.map((id) => store.outbox.list(id, { afterEntry: 0, waId: null, state: null, count: 100_000 })),
    ),
    keys: await store.keys(),
    setting: await store.setting('ä'),
    names: (await store.userNames('cloud default', { users: [2] })).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    ),
  };
}

async function filledFile(): Promise<string> {
  const path = file();
  const store = openSqliteStore(path);
  await fill(store);
  await store.close();
  return path;
}

async function contentsOf(path: string) {
  const store = openSqliteStore(path);
  const found = await contents(store);
  await store.close();
  return found;
}

test('from SQLite to PostgreSQL and back, interrupted once each way', async () => {
  const path = await filledFile();
  const before = await contentsOf(path);
  const schema = freshSchema();
  const address = `${(await postgres()).url}?schema=${schema}`;

  /**
   * Interrupts the copy at the third report, then resumes it: rows that are there are counted, and not copied again.
   */
  const copy = async (from: string, to: string) => {
    const cutOff = new AbortController();
    let reports = 0;
    const onProgress = () => {
      if (++reports === 8) cutOff.abort(new Error('enough'));
    };
    await assert.rejects(copyStores({ from, to, onProgress, signal: cutOff.signal }), /enough/);
    const steps = new Set<string>();
    let last = { done: 0, total: -1 };
    const { rows } = await copyStores({
      from,
      to,
      onProgress: (progress) => {
        steps.add(progress.step);
        last = progress;
      },
    });
    assert.deepEqual([...steps], ['copying', 'verifying']);
    assert.deepEqual([last.done, last.total], [rows, rows]);
    return rows;
  };

  const there = await copy(`sqlite:${path}`, address);
  assert.ok(there > 15_000);
  const store = await openPostgresStore({ url: (await postgres()).url, schema });
  assert.deepEqual(await contents(store), before);
  await store.close();

  const home = file();
  assert.equal(await copy(address, `sqlite:${home}`), there);
  assert.deepEqual(await contentsOf(home), before);

  // Numbers are counted on from the last one: a fourth one gets no entries that were given out.
  const entryAfter = async (again: string) => {
    const opened = openSqliteStore(again);
    await opened.changeNumbers(() => ({ put: numberRecord({ id: '9', waId: 15550783889, webhook }) }));
    await write(opened, '9', [users[0] ?? 0], startMs);
    const [first] = await opened.outbox.list('9', { afterEntry: 0, waId: null, state: null, count: 1 });
    await opened.close();
    return first?.entry;
  };
  assert.equal(await entryAfter(home), await entryAfter(path));
});

test('a target that holds numbers is refused, and a row that differs is found', async () => {
  const path = await filledFile();
  const other = await filledFile();
  await assert.rejects(
    copyStores({ from: `sqlite:${path}`, to: `sqlite:${other}` }),
    /the target is not empty: a server was started on it/,
  );

  const schema = freshSchema();
  const target = await openFresh({ schema });
  await target.close();
  const address = `${(await postgres()).url}?schema=${schema}`;
  const cutOff = new AbortController();
  await assert.rejects(
    copyStores({
      from: `sqlite:${path}`,
      to: address,
      signal: cutOff.signal,
      onProgress: ({ step }) => {
        if (step === 'verifying') cutOff.abort(new Error('enough'));
      },
    }),
    /enough/,
  );
  const url = (await postgres()).url;
  await assert.rejects(openPostgresStore({ url, schema }), /a copy into this store was not finished/);
  const meddler = new pg.Client(url);
  await meddler.connect();
  await meddler.query(`update ${schema}.users set name = 'Eve'`);
  await meddler.end();
  await assert.rejects(
    copyStores({ from: `sqlite:${path}`, to: address }),
    /^CopyFailed: users: 1 rows were there and 1 have arrived, or they differ/,
  );
});

/** The first value that a text of SQL returns. */
async function answerOf(text: string): Promise<unknown> {
  const client = new pg.Client((await postgres()).url);
  await client.connect();
  try {
    const answers: pg.QueryResult | pg.QueryResult[] = await client.query({ text, rowMode: 'array' });
    return [answers].flat().at(-1)?.rows[0]?.[0];
  } finally {
    await client.end();
  }
}

test('a copy and a migration may take as long as the tables are large', async () => {
  const schema = freshSchema();
  // Each step notes under which limit it has run.
  await answerOf(`create schema ${schema};
    create table ${schema}.schema_steps (step integer primary key, at timestamptz not null default now(),
      limited_to text default current_setting('statement_timeout'))`);
  await (await openFresh({ schema })).close();
  assert.equal(await answerOf(`select distinct limited_to from ${schema}.schema_steps`), '1h');

  await answerOf(`drop table ${schema}.bulk_runs;
    create view ${schema}.bulk_runs as
      select 'key' as key_id, 'limit' as id, current_setting('statement_timeout') as record, 9000000000000 as until_ms`);
  const home = file();
  await copyStores({ from: `${(await postgres()).url}?schema=${schema}`, to: `sqlite:${home}` });
  const copied = openSqliteStore(home);
  assert.equal(await copied.bulkRuns.find({ keyId: 'key', id: 'limit' }, startMs), '1h');
  await copied.close();
});

test('addresses that are none, and distributing where there is nothing to distribute over', async () => {
  await assert.rejects(
    copyStores({ from: 'oracle://x', to: 'sqlite::memory:' }),
    /A store must be .*, got "oracle:\/\/x"/,
  );
  await assert.rejects(distribute('sqlite::memory:'), /Only a store in PostgreSQL can be distributed/);
  await assert.rejects(
    distribute((await postgres()).url),
    /does not have the extension citus, so there is nothing to distribute over/,
  );
});
