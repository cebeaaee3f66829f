// Shows that no acknowledged block and no webhook is lost or doubled while nodes of a cluster are killed and while it is rebalanced.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Answer } from '../harness.ts';
import { type Member, startMember } from '../process.ts';
import { type Receiver, startReceiver } from '../receiver.ts';
import { eventually } from '../waiting.ts';
import { clusterUrl, distributedSchema, nodes, withoutCluster } from './cluster.ts';

/** A program that kills or starts a node of the cluster: `PROGRAM kill PORT` and `PROGRAM start PORT`. */
const program = process.env['TEST_CLUSTER_NODE'];
const withoutKills =
  withoutCluster ||
  (program === undefined && 'TEST_CLUSTER_NODE does not name a program that kills and starts nodes');

const numbersCount = 12;

const run = promisify(execFile);
const kill = (port: number) => run(program ?? '', ['kill', String(port)]);
const start = (port: number) => run(program ?? '', ['start', String(port)]);

/** Clients at two servers that write as new users to a number of their own, and block them. The numbers are on all nodes. */
async function startLoad(t: TestContext, receiver: Receiver) {
  const { schema } = await distributedSchema();
  const workers = (await nodes()).filter(({ isCoordinator }) => !isCoordinator);
  const members: Member[] = [];
  for (const { host, url } of workers) {
    const others = workers.map((worker) => worker.host).filter((one) => one !== host);
    const store = `${url.replace(host, [host, ...others].join(','))}?schema=${schema}`;
    members.push(await startMember(t, store, { env: { BLOCKHOUSE_WEBHOOK_TARGETS: 'loopback' } }));
  }
  const [first] = members;
  assert.ok(first);
  const ids = Array.from({ length: numbersCount }, (_, index) => String(9_000_000 + index));
  for (const [index, id] of ids.entries()) {
    const body = { id, display_phone_number: `+${15_550_000_000 + index}`, verified_name: 'Test' };
    const { status, body: answer } = await first.call('POST', '/blockhouse/v1/numbers', {
      ...body,
      ...receiver.webhook(`/${id}`),
    });
    assert.equal(status, 201, JSON.stringify(answer));
  }
  const accepted = new Set<string>();
  const blocked = new Set<string>();
  let isStopped = false;
  let refusals = 0;
  const client = async (nth: number) => {
    const member = members[nth % members.length];
    assert.ok(member);
    const id = ids[nth] ?? '';
    for (let user = 16_500_000_000 + nth * 1_000_000; !isStopped; user++) {
      const message = {
        id: `wamid.${id}.${user}`,
        from: String(user),
        type: 'text',
        text: { body: 'Hello' },
      };
      const written = await member.call('POST', `/blockhouse/v1/numbers/${id}/inbound`, {
        messages: [message],
      });
      if (written.status !== 200) {
        assertTransient(written.body);
        refusals++;
        continue;
      }
      accepted.add(`${id} ${user}`);
      const users = { messaging_product: 'whatsapp', block_users: [{ user: String(user) }] };
      const answer: Answer = await member.call('POST', `/v25.0/${id}/block_users`, users);
      if (answer.status === 200) {
        // A window that was lost would refuse the block.
        assert.equal(answer.body.block_users.added_users.length, 1, JSON.stringify(answer.body));
        blocked.add(`${id} ${user}`);
      } else {
        assertTransient(answer.body);
        refusals++;
      }
    }
  };
  const running = Promise.all(Array.from({ length: numbersCount }, (_, nth) => client(nth)));
  const progress = async (more: number) => {
    const goal = blocked.size + more;
    await Promise.race([running, eventually(`${more} more blocks`, () => blocked.size >= goal)]);
  };
  const stop = async () => {
    isStopped = true;
    await running;
  };
  return { first, ids, schema, accepted, blocked, refusals: () => refusals, progress, stop };
}

/** A refused operation may be tried again. */
function assertTransient({ error }: { error: { code: number; is_transient: boolean } }): void {
  assert.deepEqual([error.code, error.is_transient], [139103, true], JSON.stringify(error));
}

type Load = Awaited<ReturnType<typeof startLoad>>;

/** Every acknowledged block is listed, nobody is listed twice, and every accepted message arrived once. */
async function assertComplete({ first, ids, accepted, blocked }: Load, receiver: Receiver): Promise<void> {
  const listed: string[] = [];
  for (const id of ids) {
    for (let after = ''; ; ) {
      const query = `limit=1000${after && `&after=${after}`}`;
      const { status, body } = await first.call('GET', `/v25.0/${id}/block_users?${query}`);
      assert.equal(status, 200, JSON.stringify(body));
      listed.push(...body.data.map(({ wa_id: user }: { wa_id: string }) => `${id} ${user}`));
      after = body.paging?.cursors?.after ?? '';
      if (body.paging?.next === undefined) break;
    }
  }
  const there = new Set(listed);
  assert.equal(there.size, listed.length, 'nobody is listed twice');
  assert.deepEqual(
    [...blocked].filter((one) => !there.has(one)),
    [],
    'no block is lost',
  );

  const arrivals = () =>
    receiver.received.map(({ path, value }) => `${path.slice(6)} ${value.messages[0].from}`);
  await eventually('every accepted message arrived', () => {
    const arrived = new Set(arrivals());
    return [...accepted].every((one) => arrived.has(one));
  });
  const counts = Map.groupBy(arrivals(), (one) => one);
  assert.deepEqual(
    [...counts].filter(([, times]) => times.length > 1).map(([one]) => one),
    [],
    'no webhook is repeated',
  );
}

for (const which of ['a worker', 'the coordinator'] as const) {
  test(`${which} is killed twice during load: nothing is lost, nothing happens twice`, {
    skip: withoutKills,
  }, async (t) => {
    const receiver = await startReceiver(t);
    const load = await startLoad(t, receiver);
    const victim = (await nodes()).findLast(({ isCoordinator }) => isCoordinator === (which !== 'a worker'));
    assert.ok(victim);
    t.after(() => start(victim.port));
    for (let round = 0; round < 2; round++) {
      await load.progress(200);
      await kill(victim.port);
      // Numbers of the other nodes continue.
      await load.progress(50);
      await start(victim.port);
      await load.progress(200);
    }
    await load.stop();
    await assertComplete(load, receiver);
    t.diagnostic(`${load.blocked.size} blocks acknowledged, ${load.refusals()} requests refused`);
  });
}

test('a cluster is rebalanced during load: nothing is refused, lost, or doubled', {
  skip: withoutCluster,
}, async (t) => {
  const receiver = await startReceiver(t);
  const load = await startLoad(t, receiver);
  const client = new pg.Client(clusterUrl);
  await client.connect();
  t.after(() => client.end());
  await load.progress(200);
  // One node has everything, until the rebalancer has given half of it to the other one.
  const [one, other] = (await nodes()).filter(({ isCoordinator }) => !isCoordinator);
  assert.ok(one && other);
  await client.query("select citus_drain_node($1, $2, 'force_logical')", [other.name, other.port]);
  await client.query("select citus_set_node_property($1, $2, 'shouldhaveshards', true)", [
    other.name,
    other.port,
  ]);
  await client.query("select citus_rebalance_start(shard_transfer_mode => 'force_logical')");
  await client.query('select citus_rebalance_wait()');
  await load.progress(200);
  await load.stop();
  assert.equal(load.refusals(), 0);
  await assertComplete(load, receiver);
  t.diagnostic(`${load.blocked.size} blocks acknowledged`);
});
