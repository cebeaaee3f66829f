// Shows what shares a transaction and a wait for the disk, and what is refused alone, in the SQLite store.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { emptyChange, type NumberRecord, NumberUnknown } from '@blockhouse/engine';
import { ChangeBatch } from '../../src/stores/change-batch.ts';
import { GroupCommit } from '../../src/stores/sqlite/group-commit.ts';
import { eventually } from '../waiting.ts';

const list = { version: 1, size: 0, end: 1, activityEnd: 1, outboxEnd: 1 };
const noUsers = { subjects: { users: [] } };

function start() {
  const db = new DatabaseSync(':memory:');
  db.exec('create table steps (name text)');
  const steps = () => db.prepare('select name from steps').all().flatMap(Object.values);
  const write = (name: string) => db.prepare('insert into steps values (?)').run(name);
  const syncs: PromiseWithResolvers<void>[] = [];
  const batches: string[] = [];
  const commits = new GroupCommit(db, {
    sync() {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
    openBatch(numberId) {
      if (numberId === 'gone') return null;
      const batch = new ChangeBatch({
        number: { id: numberId } as NumberRecord,
        list,
        users: new Map(),
        seenAtMs: new Map(),
        webhooks: new Map(),
      });
      batches.push(numberId);
      return {
        batch,
        write() {
          if (batch.rows === null) return false;
          write(`batch of ${numberId}`);
          return true;
        },
      };
    },
    afterRollback: () => {},
    onFailure: () => {},
  });
  const change = (numberId: string, answer: string) =>
    commits.runInBatch(numberId, noUsers, (batch) =>
      batch.change({ users: [] }, () => ({ answer, change: emptyChange(0) })),
    );
  const look = (numberId: string, answer: string) =>
    commits.runInBatch(numberId, noUsers, (batch) =>
      batch.change({ users: [] }, () => ({ answer, change: null })),
    );
  return { commits, change, look, syncs, batches, steps, write };
}

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  await turn();
  await turn();
  return settled;
}

test('changes of a number that arrive together are one batch, and wait for the disk once', async () => {
  const { change, syncs, batches } = start();
  const answers = Promise.all([change('1', 'a'), change('2', 'b'), change('1', 'c')]);
  assert.equal(await isSettled(answers), false);
  assert.deepEqual(batches, ['1', '2']);
  assert.equal(syncs.length, 1);
  syncs[0]?.resolve();
  assert.deepEqual(await answers, ['a', 'b', 'c']);
});

test('work of another kind sees the changes before it, and the ones after it are another batch', async () => {
  const { commits, change, syncs, batches, steps, write } = start();
  const seen = commits.run(() => {
    write('other');
    return steps();
  });
  const before = change('1', 'a');
  const other = commits.run(() => {
    write('key');
    return steps();
  });
  const after = change('1', 'b');
  await turn();
  syncs[0]?.resolve();
  assert.deepEqual(await seen, ['other']);
  assert.deepEqual(await other, ['other', 'batch of 1', 'key']);
  await Promise.all([before, after]);
  assert.deepEqual(batches, ['1', '1']);
});

test('a decision that throws refuses its own caller alone', async () => {
  const { commits, change, syncs } = start();
  const failing = commits.runInBatch('1', noUsers, () => {
    throw new Error('no such decision');
  });
  const refused = assert.rejects(failing, /no such decision/);
  const answer = change('1', 'a');
  await turn();
  syncs[0]?.resolve();
  assert.equal(await answer, 'a');
  await refused;
});

test('a number that is gone refuses its own changes alone', async () => {
  const { change, syncs } = start();
  const refused = assert.rejects(change('gone', 'a'), NumberUnknown);
  const answer = change('1', 'b');
  await turn();
  syncs[0]?.resolve();
  assert.equal(await answer, 'b');
  await refused;
});

test('a decision without a change does not wait for the disk', async () => {
  const { look, syncs } = start();
  assert.equal(await look('1', 'a'), 'a');
  assert.equal(syncs.length, 0);
});

test('a decision without a change waits for changes that it may have seen and that are not on disk yet', async () => {
  const { change, look, syncs } = start();
  const changed = change('1', 'a');
  await turn();
  const looked = look('1', 'b');
  assert.equal(await isSettled(looked), false);
  syncs[0]?.resolve();
  assert.deepEqual(await Promise.all([changed, looked]), ['a', 'b']);
});

test('what arrives while the disk works is committed together when it is done', async () => {
  const { change, syncs, batches } = start();
  const first = change('1', 'a');
  await turn();
  const second = [change('1', 'b'), change('1', 'c')];
  await turn();
  const third = change('1', 'd');
  assert.equal(await isSettled(third), false);
  assert.deepEqual(batches, ['1']);
  syncs[0]?.resolve();
  await first;
  await eventually('the second wait for the disk', () => syncs.length === 2);
  assert.deepEqual(batches, ['1', '1']);
  assert.equal(await isSettled(third), false);
  syncs[1]?.resolve();
  assert.deepEqual(await Promise.all([...second, third]), ['b', 'c', 'd']);
});

test('a disk that fails refuses everything from then on', async () => {
  const { change, syncs } = start();
  const first = change('1', 'a');
  await turn();
  const second = change('1', 'b');
  const refused = Promise.all([first, second].map((one) => assert.rejects(one, /restart the server/)));
  syncs[0]?.reject(new Error('EIO'));
  await refused;
  await assert.rejects(change('1', 'c'), /restart the server/);
});
