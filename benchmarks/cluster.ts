// A Citus cluster against one plain PostgreSQL: CPU time of the database servers for each message, by the size of the batches.
import pg from 'pg';
import { distributeStore } from '../packages/server/src/stores/postgres/distribute.ts';
import { openPostgresStore } from '../packages/server/src/stores/postgres/store.ts';
import { cpuUs, serverPid } from './database-cpu.ts';
import { addNumbers, inboundInto, perSecond } from './inbound.ts';
import { quantile } from './measure.ts';
import { progress, table } from './report.ts';

const rounds = Number(process.env['ROUNDS'] ?? 5);
const roundSeconds = Number(process.env['ROUND_SECONDS'] ?? 4);

const numbers = 16;
/** Messages of one number that wait at the same time; they are one batch. */
const batchSizes = [1, 8, 64, 250];

interface Node {
  readonly url: string;
  readonly pid: number;
  readonly isCoordinator: boolean;
}

/** One way to store messages: the address that they go to. */
interface Way {
  readonly name: string;
  readonly url: string;
  readonly schema: string;
}

interface Sample {
  readonly perSecond: number;
  readonly coordinatorUs: number;
  readonly workersUs: number;
}

/** @throws Error when `TEST_CLUSTER_URL` names no cluster, or one on other machines. */
export async function compareCluster(): Promise<void> {
  const url = process.env['TEST_CLUSTER_URL'];
  if (url === undefined) {
    throw new Error('Set TEST_CLUSTER_URL to the coordinator of a Citus cluster on this machine.');
  }
  const admin = new pg.Client(url);
  await admin.connect();
  const nodes = await nodesOf(admin, url);
  const database = `blockhouse_bench_${process.pid}`;
  await admin.query('set client_min_messages = error');
  await admin.query(`create database ${database}`);
  const schema = database;
  const plainUrl = new URL(url);
  plainUrl.pathname = `/${database}`;
  const worker = nodes.find(({ isCoordinator }) => !isCoordinator);
  const ways: readonly Way[] = [
    { name: 'Plain', url: plainUrl.href, schema },
    { name: 'Cluster, server at the coordinator', url, schema },
    { name: 'Cluster, server at a worker', url: worker?.url ?? url, schema },
    { name: 'Plain again (control)', url: plainUrl.href, schema },
  ];
  try {
    await distributeStore({ url, schema });
    for (const own of [ways[0], ways[1]]) {
      const store = await openPostgresStore({ ...own, url: own?.url ?? '' });
      await addNumbers(store, numbers);
      await store.close();
    }
    for (const size of batchSizes) console.log(await compare(ways, nodes, size));
  } finally {
    await admin.query(`drop schema if exists ${schema} cascade`);
    await admin.query(`drop database ${database} with (force)`);
    await admin.end();
    progress('');
  }
}

async function compare(ways: readonly Way[], nodes: readonly Node[], size: number): Promise<string> {
  const samples = ways.map(() => [] as Sample[]);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, way] of ways.entries()) {
      progress(`batches of ${size}: round ${round} of ${rounds}, ${way.name}`);
      const sample = await measureOnce(way, nodes, size);
      // The first round warms up.
      if (round > 0) samples[index]?.push(sample);
    }
  }
  const medians = samples.map((own) => ({
    perSecond: quantile(
      own.map(({ perSecond }) => perSecond),
      0.5,
    ),
    coordinatorUs: quantile(
      own.map(({ coordinatorUs }) => coordinatorUs),
      0.5,
    ),
    workersUs: quantile(
      own.map(({ workersUs }) => workersUs),
      0.5,
    ),
  }));
  const plain = medians[0];
  if (plain === undefined) throw new Error('nothing was measured');
  const plainUs = plain.coordinatorUs + plain.workersUs;
  const times = (us: number) => `${Math.round(us)} µs (${(us / plainUs).toFixed(1)})`;
  return table(
    [`Batches of ${size}`, 'Coordinator', 'Workers', 'All nodes', 'Messages/s'],
    medians.map(({ coordinatorUs, workersUs, perSecond: rate }, index) => [
      ways[index]?.name ?? '',
      times(coordinatorUs),
      times(workersUs),
      times(coordinatorUs + workersUs),
      `${Math.round(rate)} (${(rate / plain.perSecond).toFixed(2)})`,
    ]),
  );
}

async function measureOnce({ url, schema }: Way, nodes: readonly Node[], size: number): Promise<Sample> {
  const store = await openPostgresStore({ url, schema, connectionsMax: numbers + 2 });
  try {
    const write = inboundInto(store, numbers);
    const load = { atOnce: numbers * size, seconds: roundSeconds };
    // Connections, prepared statements and caches of the database belong to no message.
    await perSecond(write, { ...load, seconds: 1 });
    const before = nodes.map(({ pid }) => cpuUs(pid));
    const rate = await perSecond(write, load);
    const used = nodes.map(({ pid }, index) => (cpuUs(pid) - (before[index] ?? 0)) / (rate * roundSeconds));
    const sumOf = (isCoordinator: boolean) =>
      nodes.reduce(
        (sum, node, index) => sum + (node.isCoordinator === isCoordinator ? (used[index] ?? 0) : 0),
        0,
      );
    return { perSecond: rate, coordinatorUs: sumOf(true), workersUs: sumOf(false) };
  } finally {
    await store.close();
  }
}

async function nodesOf(admin: pg.Client, url: string): Promise<readonly Node[]> {
  const { rows } = await admin.query<{ name: string; port: number; is_coordinator: boolean }>(
    `select nodename as name, nodeport as port, groupid = 0 as is_coordinator
       from pg_dist_node where isactive order by groupid`,
  );
  return await Promise.all(
    rows.map(async ({ name, port, is_coordinator: isCoordinator }) => {
      const address = new URL(url);
      address.host = `${name}:${port}`;
      return { url: address.href, pid: await serverPid(address.href), isCoordinator };
    }),
  );
}
