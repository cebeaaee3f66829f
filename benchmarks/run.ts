// `npm run bench [part of a name]`: our cost against bare Fastify's, as ratios within one run. Machines swing, so rounds
// are interleaved, medians count, and bare Fastify is measured against itself as the control.
import { load } from './load.ts';
import { comparePostgres } from './postgres.ts';
import { answerBytes, type BenchRequest, deepPage, type Question, questions } from './questions.ts';
import { type Subject, startSubject } from './server-process.ts';

const rounds = Number(process.env['ROUNDS'] ?? 7);
const roundSeconds = Number(process.env['ROUND_SECONDS'] ?? 2);

interface Sample {
  readonly perSecond: number;
  readonly cpuUs: number;
}

async function measure(
  subject: Subject,
  requests: readonly BenchRequest[],
  connections: number,
): Promise<Sample> {
  const before = await subject.usage();
  const { answers, seconds } = await load({
    ...subject,
    requests,
    connections,
    durationMs: roundSeconds * 1000,
  });
  const after = await subject.usage();
  return { perSecond: answers / seconds, cpuUs: (after.cpuUs - before.cpuUs) / answers };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Measures subjects in turn, round by round, and answers the median of each. */
async function compare(
  subjects: readonly { readonly subject: Subject; readonly requests: readonly BenchRequest[] }[],
  connections: number,
): Promise<Sample[]> {
  const samples: Sample[][] = subjects.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { subject, requests }] of subjects.entries()) {
      const sample = await measure(subject, requests, connections);
      // The first round warms up.
      if (round > 0) samples[index]?.push(sample);
    }
  }
  return samples.map((list) => ({
    perSecond: median(list.map(({ perSecond }) => perSecond)),
    cpuUs: median(list.map(({ cpuUs }) => cpuUs)),
  }));
}

async function answer(question: Question): Promise<void> {
  const ours = await startSubject('blockhouse.ts', []);
  await question.prepare(ours);
  const bytes = String(await answerBytes(ours, question));
  const bare = await startSubject('bare.ts', [bytes]);
  const control = await startSubject('bare.ts', [bytes]);
  const subjects = [bare, control, ours].map((subject) => ({ subject, requests: question.requests }));
  const [base, again, own] = await compare(subjects, question.connections);
  const { rssBytes } = await ours.usage();
  await Promise.all([bare.stop(), control.stop(), ours.stop()]);
  if (base === undefined || again === undefined || own === undefined) throw new Error('unreachable');
  const ratio = own.perSecond / base.perSecond;
  console.log(
    `${question.name.padEnd(40)} ${ratio.toFixed(2)} of bare (budget ${question.budget}, control ${(again.perSecond / base.perSecond).toFixed(2)})` +
      `  ${Math.round(own.perSecond)}/s, bare ${Math.round(base.perSecond)}/s` +
      `  CPU ${own.cpuUs.toFixed(0)} µs, bare ${base.cpuUs.toFixed(0)} µs  RSS ${Math.round(rssBytes / 2 ** 20)} MiB`,
  );
}

async function compareDepths(): Promise<void> {
  const ours = await startSubject('blockhouse.ts', []);
  await deepPage.prepare(ours);
  const page = (path: string) => ({ subject: ours, requests: [{ method: 'GET' as const, path }] });
  const first = page(`/v25.0/106540352242922/block_users?limit=25`);
  const deep = page(await deepPage.pathOf(ours, deepPage.offset));
  const [shallow, again, far] = await compare([first, first, deep], 64);
  await ours.stop();
  if (shallow === undefined || again === undefined || far === undefined) throw new Error('unreachable');
  console.log(
    `${'page at offset 63,974 against the first'.padEnd(40)} ${(shallow.perSecond / far.perSecond).toFixed(2)} times its cost (budget 1.15, control ${(shallow.perSecond / again.perSecond).toFixed(2)})`,
  );
}

const wanted = process.argv[2] ?? '';
for (const question of questions) if (question.name.includes(wanted)) await answer(question);
if ('page at offset'.includes(wanted)) await compareDepths();
if ('postgres'.includes(wanted)) await comparePostgres();
