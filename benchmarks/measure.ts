import { load } from './load.ts';
import type { Subject } from './subject.ts';
import type { BenchRequest } from './workloads.ts';

/** How many rounds are measured, and how long each one takes. */
const rounds = Number(process.env['ROUNDS'] ?? 7);
const roundSeconds = Number(process.env['ROUND_SECONDS'] ?? 2);

/**
 * How long each server warms up. V8 compiles hot code in several tiers, on the same core, and a server that has run for
 * some seconds is what operators see.
 */
const warmUpSeconds = Number(process.env['WARM_UP_SECONDS'] ?? 8);

/** One server with the requests it is sent. */
export interface Side {
  readonly subject: Subject;
  readonly requests: readonly BenchRequest[];
  readonly connections: number;
}

/** The results of one server in all rounds. */
export interface Measured {
  /** Answers a second, round by round. */
  readonly perSecond: readonly number[];
  /** CPU time of the server per answer, in microseconds: the median round. */
  readonly cpuUs: number;
  /** Latencies of all rounds, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The largest resident memory at the end of a round. */
  readonly rssBytes: number;
}

/** Measures servers in turn, round by round, so that a machine that swings swings for all of them. */
export async function measure(sides: readonly Side[]): Promise<readonly Measured[]> {
  const samples = sides.map(() => [] as Sample[]);
  for (const side of sides) await measureOnce(side, warmUpSeconds);
  for (let round = 0; round < rounds; round++)
    for (const [index, side] of sides.entries()) samples[index]?.push(await measureOnce(side, roundSeconds));
  return samples.map(summarize);
}

/** Ratios of two servers, round by round. */
export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function ratioOf(one: readonly number[], other: readonly number[]): Ratio {
  const ratios = one.map((value, index) => value / (other[index] ?? Number.NaN));
  return { median: quantile(ratios, 0.5), min: Math.min(...ratios), max: Math.max(...ratios) };
}

interface Sample {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly latencies: readonly number[];
  readonly rssBytes: number;
}

async function measureOnce({ subject, requests, connections }: Side, loadSeconds: number): Promise<Sample> {
  const before = await subject.usage();
  const { latencies, seconds } = await load({
    ...subject,
    requests,
    connections,
    durationMs: loadSeconds * 1000,
  });
  const { cpuUs, rssBytes } = await subject.usage();
  const answers = latencies.length;
  return { perSecond: answers / seconds, cpuUs: (cpuUs - before.cpuUs) / answers, latencies, rssBytes };
}

function summarize(samples: readonly Sample[]): Measured {
  const latencies = samples.flatMap((sample) => sample.latencies);
  return {
    perSecond: samples.map(({ perSecond }) => perSecond),
    cpuUs: quantile(
      samples.map(({ cpuUs }) => cpuUs),
      0.5,
    ),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    rssBytes: Math.max(...samples.map(({ rssBytes }) => rssBytes)),
  };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
