import { hourMs, hourOf } from '@blockhouse/engine';
import { Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { allowAtNumber, numberOf } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid } from '../../shared/errors.ts';
import { errorResponses, numberParams, requiresKey, timestamp } from '../../shared/schemas.ts';
import { isoTime } from '../../shared/time.ts';
import { readTimeParameter } from './activity-filters.ts';

const access = allowAtNumber('admin', 'agent');

/** The longest time that one answer covers: about three months. */
const hoursMax = 24 * 92;

const time = Type.Optional(Type.Unknown({ description: 'An ISO 8601 time' }));

const hourShape = Type.Object({
  hour: timestamp,
  admitted: Type.Integer(),
  dropped: Type.Integer(),
  held: Type.Integer({ description: 'Held for review; those that were released since count here' }),
});

/** `GET /blockhouse/v1/numbers/{id}/traffic`: messages admitted, dropped, and held in each hour. */
export function trafficRoutes(app: App, { store, clock }: Services): void {
  app.get(
    '/blockhouse/v1/numbers/:id/traffic',
    {
      config: { access },
      schema: {
        ...requiresKey,
        tags: ['Activity'],
        summary: 'List messages admitted, dropped, and held by hour',
        description: 'Covers the last 24 hours unless `from` and `to` say otherwise.',
        params: numberParams,
        querystring: Type.Object({ from: time, to: time }),
        response: { 200: Type.Object({ data: Type.Array(hourShape) }), ...errorResponses },
      },
    },
    async (request) => {
      const toMs = hourOf(readTimeParameter(request.query, 'to') ?? clock()) + hourMs;
      const fromMs = hourOf(readTimeParameter(request.query, 'from') ?? toMs - 24 * hourMs);
      const hours = (toMs - fromMs) / hourMs;
      if (hours < 1 || hours > hoursMax)
        throw invalid(`Params from and to must be 1 to ${hoursMax} hours apart, in this order.`);
      const rows = await store.traffic(numberOf(request).id, fromMs, toMs);
      const counts = new Map(rows.map((row) => [row.hourMs, row]));
      const data = Array.from({ length: hours }, (_, index) => {
        const atMs = fromMs + index * hourMs;
        const { admitted = 0, dropped = 0, held = 0 } = counts.get(atMs) ?? {};
        return { hour: isoTime(atMs), admitted, dropped, held };
      });
      return { data };
    },
  );
}
