import { AmbiguousOutcome } from './ambiguous.ts';
import { Attempts } from './attempts.ts';
import {
  type BulkCall,
  BulkLines,
  type BulkOptions,
  type BulkResult,
  brokenOff,
  bulkResultOf,
} from './bulk.ts';
import { BlockhouseError } from './errors.ts';
import { type ApiRequest, request, type Transport } from './request.ts';

/** A bulk call of very many users takes its time; its results come all the while. */
const bulkTimeoutMs = 60 * 60 * 1000;

/** Makes a bulk call, and reads its results as they come. The name of the run makes it safe to repeat. @throws AmbiguousOutcome */
export async function streamBulk(
  transport: Transport,
  asked: Omit<BulkCall, 'run'>,
  call: Omit<ApiRequest, 'isAnswer'>,
  { signal, idempotencyKey: run = newName(), onProgress, onUnfinished }: BulkOptions,
): Promise<BulkResult> {
  const attempts = new Attempts();
  let lines = new BulkLines(onProgress);
  // The results of the attempt that came furthest. The next attempt returns the same rows again.
  let known = lines;
  const sent = {
    ...call,
    accept: 'application/x-ndjson',
    headers: { 'idempotency-key': run },
    attempts,
    // The results of an attempt that was cut off come again.
    onAttempt: () => {
      if (lines.rows.length > known.rows.length) known = lines;
      lines = new BulkLines(onProgress);
    },
    onText: (chunk: string) => lines.take(chunk),
    isAnswer: (_body: unknown, status: number) => status === 200 && lines.end !== null,
  };
  const times = { timeoutMs: bulkTimeoutMs, deadlineMs: bulkTimeoutMs, ...(signal && { signal }) };
  try {
    await request(transport, sent, times);
  } catch (error) {
    const { rows } = lines.rows.length > known.rows.length ? lines : known;
    const { mayBeApplied } = attempts;
    const left = brokenOff({ ...asked, run }, rows, { cause: error, mayBeApplied });
    onUnfinished?.(left);
    const isUntouched = rows.length === 0 && !mayBeApplied;
    const isCallers = signal?.aborted || !(error instanceof BlockhouseError);
    throw isUntouched || isCallers ? error : left;
  }
  const result = bulkResultOf({ ...asked, run }, lines.rows, endedEarly(lines.end?.error));
  if (!(result instanceof AmbiguousOutcome)) return result;
  onUnfinished?.(result);
  throw result;
}

/** A name for a call. Not `crypto.randomUUID()`, which pages have over https alone. */
function newName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Why a server ended the work before its end, in its own words; undefined: it did not. */
function endedEarly(said: unknown): BlockhouseError | undefined {
  return said === undefined
    ? undefined
    : new BlockhouseError(`the server ended the work early: ${JSON.stringify(said)}`);
}
