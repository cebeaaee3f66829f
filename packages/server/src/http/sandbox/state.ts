import { phoneVariants } from '@blockhouse/client/wire';
import {
  type AuditContext,
  type ClockSetting,
  clockMaxMs,
  type MovableClock,
  type NumberRecord,
  type NumberState,
  noteLengthMax,
  readWaId,
  type StoreState,
  type UserName,
  type WaId,
} from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import { runsPrefix } from '../../blocklists/bulk/runner.ts';
import { userIdSecret } from '../../bootstrap.ts';
import { moveSandboxClock } from '../../sandbox/clock.ts';
import type { Sandbox, Services } from '../../services.ts';
import type { App } from '../shared/app-type.ts';
import type { AccessRule } from '../shared/authenticate.ts';
import { invalid, shown } from '../shared/errors.ts';
import { readReceiverUrl } from '../shared/receiver-url.ts';
import { closed, faults, name, ownApi, success } from '../shared/schemas.ts';

const rule: AccessRule = { roles: ['admin'], number: false, limited: false };

/** The version of the document; another one is refused. */
const documentVersion = 1;

/** A full list of 64,000 with its windows is about 16 MiB. */
const documentBytesMax = 256 * 1024 * 1024;

const timeMs = Type.Integer({ minimum: 0, maximum: clockMaxMs, description: 'Milliseconds since 1970' });
const nullableTimeMs = Type.Union([timeMs, Type.Null()]);
const nullableName = Type.Union([name, Type.Null()]);
const waIdText = Type.String({ pattern: '^[0-9]{7,15}$' });
/** Counts and positions: far from what a number can hold, since they go on growing. */
const count = Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 });

const clockShape = Type.Union([
  Type.Object({ mode: Type.Literal('real') }, closed),
  Type.Object(
    { mode: Type.Literal('offset'), offset_ms: Type.Integer({ minimum: -clockMaxMs, maximum: clockMaxMs }) },
    closed,
  ),
  Type.Object({ mode: Type.Literal('frozen'), at_ms: timeMs }, closed),
]);

const userShape = Type.Object(
  {
    wa_id: waIdText,
    kind: Type.Enum(['consumer', 'business', 'none']),
    name: nullableName,
    username: nullableName,
    hide_phone: Type.Boolean(),
  },
  closed,
);

/** What the local platform knows users by, besides their `wa_id`. */
const userNameShape = Type.Object(
  {
    name: waIdText,
    kind: Type.Enum(['wa_id', 'input']),
    wa_id: waIdText,
    since_ms: timeMs,
    until_ms: nullableTimeMs,
  },
  closed,
);

/** Why a block is there; documents of earlier versions name the key alone. */
const causeFields = {
  key_id: Type.String(),
  person: Type.Optional(nullableName),
  source: Type.Optional(Type.Enum(['api', 'panel', 'cli', 'import', 'standing'])),
  note: Type.Optional(Type.Union([Type.String({ maxLength: noteLengthMax }), Type.Null()])),
};

const numberShape = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9]{1,20}$' }),
    wa_id: waIdText,
    display_phone_number: Type.String({ maxLength: 64 }),
    verified_name: name,
    waba_id: Type.String(),
    portfolio_id: name,
    created_at_ms: timeMs,
    webhook: Type.Union([
      Type.Object({ url: Type.String({ minLength: 1 }), app_secret: name, verify_token: name }, closed),
      Type.Null(),
    ]),
    list_version: Type.String({ pattern: '^[0-9]{1,16}$' }),
    blocks: Type.Array(
      Type.Object(
        {
          wa_id: waIdText,
          position: count,
          blocked_at_ms: timeMs,
          ...causeFields,
          until_ms: Type.Optional(nullableTimeMs),
          dropped_before: Type.Optional(count),
        },
        closed,
      ),
      { maxItems: 64_000 },
    ),
    standing_blocks: Type.Optional(
      Type.Array(
        Type.Object(
          {
            wa_id: waIdText,
            placed_at_ms: timeMs,
            ...causeFields,
            until_ms: Type.Optional(nullableTimeMs),
          },
          closed,
        ),
      ),
    ),
    windows: Type.Array(
      Type.Object(
        {
          wa_id: waIdText,
          last_inbound_ms: nullableTimeMs,
          dropped: count,
          last_dropped_ms: nullableTimeMs,
          ticks: Type.Enum([1, 2]),
          name: Type.Optional(nullableName),
        },
        closed,
      ),
    ),
  },
  closed,
);

const document = Type.Object(
  {
    version: Type.Integer(),
    clock: clockShape,
    user_id_secret: Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' }),
    users: Type.Array(userShape),
    user_names: Type.Optional(Type.Array(userNameShape)),
    numbers: Type.Array(numberShape, { maxItems: 10_000 }),
  },
  closed,
);

const tags = ['Sandbox'];

/** `/sandbox/state` and `/sandbox/reset`: the whole of numbers, users, windows, lists and the clock as one document. */
export function stateRoutes(app: App, services: Services, sandbox: Sandbox): void {
  const { store, userIds } = services;
  const options = { config: { access: rule } };

  app.get(
    '/sandbox/state',
    {
      ...options,
      schema: { ...ownApi, tags, summary: 'Export the state', response: { 200: document, ...faults } },
    },
    async () => {
      const state = await store.exportState();
      return {
        version: documentVersion,
        clock: clockOut(sandbox.clock.setting),
        user_id_secret: (await store.setting(userIdSecret)) ?? '',
        users: state.users.map(({ waId, profile: { kind, name, username, phoneHidden } }) => ({
          wa_id: String(waId),
          kind,
          name,
          username,
          hide_phone: phoneHidden,
        })),
        user_names: state.names.map(userNameOut),
        numbers: state.numbers.map((number) => numberOut(services, number)),
      };
    },
  );

  app.put(
    '/sandbox/state',
    {
      ...options,
      bodyLimit: documentBytesMax,
      schema: {
        ...ownApi,
        tags,
        summary: 'Replace the state; keys stay',
        body: document,
        response: { 200: success, ...faults },
      },
    },
    async (request) => {
      const { body } = request;
      if (body.version !== documentVersion) {
        throw invalid(`Param version must be ${documentVersion} - got "${body.version}".`);
      }
      const state = readState(services, body);
      const setting = readClock(body.clock, sandbox.clock);
      const decide = (staying: readonly NumberRecord[]) => besides(staying, state);
      await store.importState(decide, { forget: [runsPrefix] });
      await services.directory.imported(state.names);
      await store.changeSetting(userIdSecret, () => body.user_id_secret);
      userIds.adopt(Buffer.from(body.user_id_secret, 'base64'));
      await moveSandboxClock(store, sandbox.clock, () => setting);
      await sandbox.wakeAll();
      return { success: true as const };
    },
  );

  app.post(
    '/sandbox/reset',
    {
      ...options,
      schema: {
        ...ownApi,
        tags,
        summary: 'As at the first start; keys stay',
        response: { 200: success, ...faults },
      },
    },
    async () => {
      await sandbox.reset();
      return { success: true as const };
    },
  );
}

function userNameOut({ name, kind, user, sinceMs, untilMs }: UserName): Static<typeof userNameShape> {
  return {
    name,
    kind: kind === 'wa_id' ? kind : 'input',
    wa_id: String(user),
    since_ms: sinceMs,
    until_ms: untilMs,
  };
}

/** Documents of earlier versions do not tell under which spelling of their phone users have written. */
function namesOfWriters(numbers: Static<typeof document>['numbers']): Static<typeof userNameShape>[] {
  const writers = numbers.flatMap(({ windows }) =>
    windows.filter(({ last_inbound_ms: atMs }) => atMs !== null).map(({ wa_id: waId }) => waId),
  );
  return [...new Set(writers)]
    .filter((waId) => phoneVariants(waId).length > 1)
    .map((waId) => ({ name: waId, kind: 'wa_id', wa_id: waId, since_ms: 0, until_ms: null }));
}

function clockOut(setting: ClockSetting): Static<typeof clockShape> {
  if (setting.mode === 'offset') return { mode: 'offset', offset_ms: setting.offsetMs };
  return setting.mode === 'frozen' ? { mode: 'frozen', at_ms: setting.atMs } : setting;
}

/** A clock may show only what it can be moved to. */
function readClock(written: Static<typeof clockShape>, clock: MovableClock): ClockSetting {
  const setting = clockIn(written);
  const shownMs = clock.showing(setting);
  if (shownMs < 0 || shownMs > clockMaxMs) throw invalid('Param clock must show a time from 1970 to 2200.');
  return setting;
}

function clockIn(clock: Static<typeof clockShape>): ClockSetting {
  if (clock.mode === 'offset') return { mode: 'offset', offsetMs: clock.offset_ms };
  return clock.mode === 'frozen' ? { mode: 'frozen', atMs: clock.at_ms } : clock;
}

/** The sandbox is a platform of its own. Numbers that live at Meta are no part of it, and stay. */
function besides(staying: readonly NumberRecord[], state: StoreState): StoreState {
  for (const record of staying) {
    const index = state.numbers.findIndex(
      (own) => own.record.id === record.id || own.record.waId === record.waId,
    );
    if (index >= 0)
      throw invalid(`Param numbers[${index}]: number ${record.id} lives at Meta and is there already.`);
  }
  return state;
}

function numberOut(
  { vault }: Services,
  { record, listVersion, blocks, standing, windows }: NumberState,
): Static<typeof numberShape> {
  const webhook = record.webhook === null ? null : vault.openWebhook(record, record.webhook);
  return {
    id: record.id,
    wa_id: String(record.waId),
    display_phone_number: record.displayPhoneNumber,
    verified_name: record.verifiedName,
    waba_id: record.wabaId,
    portfolio_id: record.portfolioId,
    created_at_ms: record.createdAtMs,
    webhook:
      webhook === null
        ? null
        : { url: webhook.url, app_secret: webhook.appSecret, verify_token: webhook.verifyToken },
    list_version: String(listVersion),
    blocks: blocks.map(({ waId, position, blockedAtMs, cause, untilMs, droppedBefore }) => ({
      wa_id: String(waId),
      position,
      blocked_at_ms: blockedAtMs,
      ...causeOut(cause),
      until_ms: untilMs,
      dropped_before: droppedBefore,
    })),
    standing_blocks: standing.map(({ waId, placedAtMs, cause, untilMs }) => ({
      wa_id: String(waId),
      placed_at_ms: placedAtMs,
      ...causeOut(cause),
      until_ms: untilMs,
    })),
    windows: windows.map(({ waId, lastInboundMs, dropped, lastDroppedMs, ticks, name }) => ({
      wa_id: String(waId),
      last_inbound_ms: lastInboundMs,
      dropped,
      last_dropped_ms: lastDroppedMs,
      ticks,
      name,
    })),
  };
}

type WrittenCause = Static<ReturnType<typeof Type.Object<typeof causeFields>>>;

function causeOut({ keyId, person, source, note }: AuditContext): WrittenCause {
  const isOurs = source === 'until' || source === 'elsewhere';
  return { key_id: keyId, person, source: isOurs ? 'api' : source, note };
}

function causeIn({ key_id: keyId, person = null, source = 'api', note = null }: WrittenCause): AuditContext {
  return { keyId, person, source, note };
}

/** The document as the store knows it; what cannot be is refused before anything is changed. */
function readState(
  services: Services,
  { users, user_names: names, numbers }: Static<typeof document>,
): StoreState {
  const state = {
    names: (names ?? namesOfWriters(numbers)).map(
      ({ name, kind, wa_id: waId, since_ms: sinceMs, until_ms: untilMs }, index) => ({
        name: String(readId(name, `user_names[${index}].name`)),
        kind,
        user: readId(waId, `user_names[${index}].wa_id`),
        sinceMs,
        untilMs,
      }),
    ),
    users: users.map(({ wa_id: waId, kind, name, username, hide_phone: phoneHidden }, index) => ({
      waId: readId(waId, `users[${index}].wa_id`),
      profile: { kind, name, username, phoneHidden },
    })),
    numbers: numbers.map((number, index) => readNumber(services, number, index)),
  };
  requireUnique(
    state.users.map(({ waId }) => waId),
    'users',
  );
  requireUnique(
    state.names.map(({ name }) => name),
    'user_names',
  );
  requireUnique(
    state.numbers.map(({ record }) => record.id),
    'numbers',
  );
  requireUnique(
    state.numbers.map(({ record }) => record.waId),
    'numbers',
  );
  return state;
}

function readNumber({ vault }: Services, number: Static<typeof numberShape>, index: number): NumberState {
  const where = `numbers[${index}]`;
  const { webhook } = number;
  const state = {
    record: {
      id: number.id,
      waId: readId(number.wa_id, `${where}.wa_id`),
      displayPhoneNumber: number.display_phone_number,
      verifiedName: number.verified_name,
      wabaId: number.waba_id,
      portfolioId: number.portfolio_id,
      createdAtMs: number.created_at_ms,
      webhook:
        webhook === null
          ? null
          : vault.sealWebhook(number.id, {
              url: readReceiverUrl(`${where}.webhook.url`, webhook.url),
              appSecret: webhook.app_secret,
              verifyToken: webhook.verify_token,
            }),
      upstream: null,
    },
    listVersion: readVersion(number.list_version, `${where}.list_version`),
    blocks: number.blocks.map((block, row) => ({
      waId: readId(block.wa_id, `${where}.blocks[${row}].wa_id`),
      position: block.position,
      blockedAtMs: block.blocked_at_ms,
      cause: causeIn(block),
      untilMs: block.until_ms ?? null,
      droppedBefore: block.dropped_before ?? 0,
    })),
    standing: (number.standing_blocks ?? []).map((order, row) => ({
      waId: readId(order.wa_id, `${where}.standing_blocks[${row}].wa_id`),
      placedAtMs: order.placed_at_ms,
      cause: causeIn(order),
      untilMs: order.until_ms ?? null,
    })),
    windows: number.windows.map((window, row) => ({
      waId: readId(window.wa_id, `${where}.windows[${row}].wa_id`),
      lastInboundMs: window.last_inbound_ms,
      dropped: window.dropped,
      lastDroppedMs: window.last_dropped_ms,
      ticks: window.ticks === 1 ? (1 as const) : (2 as const),
      name: window.name ?? null,
    })),
  };
  requireUnique(
    state.blocks.map(({ waId }) => waId),
    `${where}.blocks`,
  );
  requireUnique(
    state.standing.map(({ waId }) => waId),
    `${where}.standing_blocks`,
  );
  requireUnique(
    state.windows.map(({ waId }) => waId),
    `${where}.windows`,
  );
  state.blocks.forEach(({ position }, row) => {
    if (position <= (state.blocks[row - 1]?.position ?? 0))
      throw invalid(`Param ${where}.blocks[${row}].position must grow along the list.`);
  });
  return state;
}

/** Versions are microseconds, and a number holds those of the clock's last day. */
function readVersion(text: string, parameter: string): number {
  const version = Number(text);
  if (version > clockMaxMs * 1000)
    throw invalid(`Param ${parameter} is later than the year 2200 - got "${text}".`);
  return version;
}

function readId(text: string, parameter: string): WaId {
  const waId = readWaId(text);
  if (waId === null) throw invalid(`Param ${parameter} must be a wa_id - got "${shown(text)}".`);
  return waId;
}

function requireUnique(values: readonly unknown[], parameter: string): void {
  if (new Set(values).size < values.length)
    throw invalid(`Param ${parameter} must not name the same one twice.`);
}
