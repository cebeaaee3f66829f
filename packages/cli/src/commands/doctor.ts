import {
  AuthenticationError,
  BlockhouseError,
  ConnectionError,
  NotFoundError,
  type NumberInfo,
  PermissionError,
  RateLimitError,
  ServerError,
  TimeoutError,
  UnexpectedResponseError,
} from '@blockhouse/client';
import { Command } from 'commander';
import { exitCodes, UsageError } from '../failure.ts';
import { type Judgment, judgeMeta, judgeReceiver, judgeWebhooks } from '../health.ts';
import { plain } from '../output.ts';
import {
  blockhouseFor,
  clientFor,
  type Flags,
  NumberNotNamed,
  numberFor,
  readSettings,
  type Settings,
  withSettings,
} from '../settings.ts';
import { count, jsonLines } from '../table.ts';

/** One thing that is looked at, and a sentence about it. */
interface Finding extends Judgment {
  readonly check: 'URL' | 'Key' | 'Number' | 'Permission' | 'Meta' | 'Webhooks' | 'Receiver' | 'Clock';
}

export function doctorCommand(): Command {
  return withSettings(new Command('doctor'))
    .description(
      'Check the URL, key, number, permission, and clock. With a Blockhouse server, also check Meta, its webhooks, and your receiver. Changes nothing.',
    )
    .option('--json', 'print a line of JSON for each check')
    .action(async (options: Flags & { json?: boolean }) => {
      const findings = await examine(readSettings(options));
      const marks = { true: '✓', false: '✗', null: '–' };
      const lines = findings.map(
        ({ check, ok, finding }) => `${marks[`${ok}`]} ${check.padEnd(10)}  ${plain(finding)}\n`,
      );
      process.stdout.write(options.json ? jsonLines(findings) : lines.join(''));
      if (findings.some(({ ok }) => ok === false)) process.exitCode = exitCodes.failed;
    });
}

/** The findings of one request for a page of the list. */
interface Answer {
  /** When the server says it is, in milliseconds since 1970; null when it does not say. */
  readonly serverMs: number | null;
  readonly error: unknown;
  readonly blocked: number;
  readonly hasMore: boolean;
}

const checks = ['URL', 'Key', 'Number', 'Permission'] as const;

async function examine(given: Settings): Promise<readonly Finding[]> {
  const answer = await ask(given);
  // Health is what the server has seen, so it is read after the list.
  const info = await askAboutNumber(given, answer);
  const isMetas = answer.error !== null && isErrorOfMeta(answer.error, info);
  const findings = isMetas ? findingsWithoutList(given, answer) : findingsOf(given, answer);
  return [
    ...findings,
    ...(await platformFindings(given, info, isMetas ? answer.error : null)),
    clockFinding(answer.serverMs),
  ];
}

function findingsOf(given: Settings, answer: Answer): readonly Finding[] {
  const problem = answer.error === null ? null : problemOf(given, answer.error);
  const failedAt = problem === null ? checks.length : checks.indexOf(problem.check);
  return checks.map((check, index): Finding => {
    const isProven = index < failedAt && (problem?.proves ?? true);
    if (isProven) return { check, ok: true, finding: passedFindings(given, answer)[check] };
    if (index === failedAt && problem !== null) return { check, ok: false, finding: problem.finding };
    return { check, ok: null, finding: 'Not looked at.' };
  });
}

/** The server has let the request through to Meta, which did not show the list: that is no fault of URL, key or number. */
function findingsWithoutList(given: Settings, answer: Answer): readonly Finding[] {
  return checks.map((check) =>
    check === 'Permission'
      ? { check, ok: null, finding: 'Not checked: Meta did not show the blocklist.' }
      : { check, ok: true, finding: passedFindings(given, answer)[check] },
  );
}

/**
 * The number as a Blockhouse server describes it, or the reason why it does not; null: it is no such server, or it
 * cannot be asked.
 */
type NumberAnswer = NumberInfo | BlockhouseError | null;

async function askAboutNumber(given: Settings, { error }: Answer): Promise<NumberAnswer> {
  if (error instanceof ConnectionError || error instanceof UsageError) return null;
  const once = { retries: 0 };
  try {
    return await blockhouseFor(given, once).numbers.get(await numberFor(given, once));
  } catch (failure) {
    return failure instanceof BlockhouseError ? failure : null;
  }
}

/** Whether it was Meta that did not show the list, and not the server. */
function isErrorOfMeta(error: unknown, info: NumberAnswer): boolean {
  if (!(error instanceof BlockhouseError)) return false;
  if (error.platformProblem !== null) return true;
  if (!isAtMeta(info)) return false;
  const { state } = info.upstream.health;
  const isLimit = error instanceof RateLimitError && state === 'limited';
  return isLimit || error.advice !== null || error instanceof ServerError || error instanceof TimeoutError;
}

type NumberAtMeta = NumberInfo & { readonly upstream: NonNullable<NumberInfo['upstream']> };

function isAtMeta(info: NumberAnswer): info is NumberAtMeta {
  return info !== null && !(info instanceof BlockhouseError) && info.upstream !== null;
}

/**
 * The facts about a number at Meta that only a Blockhouse server knows. @param error with which Meta did not show the
 * list, if it did not.
 */
async function platformFindings(
  given: Settings,
  info: NumberAnswer,
  error: unknown,
): Promise<readonly Finding[]> {
  if (!isAtMeta(info)) {
    if (error instanceof BlockhouseError) return [{ check: 'Meta', ...judgeError(error) }];
    const finding = 'Only a key with the role admin or agent can see whether the number is at Meta.';
    return isRoleRefused(given, info) ? [{ check: 'Meta', ok: null, finding }] : [];
  }
  const judged = judgeMeta(info.upstream);
  const meta = error instanceof BlockhouseError && judged.ok !== false ? judgeError(error) : judged;
  const subscription = await blockhouseFor(given, { retries: 0 })
    .numbers.subscription(info.id)
    .catch((failure: unknown) => {
      if (failure instanceof BlockhouseError) return failure;
      throw failure;
    });
  return [
    { check: 'Meta', ...meta },
    { check: 'Webhooks', ...judgeWebhooks(info, subscription) },
    { check: 'Receiver', ...judgeReceiver(info) },
  ];
}

/** Whether a Blockhouse server does not show numbers to the role of the key. Meta itself has no such path, whatever it answers. */
function isRoleRefused({ url }: Settings, info: NumberAnswer): boolean {
  const isMeta = new URL(url).hostname === 'graph.facebook.com';
  return !isMeta && info instanceof PermissionError && info.code === 10;
}

function judgeError({ message, advice }: BlockhouseError): Judgment {
  const said = plain(message);
  const next = advice === null || said.includes(advice) ? '' : ` ${advice}`;
  return { ok: false, finding: `Meta did not show the blocklist: ${said.replace(/\.$/, '')}.${next}` };
}

/** The problem, and whether it proves that the checks before it are right. */
interface Problem {
  readonly check: (typeof checks)[number];
  readonly finding: string;
  readonly proves?: boolean;
}

/** The one thing that is wrong: the server checks URL, key, number and permission in this order, and stops at the first. */
function problemOf(given: Settings, error: unknown): Problem {
  const url = new URL(given.url).origin;
  const [said = ''] = plain(error instanceof Error ? error.message : String(error))
    .replace(/\.$/, '')
    .split('\ufffd');
  if (error instanceof ConnectionError || error instanceof TimeoutError) {
    const cause = /\((.*)\)$/.exec(said)?.[1] ?? said;
    return {
      check: 'URL',
      finding: `${url} does not answer: ${cause}. Check --url, and check that the server runs.`,
    };
  }
  if (error instanceof ServerError || error instanceof RateLimitError) {
    return { check: 'URL', finding: `${url} cannot answer now: ${said}. Try again later.` };
  }
  if (error instanceof UnexpectedResponseError || (error instanceof NotFoundError && error.code === 2500)) {
    return {
      check: 'URL',
      finding: `${url} answers, but not in the format of this API: ${said}. Check --url.`,
    };
  }
  if (error instanceof AuthenticationError) return { check: 'Key', finding: `The key is refused: ${said}.` };
  if (error instanceof NumberNotNamed) {
    // A key that may not read the list of numbers was accepted; whether one that found no such list is, nobody said.
    return { check: 'Number', finding: `${said}.`, proves: error.cause instanceof PermissionError };
  }
  if (error instanceof UsageError) return { check: 'Number', finding: `${said}.` };
  if (error instanceof NotFoundError) {
    return {
      check: 'Number',
      finding: `${given.number} does not exist, or the key does not open it: ${said}.`,
    };
  }
  if (error instanceof PermissionError) {
    return { check: 'Permission', finding: `The key has no permission for this blocklist: ${said}.` };
  }
  return { check: 'Permission', finding: `The blocklist cannot be read: ${said}.` };
}

function passedFindings(
  given: Settings,
  { blocked, hasMore }: Answer,
): Record<(typeof checks)[number], string> {
  const seen = `${hasMore ? 'more than ' : ''}${count(blocked, 'user is', 'users are')} blocked`;
  return {
    URL: `${new URL(given.url).origin} answers.`,
    Key: 'It is accepted.',
    Number: given.number === null ? 'The key opens one number.' : `${given.number} exists.`,
    Permission: `The blocklist can be read: ${seen}.`,
  };
}

async function ask(given: Settings): Promise<Answer> {
  let serverMs: number | null = null;
  const listening: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    const date = Date.parse(response.headers.get('date') ?? '');
    serverMs = Number.isNaN(date) ? null : date;
    return response;
  };
  try {
    const client = await clientFor(given, { fetch: listening, retries: 0 });
    const { users, hasNext } = await client.list({ limit: 1000 });
    return { serverMs, error: null, blocked: users.length, hasMore: hasNext };
  } catch (error) {
    return { serverMs, error, blocked: 0, hasMore: false };
  }
}

/** More than this, and signatures, windows and expiries are read wrongly. */
const skewMaxMs = 30_000;

function clockFinding(serverMs: number | null): Finding {
  const check = 'Clock';
  if (serverMs === null) return { check, ok: null, finding: 'The server did not send its time.' };
  const skewMs = performance.timeOrigin + performance.now() - serverMs;
  if (Math.abs(skewMs) <= skewMaxMs)
    return { check, ok: true, finding: 'This machine and the server agree.' };
  const seconds = count(Math.round(Math.abs(skewMs) / 1000), 'second');
  const way = skewMs > 0 ? 'ahead of' : 'behind';
  return { check, ok: false, finding: `This machine is ${seconds} ${way} the server; one of them is wrong.` };
}
