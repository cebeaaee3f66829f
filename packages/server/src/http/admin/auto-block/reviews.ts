import { allActivity, emptyChange, type ReviewItem, type Store, type WaId } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { allowAtNumber, numberOf } from '../../shared/access.ts';
import { actorOf } from '../../shared/actor.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid } from '../../shared/errors.ts';
import {
  errorResponses,
  nullable,
  numberParams,
  requiresKey,
  strict,
  timestamp,
} from '../../shared/schemas.ts';
import { isoTime } from '../../shared/time.ts';
import { listQuery, paging } from '../blocks/list-schemas.ts';
import { decodeKeysetCursor, encodeKeysetCursor, readLimit } from '../keyset-cursor.ts';

const access = allowAtNumber('admin', 'agent');

const tags = ['Review'];

const senderShape = Type.Object({
  state: Type.Enum(['blocked', 'standing', 'not_blocked'], {
    description: '`standing`: a standing block waits, such as while Meta has not confirmed the block',
  }),
  refused: nullable(
    Type.String({
      description:
        'The outcome of the last attempt to block a sender who is not blocked, such as `window_closed`',
    }),
  ),
});

type Sender = Static<typeof senderShape>;

const reviewShape = Type.Object({
  id: Type.String(),
  kind: Type.Enum(['held', 'kept', 'flagged'], {
    description:
      '`held`: waits, and later messages of the sender wait behind it. `kept`: was dropped, and its sender is to be blocked. `flagged`: has passed.',
  }),
  rule: Type.Object({ id: Type.String(), name: nullable(Type.String()) }),
  wa_id: Type.String(),
  sender: senderShape,
  received_at: timestamp,
  webhook: Type.Unknown({
    description: 'The webhook that the message caused, or causes when it is released',
  }),
});

/** `/blockhouse/v1/numbers/{id}/reviews`: messages that wait for a person's decision. */
export function reviewsRoutes(app: App, services: Services): void {
  const { store, clock, ruleBook, wakeDelivery } = services;

  app.get(
    '/blockhouse/v1/numbers/:id/reviews',
    {
      config: { access },
      schema: {
        ...requiresKey,
        tags,
        summary: 'List messages that wait for a decision',
        params: numberParams,
        querystring: listQuery,
        response: {
          200: Type.Object({ data: Type.Array(reviewShape), total: Type.Integer(), paging }),
          ...errorResponses,
        },
      },
    },
    async (request) => {
      const { id } = numberOf(request);
      const [after] = decodeKeysetCursor(request.query, ['number']) ?? [];
      const count = readLimit(request.query);
      const rows = await store.outbox.reviews(id, { afterEntry: Number(after ?? 0), count: count + 1 });
      const page = rows.slice(0, count);
      const last = page.at(-1);
      const names = new Map((await ruleBook.set()).rules.map((rule) => [rule.id, rule.name]));
      const senders = await readSenders(store, id, page);
      return {
        data: page.map((item) => renderReview(item, names, senders)),
        total: await store.outbox.reviewCount(id),
        paging:
          rows.length > count && last !== undefined
            ? { after: encodeKeysetCursor([last.webhook.entry]) }
            : {},
      };
    },
  );

  app.post(
    '/blockhouse/v1/numbers/:id/reviews',
    {
      config: { access },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Answer messages that wait for a decision',
        description:
          'Each message is decided once. Messages that somebody else has decided meanwhile are under `gone`, and stay as they are.',
        params: numberParams,
        body: Type.Object(
          {
            ids: Type.Array(Type.String({ maxLength: 40 }), { minItems: 1, maxItems: 1_000 }),
            decision: Type.Enum(['release', 'discard', 'approve'], {
              description:
                '`release` delivers a message. `discard` drops it permanently. `approve` is for a message that has passed.',
            }),
          },
          strict,
        ),
        response: {
          200: Type.Object({ decided: Type.Array(Type.String()), gone: Type.Array(Type.String()) }),
          ...errorResponses,
        },
      },
    },
    async (request) => {
      const { id: numberId } = numberOf(request);
      const { ids, decision } = request.body;
      const entries = ids.map((id) => readEntry(id, numberId));
      const actor = actorOf(request);
      const atMs = clock();
      const decided: ReviewItem[] = [];
      for (const entry of new Set(entries)) {
        const item = await store.outbox.decideReview(numberId, entry, { decision, atMs });
        if (item !== null) decided.push(item);
      }
      if (decided.length > 0) {
        const activity = decided.map(({ webhook: { waId } }) => ({
          atMs,
          operation: decision,
          waId,
          input: String(waId),
          outcome: 'done',
          ...actor,
          note: null,
        }));
        await store.change(numberId, { users: [] }, () => ({
          answer: null,
          change: { ...emptyChange(atMs), activity },
        }));
        wakeDelivery(numberId);
      }
      const done = new Set(decided.map(({ webhook }) => webhook.entry));
      return {
        decided: ids.filter((_, index) => done.has(entries[index] ?? 0)),
        gone: ids.filter((_, index) => !done.has(entries[index] ?? 0)),
      };
    },
  );
}

/** The states of the senders of messages. */
async function readSenders(
  store: Store,
  numberId: string,
  items: readonly ReviewItem[],
): Promise<ReadonlyMap<WaId, Sender>> {
  const users = [...new Set(items.map(({ webhook: { waId } }) => waId))];
  const facts = await store.facts(numberId, users);
  const kept = new Set(items.filter(({ kind }) => kind === 'kept').map(({ webhook: { waId } }) => waId));
  const senders = new Map<WaId, Sender>();
  for (const waId of users) {
    const user = facts.users.get(waId);
    const state = user?.blocked ? 'blocked' : user?.standing == null ? 'not_blocked' : 'standing';
    const refused = state === 'blocked' || !kept.has(waId) ? null : await lastRefusal(store, numberId, waId);
    senders.set(waId, { state, refused });
  }
  return senders;
}

/** The outcome of the last attempt to block a user, if it has failed. */
async function lastRefusal(store: Store, numberId: string, waId: WaId): Promise<string | null> {
  const query = { ...allActivity, operation: 'block', waId, count: 1 } as const;
  const [last] = await store.activity(numberId, query);
  return last === undefined || ['done', 'unchanged', 'standing'].includes(last.outcome) ? null : last.outcome;
}

function renderReview(
  { webhook, kind, ruleId }: ReviewItem,
  names: ReadonlyMap<string, string>,
  senders: ReadonlyMap<WaId, Sender>,
): Static<typeof reviewShape> {
  const { numberId, entry, waId, createdAtMs, body } = webhook;
  return {
    id: `${numberId}.${entry}`,
    kind,
    rule: { id: ruleId, name: names.get(ruleId) ?? null },
    wa_id: String(waId),
    sender: senders.get(waId) ?? { state: 'not_blocked', refused: null },
    received_at: isoTime(createdAtMs),
    webhook: JSON.parse(body) as unknown,
  };
}

function readEntry(id: string, numberId: string): number {
  const [number, entry = ''] = id.split('.');
  if (number !== numberId || !/^\d{1,16}$/.test(entry))
    throw invalid(`Param ids has "${id}", which is no review of number ${numberId}.`);
  return Number(entry);
}
