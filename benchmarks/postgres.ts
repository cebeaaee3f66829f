// The PostgreSQL store against one statement per message, and two server processes against one. A real PostgreSQL
// that waits for its disk.
import pg from 'pg';
import { openPostgresStore } from '../packages/server/src/stores/postgres/store.ts';
import { startPostgres } from '../tools/postgres.ts';
import { addNumbers, inboundInto, perSecond, type Traffic, trafficOver, type Write } from './inbound.ts';
import { load } from './load.ts';
import { quantile } from './measure.ts';
import { loadCore, pin, startSubject } from './subject.ts';
import { workloads } from './workloads.ts';

const rounds = Number(process.env['ROUNDS'] ?? 7);
const roundSeconds = Number(process.env['ROUND_SECONDS'] ?? 2);

/** Messages that wait for their answer at the same time, and connections that carry them. */
const atOnce = 256;
const connections = 10;
const numbers = 4;

const median = (values: readonly number[]) => quantile(values, 0.5);

/** The baseline without batches: one statement, committed by itself, that looks for a block and opens the window. */
function oneByOne(pool: pg.Pool, schema: string, { numberOf, userOf }: Traffic): Write {
  const text = `
    insert into ${schema}.windows (phone_number_id, wa_id, last_inbound_ms, ticks)
    select $1, $2, $3, 2 where not exists (select from ${schema}.blocks where phone_number_id = $1 and wa_id = $2)
    on conflict (phone_number_id, wa_id) do update set last_inbound_ms = excluded.last_inbound_ms, ticks = 2`;
  return (nth) => pool.query({ name: 'inbound', text, values: [numberOf(nth), userOf(nth), nth] });
}

async function compareBatches(url: string): Promise<void> {
  const schema = 'bench';
  const store = await openPostgresStore({ url, schema, connectionsMax: connections });
  const { numberOf, userOf } = trafficOver(numbers);
  await addNumbers(store, numbers);
  const batched = inboundInto(store, numbers);
  const pool = new pg.Pool({ connectionString: url, max: connections });
  const single = oneByOne(pool, schema, { numberOf, userOf });
  const howMuch = { atOnce, seconds: roundSeconds };
  const [ours, theirs, again]: number[][] = [[], [], []];
  for (let round = 0; round <= rounds; round++) {
    const measured = [
      await perSecond(single, howMuch),
      await perSecond(batched, howMuch),
      await perSecond(single, howMuch),
    ];
    // The first round warms up.
    if (round === 0) continue;
    theirs?.push(measured[0] ?? 0);
    ours?.push(measured[1] ?? 0);
    again?.push(measured[2] ?? 0);
  }
  await pool.end();
  await store.close();
  const [base, own, control] = [median(theirs ?? []), median(ours ?? []), median(again ?? [])];
  console.log(
    `${'PostgreSQL: inbound in batches'.padEnd(40)} ${(own / base).toFixed(2)} of one statement per message (goal 6, control ${(control / base).toFixed(2)})` +
      `  ${Math.round(own)}/s, one by one ${Math.round(base)}/s`,
  );
}

async function compareServers(url: string): Promise<void> {
  const store = `${url}?schema=servers`;
  const one = await startSubject('blockhouse.ts', [store]);
  const two = await startSubject('blockhouse.ts', [store]);
  const [inbound] = workloads;
  if (inbound === undefined) throw new Error('there is no workload of inbound messages');
  const requests = await inbound.prepare(one);
  const run = async (subjects: readonly (typeof one)[]) => {
    const loads = await Promise.all(
      subjects.map((subject) =>
        load({
          ...subject,
          requests,
          connections: 128 / subjects.length,
          durationMs: roundSeconds * 1000,
        }),
      ),
    );
    return loads.reduce((sum, { latencies, seconds }) => sum + latencies.length / seconds, 0);
  };
  const alone: number[] = [];
  const both: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const measured = [await run([one]), await run([one, two])];
    if (round === 0) continue;
    alone.push(measured[0] ?? 0);
    both.push(measured[1] ?? 0);
  }
  await Promise.all([one.stop(), two.stop()]);
  console.log(
    `${'PostgreSQL: two servers'.padEnd(40)} ${(median(both) / median(alone)).toFixed(2)} of one (goal 1, on one core)` +
      `  ${Math.round(median(both))}/s, one ${Math.round(median(alone))}/s`,
  );
}

/** Both comparisons, with a database that keeps what it has committed. */
export async function comparePostgres(): Promise<void> {
  const database = await startPostgres('fsync = on\n');
  try {
    await compareBatches(database.url);
    // Both servers share one core, and the database has the other one with the load.
    pin(database.pid, loadCore);
    await compareServers(database.url);
  } finally {
    await database.remove();
  }
}
