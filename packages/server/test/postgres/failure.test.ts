// Shows that while a database fails under load requests wait or answer 139103, no acknowledged change is lost, and
// none is applied twice.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Change, StoreUnavailable, type WaId } from '@blockhouse/engine';
import pg from 'pg';
import { startPostgres } from '../../../../tools/postgres.ts';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import { startMember } from '../process.ts';
import { freshSchema, postgres } from '../stores/postgres.ts';
import { change, numberRecord, startMs, unchanged, write } from '../stores/store-suite.ts';
import { eventually } from '../waiting.ts';
import { assertAllThere, assertTransient, startLoad } from './servers.ts';

/** A connection of our own to the database. */
async function connect(t: Pick<TestContext, 'after'>, url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  t.after(() => client.end().catch(() => {}));
  return client;
}

test('restarts and crashes of the database, and connections that break, during load', async (t) => {
  const database = await startPostgres();
  t.after(() => database.remove());
  const member = await startMember(t, database.url);
  const running = startLoad([member], 16);
  await running.more(50);
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    await database.stop(signal);
    await database.start();
    await running.more(50);
  }
  const killer = await connect(t, database.url);
  for (let round = 0; round < 10; round++) {
    await killer.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'blockhouse'",
    );
    await running.more(10);
  }
  await running.stop();
  assertTransient(running.refusals);
  await assertAllThere(member, running.acknowledged);
});

/** Stands before the database and can cut connections right behind what they have sent. */
async function between(t: Pick<TestContext, 'after'>, port: number) {
  let cut: ((sent: Buffer) => boolean) | null = null;
  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    import('node:net').then(({ connect: dial }) => {
      const far = dial(port, '127.0.0.1');
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          near.destroy();
          far.destroy();
        });
      }
      near.on('data', (chunk: Buffer) => {
        far.write(chunk);
        // The database gets it; its answer gets lost.
        if (cut?.(chunk)) near.destroy();
      });
      far.on('data', (chunk) => near.write(chunk));
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (proxy.address() as { port: number }).port,
    cutAfter: (when: typeof cut) => (cut = when),
  };
}

test('a commit whose answer is lost is neither lost nor repeated', async (t) => {
  const { port } = await postgres();
  const wire = await between(t, port);
  const store = await openPostgresStore({
    url: `postgres://postgres@127.0.0.1:${wire.port}/postgres`,
    schema: freshSchema(),
    connectionsMax: 4,
  });
  t.after(() => store.close());
  const { id } = numberRecord();
  await store.changeNumbers(() => ({
    put: numberRecord({ webhook: { url: 'https://example.com/', appSecret: 's', verifyToken: 't' } }),
  }));
  const users: WaId[] = Array.from({ length: 10 }, (_, index) => 16_500_000_000 + index);
  await write(store, id, users, startMs);
  await change(store, id, 'block', users.slice(0, 5), startMs);

  let cuts = 0;
  wire.cutAfter((sent) => sent.includes('commit') && cuts++ % 2 === 0);
  for (let round = 1; round <= 20; round++) {
    // A message that is dropped is counted, and a webhook without a message ID is told: repeating shows in both.
    const count = (waId: WaId): Change => ({
      atMs: startMs + round,
      ...unchanged,
      dropped: new Map([[waId, 1]]),
      activity: [],
      webhooks: [{ waId, messageId: null, body: `{"round":${round}}` }],
    });
    await store.change(id, { users: [users[0] ?? 0] }, () => ({
      answer: null,
      change: count(users[0] ?? 0),
    }));
  }
  wire.cutAfter(null);
  assert.ok(cuts >= 20, `${cuts} commits were seen`);
  const state = await store.exportState();
  assert.equal(state.numbers[0]?.windows.find(({ waId }) => waId === users[0])?.dropped, 20);
  const told = await store.outbox.list(id, { afterEntry: 0, waId: users[0] ?? 0, state: null, count: 100 });
  assert.deepEqual(
    told.map(({ body }) => body).filter((body) => body.includes('round')),
    Array.from({ length: 20 }, (_, index) => `{"round":${index + 1}}`),
  );
});

test('a lock that is not given in time, deadlocks and conflicts are waited out', async (t) => {
  const { url } = await postgres();
  const schema = freshSchema();
  const store = await openPostgresStore({ url, schema, connectionsMax: 4, deadlineMs: 20_000 });
  t.after(() => store.close());
  const { id } = numberRecord();
  await store.changeNumbers(() => ({ put: numberRecord() }));
  const other = await connect(t, url);
  await other.query(`set search_path = ${schema}`);

  // Somebody holds the number for longer than a lock is waited for.
  await other.query('begin');
  await other.query('select 1 from lists where phone_number_id = $1 for update', [id]);
  const writing = write(store, id, [16505551234], startMs);
  const waits =
    "select count(*)::int as waits from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'blockhouse'";
  const watcher = await connect(t, url);
  const waitsForLock = () =>
    eventually('a session of the store waited for a lock', async () => {
      const { rows } = await watcher.query<{ waits: number }>(waits);
      return (rows[0]?.waits ?? 0) > 0;
    });
  await waitsForLock();
  // The database breaks the wait off, as it does after lock_timeout, in a deadlock, or for its operator.
  await watcher.query(
    "select pg_cancel_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'blockhouse'",
  );
  await waitsForLock();
  await other.query('commit');
  assert.deepEqual(await writing, {
    admitted: ['m16505551234'],
    dropped: [],
    held: [],
    matches: [],
    newSenders: 0,
  });

  // A deadlock: we hold the user's window and want the number; the store holds the number and wants the window.
  await other.query("set deadlock_timeout = '10s'");
  await other.query('begin');
  await other.query('select 1 from windows where phone_number_id = $1 and wa_id = $2 for update', [
    id,
    16505551234,
  ]);
  const again = write(store, id, [16505551234], startMs + 1);
  await waitsForLock();
  await other.query('select 1 from lists where phone_number_id = $1 for update', [id]);
  await other.query('commit');
  assert.deepEqual(await again, {
    admitted: ['m16505551234'],
    dropped: [],
    held: [],
    matches: [],
    newSenders: 0,
  });
});

test('a database without room for us, or gone permanently, is a transient error within the deadline', async (t) => {
  const database = await startPostgres('max_connections = 12\nsuperuser_reserved_connections = 0\n');
  t.after(() => database.remove());
  const options = { url: database.url, schema: freshSchema(), connectionsMax: 4 };
  const store = await openPostgresStore({ ...options, deadlineMs: 20_000 });
  t.after(() => store.close());
  await store.changeNumbers(() => ({ put: numberRecord() }));
  const { id } = numberRecord();
  const own = await connect(t, database.url);
  await own.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'blockhouse'",
  );
  const others: pg.Client[] = [];
  const fill = async () => {
    for (let count = 0; count <= 12; count++) others.push(await connect(t, database.url));
  };
  await assert.rejects(fill(), /too many clients|remaining connection slots/);
  const waiting = write(store, id, [16505551234], startMs);
  await Promise.all(others.map((client) => client.end()));
  assert.deepEqual((await waiting).admitted, ['m16505551234'], 'it came through when there was room again');

  const impatient = await openPostgresStore({ ...options, deadlineMs: 300 });
  t.after(() => impatient.close());
  await database.stop('SIGKILL');
  await assert.rejects(write(impatient, id, [16505551234], startMs), StoreUnavailable);
  await assert.rejects(impatient.number(id), StoreUnavailable);
  await database.start();
  assert.deepEqual((await write(store, id, [14155559876], startMs + 1)).admitted, ['m14155559876']);
});

test('a statement that takes too long is a transient error, and harms nothing', async (t) => {
  const { url } = await postgres();
  const schema = freshSchema();
  const store = await openPostgresStore({ url, schema, connectionsMax: 4, deadlineMs: 500 });
  t.after(() => store.close());
  await store.changeNumbers(() => ({ put: numberRecord() }));
  const { id } = numberRecord();
  const other = await connect(t, url);
  await other.query(`set search_path = ${schema}`);
  await other.query(`
    create function sleepy() returns trigger language plpgsql as $$ begin perform pg_sleep(5); return new; end $$;
    create trigger sleepy before insert on windows for each row execute function sleepy()`);
  const limited = await openPostgresStore({ url, schema, connectionsMax: 4, deadlineMs: 500, answerMs: 50 });
  t.after(() => limited.close());
  await assert.rejects(write(limited, id, [16505551234], startMs), StoreUnavailable);
  await other.query('drop trigger sleepy on windows');
  assert.equal(
    (await store.facts(id, [16505551234])).users.get(16505551234)?.ticks,
    0,
    'nothing of it is there',
  );
  assert.deepEqual((await write(limited, id, [16505551234], startMs)).admitted, ['m16505551234']);
});
