import { randomUUID } from 'node:crypto';
import type { BlockTerms, NumberRecord, Operation } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { opens } from '../../../auth/api-keys.ts';
import type { BulkPart, BulkRequest } from '../../../blocklists/bulk/bulk-request.ts';
import { runIdForm } from '../../../blocklists/bulk/runs.ts';
import type { Services } from '../../../services.ts';
import { keyOf, numberOf } from '../../shared/access.ts';
import { actorOf } from '../../shared/actor.ts';
import { invalid, shown } from '../../shared/errors.ts';
import { parameterOf } from '../../shared/request-url.ts';
import { readTime } from '../../shared/time.ts';
import type { blockBody } from './bulk-schemas.ts';
import { readImport } from './import-list.ts';

/** Reads a bulk request in JSON. */
export async function readBulk(
  services: Services,
  request: FastifyRequest,
  operation: Operation,
  body: Static<typeof blockBody>,
): Promise<BulkRequest> {
  const actor = actorOf(request);
  const askedAtMs = await readAskedAtMs(services, request);
  const terms = readTerms(body, askedAtMs);
  const open = (await services.store.numbers()).filter(({ id }) => opens(keyOf(request), id));
  const parts = chooseNumbers(open, body.numbers).map((number) => ({
    number,
    users: body.users,
    actor,
    terms,
  }));
  return { operation, whenClosed: body.when_closed ?? 'refuse', parts, askedAtMs };
}

/** Reads the import of a CSV file. @returns with it, how many rows were left out because their blocks have expired. */
export async function readBulkImport(
  services: Services,
  request: FastifyRequest,
): Promise<{ readonly bulk: BulkRequest; readonly expired: number }> {
  if (!Buffer.isBuffer(request.body)) throw invalid('Content-Type must be text/csv.', 415);
  const whenClosed = parameterOf(request.query, 'when_closed') ?? 'refuse';
  if (whenClosed !== 'refuse' && whenClosed !== 'standing')
    throw invalid(`Param when_closed must be one of {refuse, standing} - got "${shown(whenClosed)}".`);
  const askedAtMs = await readAskedAtMs(services, request);
  const rows = await readImport(request.body, {
    column: parameterOf(request.query, 'column'),
    country: parameterOf(request.query, 'country'),
  });
  const current = rows.filter(({ terms: { untilMs } }) => untilMs == null || untilMs > askedAtMs);
  const part: BulkPart = {
    number: numberOf(request),
    users: current.map(({ text }) => text),
    actor: { ...actorOf(request), source: 'import' },
    terms: {},
    // Each row has its own note and expiry. An empty cell keeps what an existing block has.
    termsOfEach: current.map(({ terms }) => terms),
    readings: current.map(({ reading }) => reading),
  };
  const bulk = { operation: 'block', whenClosed, parts: [part], askedAtMs } as const;
  return { bulk, expired: rows.length - current.length };
}

/** The ID of the run that a request names, or a new one. */
export function readRunId({ headers }: FastifyRequest): string {
  const key = headers['idempotency-key'];
  if (key === undefined) return randomUUID();
  if (typeof key === 'string' && runIdForm.test(key)) return key;
  throw invalid('Header Idempotency-Key must be 1 to 200 visible ASCII characters without spaces.');
}

/** The time that a request is read by: that of the first request for its run, so that a repetition means the same. */
async function readAskedAtMs({ bulk, clock }: Services, request: FastifyRequest): Promise<number> {
  const run = await bulk.find(keyOf(request).id, readRunId(request));
  return run === null ? clock() : run.startedAtMs;
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

function readTerms(
  { note, until }: Pick<Static<typeof blockBody>, 'note' | 'until'>,
  askedAtMs: number,
): BlockTerms {
  return {
    ...(note !== undefined && { note }),
    ...(until !== undefined && { untilMs: until === null ? null : readUntil(until, askedAtMs) }),
  };
}

function readUntil(text: string, askedAtMs: number): number {
  const untilMs = readTime('until', text);
  if (untilMs <= askedAtMs) throw invalid(`Param until must be in the future - got "${shown(text)}".`);
  return untilMs;
}
