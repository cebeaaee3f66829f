import type { Operation } from '@blockhouse/engine';
import { Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { allow, allowAtNumber, keyOf } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { unknownObject } from '../../shared/errors.ts';
import { errorResponses, numberParams, requiresKey } from '../../shared/schemas.ts';
import { answerBulk, renderRun } from './answer-bulk.ts';
import { blockBody, bulkAnswer, importQuery, runShape, standingBody, unblockBody } from './bulk-schemas.ts';
import { readBulk, readBulkImport } from './read-bulk.ts';

const access = allow('admin', 'agent');
const tags = ['Blocks'];

/** About 700,000 users. */
const bulkBytesMax = 16 * 1024 * 1024;

const routes = [
  {
    path: 'blocks',
    operation: 'block',
    body: blockBody,
    summary: 'Block users in bulk',
    about: 'Blocks users who have written within 24 hours.',
  },
  {
    path: 'unblocks',
    operation: 'unblock',
    body: unblockBody,
    summary: 'Unblock users in bulk',
    about: 'Unblocks users, whenever they last wrote.',
  },
  {
    path: 'standing-blocks',
    operation: 'standing_block',
    body: standingBody,
    summary: 'Place standing blocks',
    about: 'A standing block waits until the user next writes, and then blocks them.',
  },
  {
    path: 'standing-blocks/withdrawals',
    operation: 'withdraw',
    body: unblockBody,
    summary: 'Withdraw standing blocks',
    about: 'Withdraws standing blocks that still wait. Users who are blocked stay blocked.',
  },
] as const satisfies readonly {
  path: string;
  operation: Operation;
  body: unknown;
  summary: string;
  about: string;
}[];

const description =
  'Takes any count of users on any of the numbers, and works through them in requests of 1,000. `Accept: application/x-ndjson` ' +
  'streams results and progress. If the client disconnects, the work stops after the current request. `Idempotency-Key` names the ' +
  'run: a repetition returns the same answer, or continues a run that has stopped.';

/** Bulk calls on `/blockhouse/v1`, and the records of their runs. */
export function bulkRoutes(app: App, services: Services): void {
  for (const { path, operation, body, summary, about } of routes) {
    app.post(
      `/blockhouse/v1/${path}`,
      {
        config: { access },
        bodyLimit: bulkBytesMax,
        schema: {
          ...requiresKey,
          tags,
          summary,
          description: `${about} ${description}`,
          body,
          response: { 200: bulkAnswer, ...errorResponses },
        },
      },
      async (request, reply) => {
        const bulk = await readBulk(services, request, operation, request.body);
        return await answerBulk(services, request, reply, bulk);
      },
    );
  }

  app.post(
    '/blockhouse/v1/numbers/:id/blocks/import',
    {
      config: { access: allowAtNumber('admin', 'agent') },
      bodyLimit: bulkBytesMax,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Import a blocklist from CSV',
        description: `Reads a column of users and, if there are any, columns of notes and expiry times. ${description}`,
        consumes: ['text/csv'],
        params: numberParams,
        querystring: importQuery,
        response: { 200: bulkAnswer, ...errorResponses },
      },
    },
    async (request, reply) => {
      const { bulk, expired } = await readBulkImport(services, request);
      reply.header('x-blockhouse-over', String(expired));
      return await answerBulk(services, request, reply, bulk);
    },
  );

  app.get(
    '/blockhouse/v1/runs/:run_id',
    {
      config: { access },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Retrieve a bulk run',
        description: 'Returns the progress and the result of a run that your key has started within a day.',
        params: Type.Object({ run_id: Type.String() }),
        response: { 200: runShape, ...errorResponses },
      },
    },
    async (request) => {
      const { run_id: id } = request.params;
      const run = await services.bulk.find(keyOf(request).id, id);
      if (run === null) throw unknownObject(request.method, id);
      return renderRun(run);
    },
  );
}
