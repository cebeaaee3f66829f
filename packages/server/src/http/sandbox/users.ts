import {
  type KeyRecord,
  magicProfile,
  magicUsers,
  readUser,
  seesOnline,
  type UserFacts,
  type UserProfile,
  type WaId,
  windowClosesAtMs,
} from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import { opens } from '../../keys.ts';
import { newWamid } from '../../random-text.ts';
import type { Services } from '../../services.ts';
import { type AccessRule, keyOf } from '../access.ts';
import type { App } from '../app.ts';
import { faults, name, ours, strict, success } from '../blockhouse/schemas.ts';
import { invalid, shown } from '../errors.ts';
import { requireLocal } from '../local.ts';
import { chooseNumber } from './choose-number.ts';
import { strikeRequest } from './strike.ts';

const rule: AccessRule = { roles: ['admin', 'agent', 'app'], number: false, limited: false };

const kind = Type.Enum(['consumer', 'business', 'none'], { description: 'none: not on WhatsApp' });
const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

const profile = Type.Object(
  {
    kind: Type.Optional(kind),
    name: Type.Optional(nullable(name)),
    username: Type.Optional(nullable(name)),
    hide_phone: Type.Optional(Type.Boolean()),
  },
  strict,
);

const userShape = Type.Object({
  wa_id: Type.String(),
  kind,
  name: nullable(Type.String()),
  username: nullable(Type.String()),
  hide_phone: Type.Boolean(),
  numbers: Type.Record(
    Type.String(),
    Type.Object({
      online: Type.Boolean({ description: 'Whether the user sees the business online' }),
      user_id: Type.String(),
      window_closes_at: nullable(Type.String({ format: 'date-time' })),
      ticks: Type.Integer({
        description: 'Under their latest message: 1 sent, 2 delivered; 0: none was written',
      }),
    }),
  ),
});

const writing = Type.Object(
  {
    to: Type.Optional(
      Type.String({
        description: 'phone_number_id or display phone; may be left out if there is one number',
      }),
    ),
    text: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    message: Type.Optional(
      Type.Object(
        { type: Type.String({ minLength: 1 }) },
        { additionalProperties: true, description: 'Any Cloud API message' },
      ),
    ),
  },
  strict,
);

const written = Type.Object({
  id: Type.String(),
  status: Type.Enum(['delivered', 'sent'], {
    description: 'sent: one grey tick, the business hears nothing',
  }),
});

const reading = Type.Object(
  { to: Type.Optional(Type.String()), message_id: Type.String({ minLength: 1, maxLength: 512 }) },
  strict,
);

const params = Type.Object({ user: Type.String({ description: 'wa_id, phone or business-scoped user ID' }) });
const tags = ['Sandbox'];

const unlisted: UserProfile = { kind: 'consumer', name: null, username: null, phoneHidden: false };

/** `/sandbox/users/{wa_id}`: what users are, what they see, and writing as one. */
export function usersRoutes(app: App, services: Services): void {
  const options = { config: { access: rule } };

  app.get(
    '/sandbox/users/:user',
    {
      ...options,
      schema: {
        ...ours,
        tags,
        summary: 'Show a user and what they see',
        params,
        response: { 200: userShape, ...faults },
      },
    },
    async (request) => view(services, keyOf(request), await readUserPath(services, request.params.user)),
  );

  app.put(
    '/sandbox/users/:user',
    {
      ...options,
      schema: {
        ...ours,
        tags,
        summary: 'Say what a user is',
        params,
        body: profile,
        response: { 200: userShape, ...faults },
      },
    },
    async (request) => {
      const waId = await readUserPath(services, request.params.user);
      if (magicUsers.has(waId)) throw invalid(`User ${waId} is a magic user, which cannot be changed.`);
      await services.store.changeUser(waId, (before) => changedProfile(before ?? unlisted, request.body));
      return view(services, keyOf(request), waId);
    },
  );

  app.post(
    '/sandbox/users/:user/messages',
    {
      ...options,
      schema: {
        ...ours,
        tags,
        summary: 'Write to a number as a user',
        params,
        body: writing,
        response: { 200: written, ...faults },
      },
    },
    async (request) => {
      const waId = await readUserPath(services, request.params.user);
      const { to, text, message } = request.body;
      if ((text === undefined) === (message === undefined)) throw invalid('Give either text or message.');
      const numbers = await services.store.numbers();
      const number = chooseNumber(numbers, { key: keyOf(request), text: to ?? null, parameter: 'to' });
      requireLocal(number);
      const { kind, name } = await profileOf(services, waId);
      if (kind === 'none') throw invalid(`User ${waId} is not on WhatsApp and cannot write.`);
      await strikeRequest(services, { operation: 'inbound', numberId: number.id, users: [waId] }, request);
      const id = newWamid(String(waId), 'inbound');
      const content = contentOf(message ?? { type: 'text', text: { body: text } });
      const { admitted } = await services.platforms.local.inbound(number.id, [
        { id, from: waId, name, content },
      ]);
      services.metrics.messages.inc({ outcome: admitted.length > 0 ? 'admitted' : 'dropped' });
      return { id, status: admitted.length > 0 ? ('delivered' as const) : ('sent' as const) };
    },
  );

  app.post(
    '/sandbox/users/:user/reads',
    {
      ...options,
      schema: {
        ...ours,
        tags,
        summary: "Read a number's message as a user: the business gets the status read",
        params,
        body: reading,
        response: { 200: success, ...faults },
      },
    },
    async (request) => {
      const waId = await readUserPath(services, request.params.user);
      const { to, message_id: id } = request.body;
      const numbers = await services.store.numbers();
      const number = chooseNumber(numbers, { key: keyOf(request), text: to ?? null, parameter: 'to' });
      requireLocal(number);
      await services.platforms.local.read(number.id, { id, to: waId });
      return { success: true as const };
    },
  );
}

/** What a message says. Who wrote it, when, and under which ID is the platform's to say. */
function contentOf(message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { id: _id, from: _from, from_user_id: _userId, timestamp: _timestamp, ...content } = message;
  return content;
}

/** A user is named in the path as everywhere: by phone, `wa_id`, or the ID that any portfolio has for them. */
async function readUserPath({ store, userIds }: Services, text: string): Promise<WaId> {
  const portfolios = new Set(['default', ...(await store.numbers()).map(({ portfolioId }) => portfolioId)]);
  for (const portfolioId of portfolios) {
    const ref = readUser(text, userIds.of(portfolioId));
    if (ref.kind === 'user') return ref.waId;
  }
  throw invalid(`The path names no user: "${shown(text)}" must be a wa_id or a phone number.`);
}

async function profileOf({ store }: Services, waId: WaId): Promise<UserProfile> {
  const magic = magicUsers.get(waId);
  if (magic !== undefined) return magicProfile(magic);
  const listed = await store.user(waId);
  if (listed !== null) return listed;
  const isNumber = (await store.numbers()).some((number) => number.waId === waId);
  return isNumber ? { ...unlisted, kind: 'business' } : unlisted;
}

function changedProfile(before: UserProfile, body: Static<typeof profile>): UserProfile {
  return {
    kind: body.kind ?? before.kind,
    name: body.name === undefined ? before.name : body.name,
    username: body.username === undefined ? before.username : body.username,
    phoneHidden: body.hide_phone ?? before.phoneHidden,
  };
}

async function view(services: Services, key: KeyRecord, waId: WaId): Promise<Static<typeof userShape>> {
  const { kind, name, username, phoneHidden } = await profileOf(services, waId);
  const numbers: Static<typeof userShape>['numbers'] = {};
  for (const number of (await services.store.numbers()).filter(
    ({ id, upstream }) => upstream === null && opens(key, id),
  )) {
    const { facts } = await services.platforms.local.see(number.id, waId);
    const { lastInboundMs, ticks } = facts.users.get(waId) as UserFacts;
    const closesAtMs = windowClosesAtMs(lastInboundMs);
    const [userId] = services.userIds.of(number.portfolioId).issue([waId]);
    numbers[number.id] = {
      online: seesOnline(facts, waId),
      user_id: userId ?? '',
      window_closes_at: closesAtMs === null ? null : new Date(closesAtMs).toISOString(),
      ticks,
    };
  }
  return { wa_id: String(waId), kind, name, username, hide_phone: phoneHidden, numbers };
}
