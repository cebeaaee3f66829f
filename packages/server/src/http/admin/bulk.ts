import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type BlockTerms, type NumberRecord, noteLengthMax, type Operation } from '@blockhouse/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { opens } from '../../auth/api-keys.ts';
import type { BulkResult } from '../../blocklists/bulk/results.ts';
import { RunConflict, type RunRecord } from '../../blocklists/bulk/run-record.ts';
import {
  type BulkPart,
  type BulkRequest,
  type BulkStep,
  leftOf,
  runIdForm,
} from '../../blocklists/bulk/runner.ts';
import type { Services } from '../../services.ts';
import { actorOf } from '../shared/actor.ts';
import type { App } from '../shared/app-type.ts';
import { type AccessRule, keyOf, numberOf, parameterOf } from '../shared/authenticate.ts';
import { errorAnswer, faultOf, invalid, shown, unknownObject } from '../shared/errors.ts';
import { closed, faults, ownApi } from '../shared/schemas.ts';
import { readTime } from '../shared/time.ts';
import { jsonLines, negotiateFormat } from './export-formats.ts';
import { readImport } from './import-list.ts';

const rule: AccessRule = { roles: ['admin', 'agent'], number: false, limited: false };

/** About 700,000 users. */
const bulkBytesMax = 16 * 1024 * 1024;

const user = Type.String({ maxLength: 200, description: 'A phone, wa_id or business-scoped user ID' });
const numbers = Type.Array(Type.String({ minLength: 1, maxLength: 20 }), {
  minItems: 1,
  maxItems: 10_000,
  description: 'phone_number_ids, or ["*"] for all that the key opens',
});
const note = Type.Optional(
  Type.Union([Type.String({ maxLength: noteLengthMax }), Type.Null()], {
    description: 'Why. Left out: a block that is there keeps its note; null: erases it',
  }),
);
const until = Type.Optional(
  Type.Union([Type.String(), Type.Null()], {
    description:
      'ISO 8601 time at which it ends by itself. Left out: a block that is there keeps its end; null: it never ends by itself',
  }),
);
const users = Type.Array(user, { minItems: 1 });

const plain = Type.Object({ users, numbers, note }, closed);
const timed = Type.Object({ users, numbers, note, until }, closed);
const blocking = Type.Object(
  { users, numbers, note, until, when_closed: Type.Optional(Type.Enum(['refuse', 'standing'])) },
  closed,
);

const result = Type.Object(
  { number: Type.String(), user: Type.String(), outcome: Type.String() },
  {
    additionalProperties: true,
    description: 'A refusal has code, reason, message, details and explanation besides',
  },
);

const answer = Type.Object({
  run: Type.Object({}, { additionalProperties: true }),
  results: Type.Array(result),
  error: Type.Optional(Type.Unknown()),
});

/** What is done to users, by which call. */
const routes = [
  {
    method: 'POST',
    path: 'blocks',
    operation: 'block',
    body: blocking,
    summary: 'Block any count of users on some numbers or all',
  },
  {
    method: 'POST',
    path: 'unblocks',
    operation: 'unblock',
    body: plain,
    summary: 'Unblock any count of users',
  },
  {
    method: 'POST',
    path: 'standing-blocks',
    operation: 'standing_block',
    body: timed,
    summary: 'Block users when they next write',
  },
  {
    method: 'POST',
    path: 'standing-blocks/withdrawals',
    operation: 'withdraw',
    body: plain,
    summary: 'Withdraw standing blocks',
  },
] as const satisfies readonly {
  method: string;
  path: string;
  operation: Operation;
  body: unknown;
  summary: string;
}[];

const description =
  'Worked through in requests of 1,000. `Accept: application/x-ndjson` streams results and progress; a client that hangs up ' +
  'stops the work behind the request in hand. An `Idempotency-Key` names the run: asked again, it gives the same answer, or ' +
  'goes on where it stopped.';

/** Any count of users on any of the numbers, and what is kept of such runs. */
export function bulkRoutes(app: App, services: Services): void {
  for (const { path, operation, body, summary } of routes) {
    app.post(
      `/blockhouse/v1/${path}`,
      {
        config: { access: rule },
        bodyLimit: bulkBytesMax,
        schema: {
          ...ownApi,
          tags: ['Blocks'],
          summary,
          description,
          body,
          response: { 200: answer, ...faults },
        },
      },
      async (request, reply) => {
        const bulk = await readBulk(services, request, operation, request.body);
        return await respond(services, request, reply, bulk);
      },
    );
  }

  app.get(
    '/blockhouse/v1/runs/:run_id',
    {
      config: { access: rule },
      schema: {
        ...ownApi,
        tags: ['Blocks'],
        summary: 'How far a run of your key has come, and how it ended; kept for a day',
        params: Type.Object({ run_id: Type.String() }),
        response: { 200: Type.Object({}, { additionalProperties: true }), ...faults },
      },
    },
    async (request) => {
      const { run_id: id } = request.params;
      const run = await services.bulk.find(keyOf(request).id, id);
      if (run === null) throw unknownObject(request.method, id);
      return runOut(run);
    },
  );

  app.post(
    '/blockhouse/v1/numbers/:id/blocks/import',
    {
      config: { access: { ...rule, number: true } },
      bodyLimit: bulkBytesMax,
      schema: {
        ...ownApi,
        tags: ['Blocks'],
        summary: 'Import a blocklist from CSV: a column for the user, and note and until if there are any',
        description,
        consumes: ['text/csv'],
        params: Type.Object({ id: Type.String() }),
        querystring: Type.Object({
          when_closed: Type.Optional(Type.Unknown({ description: 'refuse or standing' })),
          column: Type.Optional(
            Type.Unknown({
              description: 'The column of users, by name or place, where the header does not tell',
            }),
          ),
          country: Type.Optional(
            Type.Unknown({ description: 'ISO 3166 code of the country whose national numbers are read' }),
          ),
        }),
        response: { 200: answer, ...faults },
      },
    },
    async (request, reply) => {
      if (!Buffer.isBuffer(request.body)) throw invalid('Content-Type must be text/csv.', 415);
      const text = parameterOf(request.query, 'when_closed') ?? 'refuse';
      if (text !== 'refuse' && text !== 'standing')
        throw invalid(`Param when_closed must be one of {refuse, standing} - got "${shown(text)}".`);
      const askedAtMs = (await firstAskedAtMs(services, request)) ?? services.clock();
      const { parts, over } = await importParts(request, request.body, askedAtMs);
      reply.header('x-blockhouse-over', String(over));
      const bulk = { operation: 'block', whenClosed: text, parts, askedAtMs } as const;
      return await respond(services, request, reply, bulk);
    },
  );
}

async function readBulk(
  services: Services,
  request: FastifyRequest,
  operation: Operation,
  body: Static<typeof blocking>,
): Promise<BulkRequest> {
  const actor = actorOf(request);
  const askedAtMs = (await firstAskedAtMs(services, request)) ?? services.clock();
  const terms = readSaid(body, askedAtMs);
  const open = (await services.store.numbers()).filter(({ id }) => opens(keyOf(request), id));
  const chosen = chooseNumbers(open, body.numbers);
  const parts = chosen.map((number) => ({ number, users: body.users, actor, terms }));
  return { operation, whenClosed: body.when_closed ?? 'refuse', parts, askedAtMs };
}

function chooseNumbers(open: readonly NumberRecord[], ids: readonly string[]): readonly NumberRecord[] {
  if (ids.includes('*')) {
    if (ids.length > 1) throw invalid('Param numbers must be ["*"] alone, or phone_number_ids.');
    return open;
  }
  return [...new Set(ids)].map((id, index) => {
    const number = open.find((one) => one.id === id);
    if (number === undefined)
      throw invalid(`Param numbers[${index}]: there is no number "${shown(id)}" for this key.`);
    return number;
  });
}

function readSaid(
  { note, until }: Pick<Static<typeof blocking>, 'note' | 'until'>,
  askedAtMs: number,
): BlockTerms {
  return {
    ...(note !== undefined && { note }),
    ...(until !== undefined && { untilMs: until === null ? null : readUntil(until, askedAtMs) }),
  };
}

/** A call that is asked for again may be about a time that is over by now. */
function readUntil(text: string, askedAtMs: number): number {
  const untilMs = readTime('until', text);
  if (untilMs <= askedAtMs) throw invalid(`Param until must be in the future - got "${shown(text)}".`);
  return untilMs;
}

/** When the run that a request names was first asked for, so that a repeat means the same; null: it is no repeat. */
async function firstAskedAtMs({ bulk }: Services, request: FastifyRequest): Promise<number | null> {
  const run = await bulk.find(keyOf(request).id, readRunId(request));
  return run === null ? null : Date.parse(run.started_at);
}

/**
 * The rows of a list in their order, each with its own note and end; an empty cell keeps what is there. A block that was over
 * before it was imported is none.
 */
async function importParts(
  request: FastifyRequest,
  bytes: Uint8Array,
  askedAtMs: number,
): Promise<{ readonly parts: readonly BulkPart[]; readonly over: number }> {
  const column = parameterOf(request.query, 'column');
  const country = parameterOf(request.query, 'country');
  const rows = await readImport(bytes, { column, country });
  const left = rows.filter(({ terms: { untilMs } }) => untilMs == null || untilMs > askedAtMs);
  const part = {
    number: numberOf(request),
    users: left.map(({ text }) => text),
    actor: { ...actorOf(request), source: 'import' as const },
    terms: {},
    termsOfEach: left.map(({ terms }) => terms),
    readings: left.map(({ reading }) => reading),
  };
  return { parts: [part], over: rows.length - left.length };
}

async function respond(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  bulk: BulkRequest,
): Promise<FastifyReply> {
  const id = readRunId(request);
  const total = bulk.parts.reduce((sum, { users }) => sum + users.length, 0);
  requireSize(total, negotiateFormat(request) === 'ndjson');
  const steps = services.bulk.run(keyOf(request).id, id, bulk);
  // What is wrong with the request as a whole is known before the first line goes out.
  const first = await steps.next().catch((error: unknown) => {
    throw withConflict(error);
  });
  // A client that hangs up stops the work, also before the first line is read.
  const hangUp = () => {
    steps.return().catch((error: unknown) => {
      services.log.error({ err: error, fbtrace_id: request.id }, 'a bulk request could not be stopped');
    });
  };
  reply.raw.once('close', hangUp);
  if (reply.raw.destroyed || request.raw.socket.destroyed) hangUp();
  reply.header('x-blockhouse-run', id);
  const lines = linesOf(services, request, bulk, { id, first, steps });
  if (negotiateFormat(request) === 'ndjson')
    return reply.type('application/x-ndjson').send(Readable.from(jsonLines(shownLines(lines))));
  const chunks: (readonly [index: number, results: readonly BulkResult[]])[] = [];
  let end: Readonly<Record<string, unknown>> = {};
  for await (const line of lines) {
    if (line.type === 'results') chunks.push([line.index, line.results]);
    if (line.type === 'end') end = { run: line.run, ...(line.error !== undefined && { error: line.error }) };
    if (request.raw.socket.destroyed) break;
  }
  // In the order of the request, whatever was done first.
  const results = chunks.toSorted(([one], [other]) => one - other).flatMap(([, own]) => own);
  return reply.send({ ...end, results });
}

/** A conflict between callers of the same run, as it is answered. */
function withConflict(error: unknown): unknown {
  return error instanceof RunConflict ? invalid(`Idempotency-Key: ${error.message}.`, 409) : error;
}

/** Lines as they go out: in the order in which they come, without their places. */
async function* shownLines(lines: AsyncIterable<Line>): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const line of lines) {
    if (line.type === 'end') yield { ...line };
    else yield { type: line.type, done: line.done, total: line.total, results: line.results };
  }
}

/** Results that one answer holds, and that one run works through. */
const answeredMax = 100_000;
const workedMax = 2_000_000;

function requireSize(total: number, isStreamed: boolean): void {
  if (total > workedMax)
    throw invalid(
      `Params users and numbers make ${total} results; one call works through at most ${workedMax}.`,
    );
  if (total > answeredMax && !isStreamed) {
    throw invalid(
      `Params users and numbers make ${total} results; for more than ${answeredMax} ask for them as they come, with Accept: application/x-ndjson.`,
    );
  }
}

type Step = IteratorResult<BulkStep, void>;
type Line =
  | {
      readonly type: 'results';
      /** The place of the chunk in the request; those that are left come last. */
      readonly index: number;
      readonly done: number;
      readonly total: number;
      readonly results: readonly BulkResult[];
    }
  | { readonly type: 'end'; readonly run: object; readonly error?: unknown };

/** The results of each request with how far it is, and in the end how it ended: everybody is in exactly one line. */
async function* linesOf(
  services: Services,
  request: FastifyRequest,
  asked: BulkRequest,
  {
    id,
    first,
    steps,
  }: {
    id: string;
    first: Step;
    steps: AsyncGenerator<BulkStep, void>;
  },
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
  const run = (await keptRun(services, request, id)) ?? (latest && { ...latest, state: 'stopped' as const });
  if (failure !== undefined) {
    const results = leftOf(asked, chunks);
    yield {
      type: 'results',
      index: Number.MAX_SAFE_INTEGER,
      done: run?.done ?? 0,
      total: run?.total ?? results.length,
      results,
    };
  }
  const fault = failure === undefined ? null : faultOf(failure, request);
  yield {
    type: 'end',
    run: run === null ? {} : runOut(run),
    ...(fault !== null && { error: errorAnswer(fault.error, request.id, fault).error }),
  };
}

/** What the store has of a run; null also when it does not answer: what is known of the users goes out all the same. */
async function keptRun(
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

function runOut({ request_hash: _, chunks: __, claim: ___, ...run }: RunRecord): object {
  return run;
}

function readRunId({ headers }: FastifyRequest): string {
  const key = headers['idempotency-key'];
  if (key === undefined) return randomUUID();
  if (typeof key === 'string' && runIdForm.test(key)) return key;
  throw invalid('Header Idempotency-Key must be 1 to 200 visible ASCII characters without spaces.');
}
