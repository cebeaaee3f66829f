// The same requests over a large store and over a small one: what a request costs must not depend on how much is kept.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Archive, numberColumns, tables, type Value } from '../packages/server/src/stores/archive.ts';
import { openSqliteArchive } from '../packages/server/src/stores/sqlite/archive.ts';
import { type Measured, measure, ratioOf } from './measure.ts';
import { mebibytes, milliseconds, progress, ratio, table } from './report.ts';
import { type Subject, startSubject } from './subject.ts';
import { type BenchRequest, block, inbound, number, page, send, unblock, user, users } from './workloads.ts';

/** The contents of a store. One number has a long blocklist; the others share the rest. */
interface Size {
  readonly numbers: number;
  readonly longList: number;
  readonly blocksEach: number;
  readonly windowsEach: number;
}

const small: Size = { numbers: 1000, longList: 1000, blocksEach: 25, windowsEach: 25 };
const large: Size = { numbers: 1000, longList: 63_000, blocksEach: 1000, windowsEach: 10_000 };

const goal = 1.2;
const rowsAtOnce = 10_000;
const idOf = (nth: number) => (nth === 0 ? number : String(200_000_000 + nth));
const others = Array.from({ length: 500 }, (_, index) => idOf(index + 1));
/** Users without a block, each at one of the numbers. */
const spread = others.flatMap((id, nth) => [user(2000 + nth), user(4000 + nth)].map((one) => ({ id, one })));
const unlisted = users(63_000, 1000);

interface GrowthWorkload {
  readonly name: string;
  readonly requests: readonly BenchRequest[];
}

const workloads: readonly GrowthWorkload[] = [
  { name: 'inbound, 500 numbers', requests: spread.map(({ id, one }) => inbound(id, [one])) },
  { name: 'send, 500 numbers', requests: spread.map(({ id, one }) => send(id, one)) },
  {
    name: 'block, unblock, long list',
    requests: unlisted.flatMap((one) => [block(number, [one]), unblock(number, [one])]),
  },
  {
    name: 'block, unblock, 500 numbers',
    requests: spread.flatMap(({ id, one }) => [block(id, [one]), unblock(id, [one])]),
  },
  { name: 'page of 25, long list', requests: [page(number)] },
  { name: 'page of 25, 500 numbers', requests: others.map(page) },
];

/** Prints a table of what each request costs over a large store, as a multiple of its cost over a small one. */
export async function compareGrowth(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'blockhouse-growth-'));
  try {
    const sides = [await start(folder, 'small', small), await start(folder, 'large', large)];
    const rows: string[][] = [];
    for (const { name, requests } of workloads) {
      progress(`Measuring ${name} …`);
      const [base, grown] = await measure(sides.map((subject) => ({ subject, requests, connections: 64 })));
      if (base === undefined || grown === undefined) throw new Error('a side is missing');
      rows.push(rowOf(name, base, grown));
    }
    progress('');
    const header = [
      'workload',
      'goal',
      'cost of small (min–max)',
      'p99 ms',
      'small',
      'CPU µs',
      'small',
      'RSS MiB',
      'small',
    ];
    console.log(table(header, rows));
    const [first, second] = sides;
    console.log(
      `Start: ${milliseconds(second?.startMs ?? 0)} ms, small ${milliseconds(first?.startMs ?? 0)} ms`,
    );
    for (const subject of sides) await subject.stop();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rowOf(name: string, base: Measured, grown: Measured): string[] {
  return [
    name,
    String(goal),
    ratio(ratioOf(base.perSecond, grown.perSecond)),
    ...[grown, base].map(({ p99Ms }) => milliseconds(p99Ms)),
    ...[grown, base].map(({ cpuUs }) => cpuUs.toFixed(0)),
    ...[grown, base].map(mebibytes),
  ];
}

/** A server on a store of that size. Every user that workloads name has written to their number. */
async function start(folder: string, name: string, size: Size): Promise<Subject> {
  const path = join(folder, name);
  const archive = openSqliteArchive(path);
  await fill(archive, size, name);
  await archive.close();
  return await startSubject('blockhouse.ts', [`sqlite:${path}`]);
}

async function fill(archive: Archive, size: Size, name: string): Promise<void> {
  const nowMs = Date.now();
  for (let nth = 0; nth < size.numbers; nth++) {
    if (nth % 10 === 0) progress(`Filling the ${name} store: number ${nth} of ${size.numbers} …`);
    const id = idOf(nth);
    const blocks = nth === 0 ? size.longList : size.blocksEach;
    await archive.putNumber(numberRow(id, { nth, nowMs, blocks }));
    await write(archive, 'blocks', id, blocks, (index) => ({
      position: index,
      wa_id: Number(user(index)),
      blocked_at_ms: nowMs,
      key_id: 'key_a',
      source: 'api',
      dropped_before: 0,
    }));
    const windows = nth === 0 ? size.longList : size.windowsEach;
    await write(archive, 'windows', id, windows, (index) => windowOf(index, nowMs));
    const asked = nth === 0 ? unlisted : spread.filter((one) => one.id === id).map(({ one }) => one);
    await archive.write(
      tableOf('windows'),
      id,
      asked.map((one) => valuesOf('windows', windowOf(Number(one) - Number(user(0)), nowMs))),
    );
  }
  await archive.setNumbersMade(size.numbers);
}

const windowOf = (index: number, nowMs: number) => ({
  wa_id: Number(user(index)),
  last_inbound_ms: nowMs,
  dropped: 0,
  ticks: 2,
});

async function write(
  archive: Archive,
  name: string,
  id: string,
  count: number,
  row: (index: number) => Readonly<Record<string, Value>>,
): Promise<void> {
  for (let start = 0; start < count; start += rowsAtOnce) {
    const length = Math.min(rowsAtOnce, count - start);
    const rows = Array.from({ length }, (_, index) => valuesOf(name, row(start + index)));
    await archive.write(tableOf(name), id, rows);
  }
}

function tableOf(name: string) {
  const found = tables.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no table ${name}`);
  return found;
}

function valuesOf(name: string, row: Readonly<Record<string, Value>>): readonly Value[] {
  return tableOf(name).columns.map((column) => row[column] ?? null);
}

function numberRow(
  id: string,
  { nth, nowMs, blocks }: { nth: number; nowMs: number; blocks: number },
): readonly Value[] {
  const row: Readonly<Record<string, Value>> = {
    made: nth + 1,
    id,
    wa_id: 15_550_000_000 + nth,
    display_phone_number: `+${15_550_000_000 + nth}`,
    verified_name: 'Bench',
    waba_id: '1',
    portfolio_id: 'default',
    created_at_ms: nowMs,
    version: nowMs * 1000,
    size: blocks,
    list_end: blocks,
    activity_end: 1,
    outbox_end: (nth + 1) * 1_000_000_000 + 1,
  };
  return numberColumns.map((column) => row[column] ?? null);
}
