import {
  type KeyRecord,
  magicProfile,
  magicUsers,
  readPhone,
  readUser,
  seesOnline,
  type UserFacts,
  type UserProfile,
  type WaId,
  windowClosesAtMs,
} from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import { opens } from '../../auth/api-keys.ts';
import type { Sandbox, Services } from '../../services.ts';
import { newWamid } from '../../shared/ids.ts';
import type { App } from '../shared/app-type.ts';
import { type AccessRule, keyOf } from '../shared/authenticate.ts';
import { invalid, shown } from '../shared/errors.ts';
import { injectFaults } from '../shared/inject-faults.ts';
import { requireLocal } from '../shared/require-local.ts';
import { closed, faults, name, ownApi, success } from '../shared/schemas.ts';
import { chooseNumber } from './choose-number.ts';

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
    dialed_as: Type.Optional(
      Type.Array(Type.String({ maxLength: 64 }), {
        maxItems: 10,
        description:
          'Phones that lead to this user, in place of those that did: what people dial may differ from the wa_id',
      }),
    ),
  },
  closed,
);

const userShape = Type.Object({
  wa_id: Type.String(),
  kind,
  name: nullable(Type.String()),
  username: nullable(Type.String()),
  hide_phone: Type.Boolean(),
  dialed_as: Type.Array(Type.String(), { description: 'Other phones that lead to this user' }),
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
  closed,
);

const written = Type.Object({
  id: Type.String(),
  status: Type.Enum(['delivered', 'sent'], {
    description: 'sent: one grey tick, the business hears nothing',
  }),
});

const reading = Type.Object(
  { to: Type.Optional(Type.String()), message_id: Type.String({ minLength: 1, maxLength: 512 }) },
  closed,
);

const moving = Type.Object({ to: Type.String({ maxLength: 64, description: 'The new phone' }) }, closed);

const params = Type.Object({ user: Type.String({ description: 'wa_id, phone or business-scoped user ID' }) });
const tags = ['Sandbox'];

/** The directory of the local platform. */
const local = { upstream: null, portfolioId: 'default' };

const unlisted: UserProfile = { kind: 'consumer', name: null, username: null, phoneHidden: false };

/** `/sandbox/users/{wa_id}`: what users are, what they see, and writing as one. */
export function usersRoutes(app: App, services: Services, sandbox: Sandbox): void {
  const options = { config: { access: rule } };

  app.get(
    '/sandbox/users/:user',
    {
      ...options,
      schema: {
        ...ownApi,
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
        ...ownApi,
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
      const { dialed_as: dialedAs } = request.body;
      const inputs = dialedAs === undefined ? null : await readDialed(services, waId, dialedAs);
      await services.store.changeUser(waId, (before) => changedProfile(before ?? unlisted, request.body));
      if (inputs !== null) await services.directory.spell(local, waId, { inputs, atMs: services.clock() });
      return view(services, keyOf(request), waId);
    },
  );

  app.post(
    '/sandbox/users/:user/messages',
    {
      ...options,
      schema: {
        ...ownApi,
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
      await injectFaults(sandbox, { operation: 'inbound', numberId: number.id, users: [waId] }, request);
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
    '/sandbox/users/:user/number',
    {
      ...options,
      schema: {
        ...ownApi,
        tags,
        summary:
          "Change a user's number: businesses that they have written to are told, by user_changed_number",
        description:
          'Windows, blocks and standing blocks follow. When the phone is hidden, what is told is user_changed_user_id.',
        params,
        body: moving,
        response: { 200: userShape, ...faults },
      },
    },
    async (request) => {
      const from = await readUserPath(services, request.params.user);
      const to = await readNewNumber(services, from, request.body.to);
      const { store, directory: names, platforms, clock } = services;
      const before = await store.user(from);
      await names.learn(local, [
        {
          kind: 'changed',
          from: { waId: from, userId: null },
          to: { waId: to, userId: null },
          atMs: clock(),
        },
      ]);
      if (before !== null) {
        await store.changeUser(to, () => before);
        await store.changeUser(from, () => ({ ...unlisted, kind: 'none' }));
      }
      const numbers = (await store.numbers()).filter(({ upstream }) => upstream === null);
      for (const { id } of numbers)
        await platforms.local.numberChanged(id, { id: newWamid(String(to), 'inbound'), from, to });
      return view(services, keyOf(request), to);
    },
  );

  app.post(
    '/sandbox/users/:user/reads',
    {
      ...options,
      schema: {
        ...ownApi,
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
async function readUserPath({ store, directory: names }: Services, text: string): Promise<WaId> {
  const portfolios = new Set(['default', ...(await store.numbers()).map(({ portfolioId }) => portfolioId)]);
  for (const portfolioId of portfolios) {
    const scope = { upstream: null, portfolioId };
    const ref = readUser(text, await names.at(scope, { texts: [text] }));
    if (ref.kind === 'user') return ref.waId;
  }
  throw invalid(`The path names no user: "${shown(text)}" must be a wa_id or a phone number.`);
}

/** Phones that shall lead to a user: none of them may be somebody else's. */
async function readDialed(
  services: Services,
  waId: WaId,
  texts: readonly string[],
): Promise<readonly WaId[]> {
  const phones = texts.map((text, index) => {
    const phone = readPhone(text);
    if (phone === null)
      throw invalid(`Param dialed_as[${index}] must be a phone number - got "${shown(text)}".`);
    return phone;
  });
  for (const [index, phone] of phones.entries())
    if (phone !== waId) await requireFree(services, waId, phone, `dialed_as[${index}]`);
  return [...new Set(phones)].filter((phone) => phone !== waId);
}

async function readNewNumber(services: Services, from: WaId, text: string): Promise<WaId> {
  const to = readPhone(text);
  if (to === null) throw invalid(`Param to must be a phone number - got "${shown(text)}".`);
  if (magicUsers.has(from)) throw invalid(`User ${from} is a magic user, which cannot be changed.`);
  if (to === from) throw invalid(`Param to is the number that the user has already: "${shown(text)}".`);
  await requireFree(services, from, to, 'to');
  return to;
}

/** @throws RequestFault when a phone is that of another user or number. */
async function requireFree(
  { store, directory: names }: Services,
  waId: WaId,
  phone: WaId,
  parameter: string,
): Promise<void> {
  const ids = await names.at(local, { texts: [String(phone)] });
  const user = ids.match?.(phone)?.user ?? phone;
  const isOthers =
    (user !== waId && user !== phone) ||
    magicUsers.has(phone) ||
    (user === phone && (await store.user(phone)) !== null) ||
    (await store.numbers()).some((number) => number.waId === phone);
  if (isOthers) throw invalid(`Param ${parameter} is the phone of another user or number: ${phone}.`);
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
    const { facts } = await services.platforms.local.readUser(number.id, waId);
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
  const dialedAs = (await services.directory.spellingsOf(local, waId)).map(String);
  return {
    wa_id: String(waId),
    kind,
    name,
    username,
    hide_phone: phoneHidden,
    dialed_as: dialedAs,
    numbers,
  };
}
