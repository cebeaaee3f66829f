// Inbound messages with 50 auto-block rules of all kinds against the same without rules. No rule matches, which is the
// most work: every rule is tried.
import { measure, ratioOf } from './measure.ts';
import { ratio, table } from './report.ts';
import { type Subject, startSubject } from './subject.ts';
import { workloads } from './workloads.ts';

const goal = 1.3;
const rulesCount = 50;

/** Conditions of every kind that the messages of the workload do not meet. */
const conditions: readonly object[] = [
  { country: { in: ['KE', 'NG'] } },
  { country: { not_in: ['US', 'BR'] }, sender: 'new' },
  { rate: { over: 10_000, within: '1m', of: 'sender' } },
  { rate: { over: 10_000, within: '1s', of: 'new_senders' } },
  { same_content: { over_senders: 10_000, within: '1h' } },
  { text: { words: ['bitcoin', 'casino', 'loan', 'forex', 'prize'] } },
  { text: { phrases: ['click here', 'work from home', 'free money'] } },
  { text: { patterns: ['\\bwin \\d+ dollars\\b'] } },
  { link: {} },
  { link: { domains: ['evil.example', 'spam.example'] } },
  { forwarded_many_times: true },
  { message_type: ['audio', 'video'] },
  { name: { words: ['support', 'whatsapp'] } },
  { user: [16_600_000_000] },
];

export async function compareRules(): Promise<void> {
  const [inbound] = workloads;
  if (inbound === undefined) throw new Error('there is no workload of inbound messages');
  const subjects = [await startSubject('blockhouse.ts', []), await startSubject('blockhouse.ts', [])];
  const [without, withRules] = subjects;
  if (without === undefined || withRules === undefined) throw new Error('the servers did not start');
  await putRules(withRules);
  const { connections } = inbound;
  const sides = await Promise.all(
    subjects.map(async (subject) => ({ subject, requests: await inbound.prepare(subject), connections })),
  );
  const [bare, ruled] = await measure(sides);
  if (bare === undefined || ruled === undefined) throw new Error('nothing was measured');
  const slower = ratioOf(bare.perSecond, ruled.perSecond);
  console.log(
    table(
      ['inbound', 'goal', 'cost (min–max)', 'CPU µs', 'without', 'RSS MiB', 'without'],
      [
        [
          `${rulesCount} rules`,
          `≤ ${goal}`,
          ratio(slower),
          ruled.cpuUs.toFixed(0),
          bare.cpuUs.toFixed(0),
          (ruled.rssBytes / 2 ** 20).toFixed(0),
          (bare.rssBytes / 2 ** 20).toFixed(0),
        ],
      ],
    ),
  );
  await Promise.all(subjects.map((subject) => subject.stop()));
}

async function putRules({ url, key }: Subject): Promise<void> {
  const rules = Array.from({ length: rulesCount }, (_, index) => ({
    name: `Rule ${index}`,
    mode: 'enforce',
    when: conditions[index % conditions.length],
    action: { type: 'block' },
    includes_customers: true,
  }));
  const response = await fetch(`${url}/blockhouse/v1/rules`, {
    method: 'PUT',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ rules }),
  });
  if (!response.ok) throw new Error(`the rules were refused: ${await response.text()}`);
}
