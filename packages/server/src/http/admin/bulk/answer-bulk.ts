import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type BulkRequest, leftOf, totalOf } from '../../../blocklists/bulk/bulk-request.ts';
import type { BulkResult } from '../../../blocklists/bulk/results.ts';
import type { RunRecord } from '../../../blocklists/bulk/run-record.ts';
import type { BulkStep } from '../../../blocklists/bulk/runner.ts';
import { RunConflict } from '../../../blocklists/bulk/runs.ts';
import type { Services } from '../../../services.ts';
import { keyOf } from '../../shared/access.ts';
import { errorAnswer, invalid, requestErrorOf } from '../../shared/errors.ts';
import { isoTime } from '../../shared/time.ts';
import { jsonLines, negotiateFormat } from '../export-formats.ts';
import { readRunId } from './read-bulk.ts';

/** How many results one JSON answer can have, and how many one run. */
const answerResultsMax = 100_000;
const runResultsMax = 2_000_000;

/** A line of a streamed answer. */
type Line = ResultsLine | EndLine;

interface ResultsLine {
  readonly type: 'results';
  /** The position of the chunk in the request. */
  readonly index: number;
  readonly done: number;
  readonly total: number;
  readonly results: readonly BulkResult[];
}

interface EndLine {
  readonly type: 'end';
  readonly run: object;
  readonly error?: unknown;
}

/** Runs a bulk request, and answers with one JSON document, or with a line for each chunk. */
export async function answerBulk(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  bulk: BulkRequest,
): Promise<FastifyReply> {
  const id = readRunId(request);
  const isStreamed = negotiateFormat(request) === 'ndjson';
  requireSize(bulk, isStreamed);
  const steps = services.bulk.run(keyOf(request).id, id, bulk);
  // An error of the request as a whole shows here, before the status goes out.
  const first = await steps.next().catch((error: unknown) => {
    throw withConflict(error);
  });
  stopOnHangUp(services, request, reply, steps);
  reply.header('x-blockhouse-run', id);
  const lines = linesOf(services, request, bulk, { id, first, steps });
  if (isStreamed)
    return reply.type('application/x-ndjson').send(Readable.from(jsonLines(renderedLines(lines))));
  return reply.send(await wholeAnswer(request, lines));
}

function requireSize(request: BulkRequest, isStreamed: boolean): void {
  const total = totalOf(request);
  const problem = `Params users and numbers make ${total} results`;
  if (total > runResultsMax) throw invalid(`${problem}; one call works through at most ${runResultsMax}.`);
  if (total > answerResultsMax && !isStreamed)
    throw invalid(
      `${problem}; for more than ${answerResultsMax}, stream them with Accept: application/x-ndjson.`,
    );
}

/** Stops the work when the client disconnects, also before the first line is read. */
function stopOnHangUp(
  { log }: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  steps: AsyncGenerator<BulkStep, void>,
): void {
  const stop = () => {
    steps.return().catch((error: unknown) => {
      log.error({ err: error, fbtrace_id: request.id }, 'a bulk request could not be stopped');
    });
  };
  reply.raw.once('close', stop);
  if (reply.raw.destroyed || request.raw.socket.destroyed) stop();
}

/** A conflict between callers of the same run, as it is answered. */
function withConflict(error: unknown): unknown {
  return error instanceof RunConflict ? invalid(`Idempotency-Key: ${error.message}.`, 409) : error;
}

/**
 * A line for each chunk, then one for the end of the run. Every user of the request is in exactly one line: after a failure, one
 * more line of results has the users that are left.
 */
async function* linesOf(
  services: Services,
  request: FastifyRequest,
  bulk: BulkRequest,
  {
    id,
    first,
    steps,
  }: { id: string; first: IteratorResult<BulkStep, void>; steps: AsyncGenerator<BulkStep, void> },
): AsyncGenerator<Line> {
  const chunks = new Set<number>();
  let latest: RunRecord | null = null;
  let failure: unknown;
  try {
    for (let step = first; !step.done; step = await steps.next()) {
      const { run, index, results } = step.value;
      chunks.add(index);
      latest = run;
      yield { type: 'results', index, done: run.done, total: run.total, results };
    }
  } catch (error) {
    services.log.error({ err: error, fbtrace_id: request.id }, 'a bulk request ended early');
    failure = withConflict(error);
  } finally {
    // A client that stops listening stops the work.
    await steps.return();
  }
  const run = (await findRun(services, request, id)) ?? (latest && { ...latest, state: 'stopped' as const });
  if (failure === undefined) {
    yield { type: 'end', run: renderRun(run) };
    return;
  }
  const results = leftOf(bulk, chunks);
  const { done = 0, total = results.length } = run ?? {};
  yield { type: 'results', index: Number.MAX_SAFE_INTEGER, done, total, results };
  const error = requestErrorOf(failure, request);
  yield { type: 'end', run: renderRun(run), error: errorAnswer(error.kind, request.id, error).error };
}

/** @returns the stored run; null also if the store fails, since the results are answered all the same. */
async function findRun(
  { bulk, log }: Services,
  request: FastifyRequest,
  id: string,
): Promise<RunRecord | null> {
  try {
    return await bulk.find(keyOf(request).id, id);
  } catch (error) {
    log.error({ err: error, fbtrace_id: request.id }, 'the end of a bulk request could not be read');
    return null;
  }
}

/** The progress of a run, without what it is recognized and continued by. */
export function renderRun(record: RunRecord | null): object {
  if (record === null) return {};
  const { id, operation, total, startedAtMs, state, updatedAtMs, done, counts, keptUntilMs } = record;
  return {
    id,
    operation,
    total,
    started_at: isoTime(startedAtMs),
    state,
    updated_at: isoTime(updatedAtMs),
    done,
    counts,
    kept_until: isoTime(keptUntilMs),
  };
}

function renderResult({ numberId, user, waId, userId, ...outcome }: BulkResult): object {
  return {
    number: numberId,
    user,
    ...(waId !== undefined && { wa_id: waId }),
    ...(userId !== undefined && { user_id: userId }),
    ...outcome,
  };
}

/** Lines as they go out: in the order in which the chunks are done. */
async function* renderedLines(lines: AsyncIterable<Line>): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const line of lines) {
    if (line.type === 'end') yield { ...line };
    else
      yield { type: line.type, done: line.done, total: line.total, results: line.results.map(renderResult) };
  }
}

/** All lines as one document, with the results in the order of the request. */
async function wholeAnswer(request: FastifyRequest, lines: AsyncIterable<Line>): Promise<object> {
  const chunks: ResultsLine[] = [];
  let end: object = {};
  for await (const line of lines) {
    if (line.type === 'results') chunks.push(line);
    else end = { run: line.run, ...(line.error !== undefined && { error: line.error }) };
    if (request.raw.socket.destroyed) break;
  }
  const results = chunks
    .toSorted((a, b) => a.index - b.index)
    .flatMap((chunk) => chunk.results.map(renderResult));
  return { ...end, results };
}
