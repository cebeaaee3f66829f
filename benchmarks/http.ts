// Blockhouse against bare Fastify, with a second bare Fastify as the control.
import { type Measured, measure, quantile, ratioOf } from './measure.ts';
import { mebibytes, milliseconds, progress, ratio, table } from './report.ts';
import { startSubject } from './subject.ts';
import { request, type Workload, workloads } from './workloads.ts';

const header = [
  'workload',
  'goal',
  'of bare (min–max)',
  'control',
  'answers/s',
  'bare',
  'p50 ms',
  'bare',
  'p99 ms',
  'bare',
  'CPU µs',
  'bare',
  'RSS MiB',
];

/** Compares the workloads whose names contain a text, and prints one table. */
export async function compareHttp(wanted: string): Promise<void> {
  const rows: string[][] = [];
  for (const workload of workloads.filter(({ name }) => name.includes(wanted))) {
    progress(`Measuring ${workload.name} …`);
    rows.push(await compare(workload));
  }
  progress('');
  if (rows.length > 0) console.log(table(header, rows));
}

async function compare({ name, goal, connections, prepare }: Workload): Promise<string[]> {
  const subject = await startSubject('blockhouse.ts', []);
  const requests = await prepare(subject);
  const [first] = requests;
  if (first === undefined) throw new Error(`the workload ${name} has no requests`);
  const bytes = String(JSON.stringify(await request(subject, first)).length);
  const bare = await startSubject('bare.ts', [bytes]);
  const control = await startSubject('bare.ts', [bytes]);
  const sides = [bare, control, subject].map((one) => ({ subject: one, requests, connections }));
  const [base, again, ours] = await measure(sides);
  await Promise.all([bare.stop(), control.stop(), subject.stop()]);
  if (base === undefined || again === undefined || ours === undefined) throw new Error('a side is missing');
  return [
    name,
    String(goal),
    ratio(ratioOf(ours.perSecond, base.perSecond)),
    ratioOf(again.perSecond, base.perSecond).median.toFixed(2),
    ...[ours, base].map(perSecond),
    ...[ours, base].map(({ p50Ms }) => milliseconds(p50Ms)),
    ...[ours, base].map(({ p99Ms }) => milliseconds(p99Ms)),
    ...[ours, base].map(({ cpuUs }) => cpuUs.toFixed(0)),
    mebibytes(ours),
  ];
}

function perSecond({ perSecond: rounds }: Measured): string {
  return quantile(rounds, 0.5).toFixed(0);
}
