// Shows that an interrupted bulk run finishes the current chunk, stores a correct record, and resumes where
// it stopped.
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StoreUnavailable } from '@blockhouse/engine';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { type Answer, demoNumber, type Running, startServer } from './harness.ts';
import { testStore } from './test-store.ts';
import { bulkPath, startTwoNumbers, users } from './two-numbers.ts';
import { eventually, within } from './waiting.ts';

/** Resolves after a server in this process has closed an open socket and called its listeners. */
function serverSockets(t: TestContext) {
  const sockets: Socket[] = [];
  const keep = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
  subscribe('net.server.socket', keep);
  t.after(() => unsubscribe('net.server.socket', keep));
  return {
    async closed(port: number | undefined): Promise<void> {
      const socket = sockets.find(({ remotePort }) => remotePort === port);
      assert.ok(socket, `no socket from port ${port}`);
      // The connection may end with an error, at which `once` of node:events would reject.
      if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
      await new Promise(setImmediate);
    },
  };
}

/** Holds changes of the store from the nth one on, until they are released. */
function holdChanges({ server }: Running, nth: number) {
  const change = server.store.change.bind(server.store);
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let changes = 0;
  server.store.change = async (...call) => {
    if (++changes >= nth) {
      held.resolve();
      await released.promise;
    }
    return change(...call);
  };
  return { held: held.promise, release: released.resolve };
}

/** Requests a stream and disconnects when `until` resolves. Resolves after the server has noticed. */
async function disconnect(
  t: TestContext,
  running: Running,
  body: object,
  name: string,
  until: Promise<void>,
) {
  const sockets = serverSockets(t);
  const headers = {
    'x-api-key': running.key,
    'content-type': 'application/json',
    accept: 'application/x-ndjson',
    'idempotency-key': name,
  };
  const asking = httpRequest(
    running.url + bulkPath,
    { method: 'POST', headers, agent: false },
    (response) => {
      response.on('error', () => {});
      response.resume();
    },
  );
  asking.on('error', () => {});
  asking.end(JSON.stringify(body));
  await until;
  const port = asking.socket?.localPort;
  asking.destroy();
  await sockets.closed(port);
}

/** Repeats a request while another caller works on the run. */
function untilReleased(ask: () => Promise<Answer>): Promise<Answer> {
  return eventually('the run was free', ask, ({ status }) => status !== 409);
}

test('a client that disconnects stops the run after the current chunk, and a repeated request resumes it', async (t) => {
  const running = await startTwoNumbers(t);
  const { call } = running;
  const body = { users, numbers: [demoNumber, '77'] };
  const { held, release } = holdChanges(running, 2);
  await disconnect(t, running, body, 'half', held);
  assert.equal((await call('GET', '/blockhouse/v1/runs/half')).body.state, 'running');
  release();
  const rest = await untilReleased(() =>
    call('POST', bulkPath, { body, headers: { 'idempotency-key': 'half' } }),
  );
  const changed = rest.body.results.filter((result: { changed: boolean }) => result.changed);
  assert.equal(changed.length, 5000, 'nothing was done twice');
  assert.deepEqual(rest.body.run.counts, { blocked: 5000 });
});

test('the record of a run whose client disconnected agrees with the lists', async (t) => {
  const running = await startTwoNumbers(t);
  const { call, server } = running;
  const { held, release } = holdChanges(running, 2);
  const stopped = Promise.withResolvers<void>();
  const { bulkRuns } = server.store;
  const change = bulkRuns.change.bind(bulkRuns);
  bulkRuns.change = async (...asked) => {
    const answer = await change(...asked);
    if ((answer as { state?: string } | null)?.state === 'stopped') stopped.resolve();
    return answer;
  };
  await disconnect(t, running, { users, numbers: [demoNumber, '77'] }, 'half', held);
  release();
  await stopped.promise;
  const run = (await call('GET', '/blockhouse/v1/runs/half')).body;
  assert.deepEqual([run.state, run.done, run.total], ['stopped', 2000, 5000]);
  assert.equal((await call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`)).body.total, 2000);
  assert.equal((await call('GET', '/blockhouse/v1/numbers/77/blocks')).body.total, 0);
});

test('after a client disconnects during a store outage, the run can be resumed', async (t) => {
  const running = await startTwoNumbers(t);
  const { call, server } = running;
  const { held, release } = holdChanges(running, 2);
  const { bulkRuns } = server.store;
  const { find, results, change } = bulkRuns;
  const refused = Promise.withResolvers<void>();
  const body = { users, numbers: [demoNumber, '77'] };
  await disconnect(t, running, body, 'outage', held);
  let refusals = 0;
  const refuse = async () => {
    // Storing the current chunk failed, and then storing the end of the run.
    if (++refusals === 2) refused.resolve();
    throw new StoreUnavailable('the database does not answer');
  };
  Object.assign(bulkRuns, { find: refuse, results: refuse, change: refuse });
  release();
  await refused.promise;
  await new Promise(setImmediate);
  Object.assign(bulkRuns, { find, results, change });
  assert.equal((await call('GET', '/blockhouse/v1/runs/outage')).body.state, 'stopped');
  const rest = await call('POST', bulkPath, { body, headers: { 'idempotency-key': 'outage' } });
  assert.deepEqual([rest.status, rest.body.run.counts], [200, { blocked: 5000 }]);
});

test('a run that ends in a store outage still returns an outcome for each user', async (t) => {
  const { call, server } = await startTwoNumbers(t);
  const { bulkRuns } = server.store;
  const { change, find } = bulkRuns;
  let kept = 0;
  const refuse = async () => {
    throw new StoreUnavailable('the database does not answer');
  };
  bulkRuns.change = async (...asked) => {
    // The claim and the first chunk are stored.
    if (++kept <= 2) return (await change.apply(bulkRuns, asked)) as never;
    bulkRuns.find = refuse;
    return await refuse();
  };
  const headers = { 'idempotency-key': 'outage' };
  const { status, body } = await call('POST', bulkPath, { body: { users, numbers: [demoNumber] }, headers });
  Object.assign(bulkRuns, { change, find });
  assert.deepEqual([status, body.run.state, body.run.done, body.error.code], [200, 'stopped', 1000, 139103]);
  const outcomes = Map.groupBy(body.results, ({ outcome }: { outcome: string }) => outcome);
  assert.deepEqual(
    [...outcomes].map(([outcome, { length }]) => [outcome, length]),
    [
      ['blocked', 1000],
      ['unknown', 1000],
      ['not_tried', 500],
    ],
  );
});

test('the claim of a run is released if its client disconnects before the first line', async (t) => {
  const running = await startTwoNumbers(t);
  const body = { users, numbers: [demoNumber, '77'] };
  const { held, release } = holdChanges(running, 1);
  await disconnect(t, running, body, 'early', held);
  release();
  const headers = { 'idempotency-key': 'early' };
  const answer = await untilReleased(() => running.call('POST', bulkPath, { body, headers }));
  assert.deepEqual(answer.body.run.counts, { blocked: 5000 });
});

test('a closing server stops a run after the current chunk and returns its progress, and the next server resumes the run', async (t) => {
  const store = testStore(join(tempFolder(t), 'db'));
  const first = await startTwoNumbers(t, { store });
  const body = { users, numbers: [demoNumber, '77'] };
  const headers = { 'idempotency-key': 'closing' };
  const { held, release } = holdChanges(first, 2);
  const asking = first.call('POST', bulkPath, { body, headers });
  await held;
  const closing = first.server.close();
  release();
  const { status, body: answer } = await within('the interrupted run was answered', asking);
  assert.deepEqual(
    [status, answer.run.state, answer.run.done, answer.run.total],
    [200, 'stopped', 2000, 5000],
  );
  const outcomes = Map.groupBy(answer.results, ({ outcome }: { outcome: string }) => outcome);
  assert.deepEqual(
    [...outcomes].map(([outcome, { length }]) => [outcome, length]),
    [['blocked', 2000]],
  );
  await within('the server closed', closing);

  const second = await startServer(t, { store });
  const kept = (await second.call('GET', '/blockhouse/v1/runs/closing')).body;
  assert.deepEqual([kept.state, kept.done, kept.counts], ['stopped', 2000, { blocked: 2000 }]);
  assert.equal((await second.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`)).body.total, 2000);
  const rest = await second.call('POST', bulkPath, { body, headers });
  assert.deepEqual([rest.body.run.state, rest.body.run.counts], ['done', { blocked: 5000 }]);
});
