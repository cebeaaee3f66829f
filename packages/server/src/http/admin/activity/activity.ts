import { type Static, Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { isPlaceholder, shownWaId } from '../../../users/names.ts';
import { allow } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { errorResponses, nullable, requiresKey, timestamp } from '../../shared/schemas.ts';
import { isoTime } from '../../shared/time.ts';
import { exportRow, type KeyNames, keyNames, renderAudit } from '../blocks/block-shapes.ts';
import { negotiateFormat, sendRows } from '../export-formats.ts';
import { readLimit } from '../keyset-cursor.ts';
import { activityQuery, operations, readFilters, readNumbers } from './activity-filters.ts';
import { decodePosition, type Entry, encodePosition, readAll, readPage } from './activity-pages.ts';

const access = allow('admin', 'agent');

const entryShape = Type.Object({
  at: timestamp,
  number: Type.String(),
  operation: Type.Enum([...operations]),
  user: Type.String({ description: 'The user as the request named them' }),
  wa_id: nullable(Type.String()),
  outcome: Type.String({
    description:
      '`done`, `unchanged`, `standing`, `expired`, `unknown`, `failed`, or the reason of a refusal',
  }),
  key: nullable(Type.Object({ id: Type.String(), name: nullable(Type.String()) })),
  person: nullable(Type.String()),
  source: Type.String(),
  note: nullable(Type.String()),
});

/** `GET /blockhouse/v1/activity`: every attempt to block or unblock a user, newest first. */
export function activityRoutes(app: App, services: Services): void {
  app.get(
    '/blockhouse/v1/activity',
    {
      config: { access },
      schema: {
        ...requiresKey,
        tags: ['Activity'],
        summary: 'List activity',
        description:
          'Lists every attempt to block or unblock a user with its outcome, newest first. `Accept: text/csv` or ' +
          '`application/x-ndjson` returns all entries in one answer.',
        querystring: activityQuery,
        response: {
          200: Type.Object({
            data: Type.Array(entryShape),
            paging: Type.Object({ after: Type.Optional(Type.String()) }),
          }),
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      const numbers = await readNumbers(services, request);
      const filters = await readFilters(services, numbers, request.query);
      const names = keyNames(await services.store.keys(), (await services.ruleBook.set()).rules);
      const format = negotiateFormat(request);
      if (format !== 'json') {
        const rows = exportRows(readAll(services, numbers, filters), names);
        return sendRows(reply, format, { rows, columns: exportColumns, file: 'activity' });
      }
      const count = readLimit(request.query);
      const found = await readPage(services, numbers, filters, decodePosition(request.query), count + 1);
      const page = found.slice(0, count);
      const last = page.at(-1);
      const hasMore = found.length > count && last !== undefined;
      return {
        data: page.map((entry) => renderEntry(entry, names)),
        paging: hasMore ? { after: encodePosition(last) } : {},
      };
    },
  );
}

const exportColumns = [
  'at',
  'number',
  'operation',
  'user',
  'wa_id',
  'outcome',
  'key',
  'person',
  'source',
  'note',
] as const;

async function* exportRows(
  entries: AsyncIterable<Entry>,
  names: KeyNames,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const entry of entries) yield exportRow(renderEntry(entry, names));
}

function renderEntry({ number, row }: Entry, names: KeyNames): Static<typeof entryShape> {
  const { waId, input } = row;
  // A placeholder stands for a user whose phone is not known, so it is no name of theirs.
  const isUnnamed = waId !== null && isPlaceholder(waId) && input === String(waId);
  // A user who was named by an ID may hide their phone.
  const isHidden = waId === null || /^[A-Z]{2}\./.test(input);
  return {
    at: isoTime(row.atMs),
    number,
    operation: row.operation,
    user: isUnnamed ? 'unknown' : input,
    wa_id: isHidden ? null : shownWaId(waId),
    outcome: row.outcome,
    ...renderAudit(row, names),
  };
}
