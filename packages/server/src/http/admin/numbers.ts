import { type PlatformProblem, platformProblems, versions } from '@blockhouse/client/wire';
import {
  type Attempt,
  type NumberRecord,
  readPhone,
  type UpstreamTarget,
  type WaId,
  type WebhookTarget,
} from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { opens } from '../../auth/api-keys.ts';
import { settings } from '../../config.ts';
import type { TargetCheck } from '../../meta-client/clients.ts';
import { checkLiteral } from '../../outbound/ssrf-guard.ts';
import { isLoopback, type TargetPolicy } from '../../outbound/target-policy.ts';
import type { Services } from '../../services.ts';
import { newNumberId } from '../../shared/ids.ts';
import { handshakeProblem } from '../../webhooks/handshake.ts';
import type { App } from '../shared/app-type.ts';
import { type AccessRule, keyOf, numberOf } from '../shared/authenticate.ts';
import { invalid, missing, shown, unknownObject } from '../shared/errors.ts';
import { readReceiverUrl } from '../shared/receiver-url.ts';
import { closed, faults, name, ownApi, success } from '../shared/schemas.ts';
import { timeOut } from '../shared/time.ts';

const reads: AccessRule = { roles: ['admin', 'agent'], number: false, limited: false };
const readsOne: AccessRule = { ...reads, number: true };
const writes: AccessRule = { roles: ['admin'], number: false, limited: false };
const writesOne: AccessRule = { ...writes, number: true };

const digits = Type.String({ pattern: '^[0-9]{1,20}$', description: 'Digits only' });
const displayPhoneNumber = Type.String({
  description: 'As people write it, such as +1 555 078 3881',
  maxLength: 64,
});

const secret = Type.String({ minLength: 1, maxLength: 500 });

const webhookChanges = Type.Union(
  [
    Type.Object(
      {
        url: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
        app_secret: Type.Optional(secret),
        verify_token: Type.Optional(secret),
      },
      closed,
    ),
    Type.Null(),
  ],
  {
    description:
      'Where webhooks go; what is not named stays. The receiver must pass the handshake. null: nowhere',
  },
);

const upstreamChanges = Type.Object(
  {
    base_url: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
    version: Type.Optional(Type.Union([Type.String({ pattern: '^v[0-9]{1,2}\\.0$' }), Type.Null()])),
    token: Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]{1,2000}$' })),
    app_secret: Type.Optional(Type.Union([secret, Type.Null()])),
    verify_token: Type.Optional(Type.Union([secret, Type.Null()])),
    send_appsecret_proof: Type.Optional(
      Type.Boolean({
        description:
          'Whether calls carry a proof of app_secret, which apps can demand. Say false where the token belongs to another app',
      }),
    ),
  },
  {
    ...closed,
    description:
      'Where a cloud number lives: Meta when no base_url is named, with its token. app_secret and verify_token are those of its app, ' +
      'for /webhooks/meta. What is not named stays',
  },
);

const newNumber = Type.Object(
  {
    id: Type.Optional(digits),
    display_phone_number: displayPhoneNumber,
    verified_name: Type.Optional(name),
    waba_id: Type.Optional(digits),
    portfolio_id: Type.Optional(name),
    platform: Type.Optional(Type.Enum(['local', 'cloud'])),
    upstream: Type.Optional(upstreamChanges),
    webhook: Type.Optional(webhookChanges),
  },
  closed,
);

const changes = Type.Object(
  {
    display_phone_number: Type.Optional(displayPhoneNumber),
    verified_name: Type.Optional(name),
    waba_id: Type.Optional(digits),
    portfolio_id: Type.Optional(name),
    upstream: Type.Optional(upstreamChanges),
    webhook: Type.Optional(webhookChanges),
  },
  closed,
);

const time = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);

const numberShape = Type.Object({
  id: Type.String({ description: 'phone_number_id' }),
  display_phone_number: Type.String(),
  verified_name: Type.String(),
  waba_id: Type.String(),
  portfolio_id: Type.String({ description: 'Whose business-scoped user IDs the number sees' }),
  platform: Type.Enum(['local', 'cloud']),
  upstream: Type.Union([
    Type.Object({
      base_url: Type.String(),
      version: Type.Union([Type.String(), Type.Null()]),
      token_set: Type.Literal(true),
      app_secret_set: Type.Boolean(),
      send_appsecret_proof: Type.Boolean(),
      verify_token_set: Type.Boolean(),
      health: Type.Object({
        state: Type.Enum(['unknown', 'ok', 'limited', 'failing']),
        last_ok_at: time,
        problem: Type.Union([Type.String(), Type.Null()], {
          description: "In Meta's words, where it gave any",
        }),
        problem_kind: Type.Union([
          Type.Enum(Object.keys(platformProblems) as PlatformProblem[]),
          Type.Null(),
        ]),
        problem_at: time,
        advice: Type.Union([Type.String(), Type.Null()], { description: 'Who has to act, and how' }),
        paused_until: time,
        last_webhook_at: time,
      }),
    }),
    Type.Null(),
  ]),
  webhook: Type.Union([
    Type.Object({
      url: Type.String(),
      app_secret_set: Type.Literal(true),
      verify_token_set: Type.Literal(true),
      health: Type.Object(
        {
          state: Type.Enum(['unknown', 'ok', 'failing']),
          last_attempt_at: time,
          problem: Type.Union([Type.String(), Type.Null()]),
        },
        { description: 'How the last delivery went, as this process has seen it' },
      ),
    }),
    Type.Null(),
  ]),
  created_at: Type.String({ format: 'date-time' }),
});

const params = Type.Object({ id: Type.String() });
const tags = ['Numbers'];

/** What a number has when nobody says otherwise. */
const unnamed = { verifiedName: 'Blockhouse', wabaId: '102290129340398', portfolioId: 'default' } as const;

/** `/blockhouse/v1/numbers` */
export function numbersRoutes(app: App, services: Services): void {
  const { store, clock } = services;
  app.get(
    '/blockhouse/v1/numbers',
    {
      config: { access: reads },
      schema: {
        ...ownApi,
        tags,
        summary: 'List numbers',
        response: { 200: Type.Object({ data: Type.Array(numberShape) }), ...faults },
      },
    },
    async (request) => {
      const key = keyOf(request);
      const open = (await store.numbers()).filter(({ id }) => opens(key, id));
      return { data: await Promise.all(open.map((number) => shapeOf(services, number))) };
    },
  );

  app.get(
    '/blockhouse/v1/numbers/:id',
    {
      config: { access: readsOne },
      schema: {
        ...ownApi,
        tags,
        summary: 'Show a number',
        params,
        response: { 200: numberShape, ...faults },
      },
    },
    async (request) => shapeOf(services, numberOf(request)),
  );

  app.post(
    '/blockhouse/v1/numbers',
    {
      config: { access: writes },
      schema: {
        ...ownApi,
        tags,
        summary: 'Add a number',
        body: newNumber,
        response: { 201: numberShape, ...faults },
      },
    },
    async (request, reply) => {
      const id = request.body.id ?? newNumberId();
      requirePlatform(request.body);
      const known = { id, webhook: null, upstream: null, createdAtMs: clock() };
      requireFree(await store.numbers(), newRecord(request.body, known));
      const webhook = await readWebhook(services, { id, webhook: null }, request.body.webhook);
      const checked = await readUpstream(services, { id, upstream: null }, request.body.upstream);
      const { upstream } = checked;
      const named = { verified_name: checked.verifiedName ?? unnamed.verifiedName, ...request.body };
      const record = newRecord(named, { id, webhook, upstream, createdAtMs: clock() });
      await store.changeNumbers((numbers) => {
        requireFree(numbers, record);
        return { put: record };
      });
      if (checked.isAnswered) services.metaClients.channel(id).note({ kind: 'well' });
      return reply.status(201).send(await shapeOf(services, record));
    },
  );

  app.patch(
    '/blockhouse/v1/numbers/:id',
    {
      config: { access: writesOne },
      schema: {
        ...ownApi,
        tags,
        summary: 'Change a number',
        params,
        body: changes,
        response: { 200: numberShape, ...faults },
      },
    },
    async (request) => {
      const number = numberOf(request);
      const { id } = number;
      if (number.upstream === null && request.body.upstream !== undefined)
        throw invalid(
          `Param upstream: number ${id} is local, and its blocklist is kept here. Remove it, and add it as cloud.`,
        );
      // Others are asked first, outside the transaction: if they refuse, nothing has changed.
      const webhook = await readWebhook(services, number, request.body.webhook);
      const { upstream, isAnswered } = await readUpstream(services, number, request.body.upstream);
      await store.changeNumbers((numbers) => {
        const before = numbers.find((number) => number.id === id);
        if (before === undefined) throw unknownObject(request.method, id);
        const put = {
          ...changedRecord(before, request.body),
          webhook: renewedWebhook(services, before, request.body.webhook, webhook),
          upstream: renewedUpstream(services, before, request.body.upstream, upstream),
        };
        requireFree(
          numbers.filter((number) => number !== before),
          put,
        );
        return { put };
      });
      const changed = await store.number(id);
      if (changed === null) throw unknownObject(request.method, id);
      if (request.body.webhook !== undefined) services.retryDeliveryNow(id);
      if (request.body.upstream !== undefined) {
        services.metaClients.channel(id).renew();
        if (isAnswered) services.metaClients.channel(id).note({ kind: 'well' });
        services.metaIngest.wake(id);
      }
      return shapeOf(services, changed);
    },
  );

  app.delete(
    '/blockhouse/v1/numbers/:id',
    {
      config: { access: writesOne },
      schema: {
        ...ownApi,
        tags,
        summary: 'Remove a number with its blocklist, windows and activity',
        params,
        response: { 200: success, ...faults },
      },
    },
    async (request: FastifyRequest) => {
      const { id } = numberOf(request);
      await store.changeNumbers(() => ({ remove: id }));
      services.metaClients.forget(id);
      services.platforms.cloud.forget(id);
      return { success: true as const };
    },
  );
}

function newRecord(
  body: Static<typeof newNumber>,
  known: Pick<NumberRecord, 'id' | 'webhook' | 'upstream' | 'createdAtMs'>,
): NumberRecord {
  return {
    ...known,
    waId: readDisplayPhone(body.display_phone_number),
    displayPhoneNumber: body.display_phone_number,
    verifiedName: body.verified_name ?? unnamed.verifiedName,
    wabaId: body.waba_id ?? unnamed.wabaId,
    portfolioId: body.portfolio_id ?? unnamed.portfolioId,
  };
}

function changedRecord(before: NumberRecord, body: Static<typeof changes>): NumberRecord {
  const displayPhoneNumber = body.display_phone_number ?? before.displayPhoneNumber;
  return {
    ...before,
    waId: readDisplayPhone(displayPhoneNumber),
    displayPhoneNumber,
    verifiedName: body.verified_name ?? before.verifiedName,
    wabaId: body.waba_id ?? before.wabaId,
    portfolioId: body.portfolio_id ?? before.portfolioId,
  };
}

/** Joins what is there with what is named, and makes sure of the receiver when anything is. */
async function readWebhook(
  { receivers, vault }: Services,
  number: Pick<NumberRecord, 'id' | 'webhook'>,
  body: Static<typeof webhookChanges> | undefined,
): Promise<WebhookTarget | null> {
  if (body === undefined) return number.webhook;
  if (body === null) return null;
  const before = number.webhook === null ? null : vault.openWebhook(number, number.webhook);
  const url = body.url ?? before?.url;
  const appSecret = body.app_secret ?? before?.appSecret;
  const verifyToken = body.verify_token ?? before?.verifyToken;
  if (url === undefined) throw missing('webhook.url');
  if (appSecret === undefined) throw missing('webhook.app_secret');
  if (verifyToken === undefined) throw missing('webhook.verify_token');
  const target = { url: readReceiverUrl('webhook.url', url), appSecret, verifyToken };
  const problem = await handshakeProblem(receivers, target);
  if (problem !== null) throw invalid(`Param webhook.url: ${problem}.`);
  requireUnsealed(vault, 'webhook', [appSecret, verifyToken]);
  return vault.sealWebhook(number.id, target);
}

/** What was checked, with what somebody else has changed meanwhile and this request does not name. */
function renewedWebhook(
  { vault }: Services,
  before: NumberRecord,
  body: Static<typeof webhookChanges> | undefined,
  checked: WebhookTarget | null,
): WebhookTarget | null {
  if (body === undefined) return before.webhook;
  if (checked === null || before.webhook === null || body === null) return checked;
  const now = vault.openWebhook(before, before.webhook);
  const wanted = vault.openWebhook(before, checked);
  return vault.sealWebhook(before.id, {
    url: body.url === undefined ? now.url : wanted.url,
    appSecret: body.app_secret === undefined ? now.appSecret : wanted.appSecret,
    verifyToken: body.verify_token === undefined ? now.verifyToken : wanted.verifyToken,
  });
}

/** What looks as if it had been sealed could not be told from what was. */
function requireUnsealed(
  vault: Services['vault'],
  parameter: string,
  texts: readonly (string | null)[],
): void {
  if (texts.some((text) => text !== null && vault.looksSealed(text)))
    throw invalid(`Param ${parameter}: a secret must not begin as sealed ones do.`);
}

/** A cloud number says where it lives, and a local one does not. */
function requirePlatform({ id, waba_id: wabaId, platform, upstream }: Static<typeof newNumber>): void {
  if (platform === 'cloud') {
    if (id === undefined) throw missing('id');
    if (wabaId === undefined) throw missing('waba_id');
    if (upstream === undefined) throw missing('upstream');
  } else if (upstream !== undefined) throw invalid('Param upstream is for numbers with the platform cloud.');
}

const metaUrl = 'https://graph.facebook.com';

/**
 * Joins what is there with what is named, and asks the platform whether the token opens the number. Only a definite no
 * refuses it: a platform that does not answer may be set up all the same.
 */
async function readUpstream(
  services: Services,
  number: Pick<NumberRecord, 'id' | 'upstream'>,
  body: Static<typeof upstreamChanges> | undefined,
): Promise<{ readonly upstream: UpstreamTarget | null } & Pick<TargetCheck, 'isAnswered' | 'verifiedName'>> {
  if (body === undefined) return { upstream: number.upstream, isAnswered: false, verifiedName: null };
  const { vault, metaClients, config } = services;
  if (!vault.canSeal) {
    throw invalid(
      `Param upstream: set ${settings.secret.name} first, so that the token is sealed where it is kept.`,
    );
  }
  const before = number.upstream === null ? null : vault.openUpstream(number, number.upstream);
  const baseUrl = readUpstreamUrl(body.base_url ?? before?.baseUrl ?? metaUrl, config.webhookTargets);
  // A token goes to nobody whom it was not given for.
  const isElsewhere = before !== null && new URL(baseUrl).origin !== new URL(before.baseUrl).origin;
  const token = body.token ?? (isElsewhere ? undefined : before?.token);
  if (token === undefined) throw missing('upstream.token');
  const target: UpstreamTarget = {
    baseUrl,
    version: body.version === undefined ? (before === null ? versions.latest : before.version) : body.version,
    token,
    appSecret: body.app_secret === undefined ? (before?.appSecret ?? null) : body.app_secret,
    sendsProof: body.send_appsecret_proof ?? before?.sendsProof ?? true,
    verifyToken: body.verify_token === undefined ? (before?.verifyToken ?? null) : body.verify_token,
  };
  requireUnsealed(vault, 'upstream', [target.token, target.appSecret, target.verifyToken]);
  const { refusal, ...checked } = await metaClients.check(number.id, target);
  if (refusal !== null)
    throw invalid(`Param upstream: the platform refuses the number or its token: ${refusal}`);
  return { ...checked, upstream: vault.sealUpstream(number.id, target) };
}

/** What was checked, with what somebody else has changed meanwhile and this request does not name. */
function renewedUpstream(
  { vault }: Services,
  before: NumberRecord,
  body: Static<typeof upstreamChanges> | undefined,
  checked: UpstreamTarget | null,
): UpstreamTarget | null {
  if (body === undefined || checked === null || before.upstream === null) return before.upstream;
  const now = vault.openUpstream(before, before.upstream);
  const wanted = vault.openUpstream(before, checked);
  return vault.sealUpstream(before.id, {
    baseUrl: body.base_url === undefined ? now.baseUrl : wanted.baseUrl,
    version: body.version === undefined ? now.version : wanted.version,
    token: body.token === undefined ? now.token : wanted.token,
    appSecret: body.app_secret === undefined ? now.appSecret : wanted.appSecret,
    sendsProof: body.send_appsecret_proof ?? now.sendsProof ?? true,
    verifyToken: body.verify_token === undefined ? now.verifyToken : wanted.verifyToken,
  });
}

/** A token goes nowhere in the clear, this machine aside. */
function readUpstreamUrl(text: string, policy: TargetPolicy): string {
  const url = new URL(readReceiverUrl('upstream.base_url', text));
  if (url.search !== '') throw invalid('Param upstream.base_url must not carry a query.');
  try {
    checkLiteral(url, policy);
  } catch (error) {
    throw invalid(`Param upstream.base_url: ${(error as Error).message}.`);
  }
  if (url.protocol !== 'https:' && policy !== 'any' && !isLoopback(url))
    throw invalid('Param upstream.base_url must be an https address: the token goes there.');
  return url.href.replace(/\/+$/, '');
}

function readDisplayPhone(text: string): WaId {
  const waId = readPhone(text);
  if (waId === null)
    throw invalid(`Param display_phone_number must be a possible phone number - got "${shown(text)}".`);
  return waId;
}

/** Neither an ID nor a phone may stand for two numbers. */
function requireFree(others: readonly NumberRecord[], { id, waId }: NumberRecord): void {
  for (const other of others) {
    if (other.id === id) throw invalid(`Param id: there is a number ${id} already.`);
    if (other.waId === waId)
      throw invalid(`Param display_phone_number: number ${other.id} has this phone already.`);
  }
}

async function shapeOf(services: Services, record: NumberRecord): Promise<Static<typeof numberShape>> {
  const { upstream, webhook } = record;
  return {
    id: record.id,
    display_phone_number: record.displayPhoneNumber,
    verified_name: record.verifiedName,
    waba_id: record.wabaId,
    portfolio_id: record.portfolioId,
    platform: upstream === null ? 'local' : 'cloud',
    upstream: upstream === null ? null : await upstreamOf(services, record, upstream),
    webhook: webhook === null ? null : webhookOf(webhook, services.lastDelivery(record.id)),
    created_at: new Date(record.createdAtMs).toISOString(),
  };
}

async function upstreamOf(
  { metaIngest, metaClients }: Services,
  number: NumberRecord,
  { baseUrl, version, appSecret, sendsProof, verifyToken }: UpstreamTarget,
) {
  const health = metaClients.health(number.id);
  return {
    base_url: baseUrl,
    version,
    token_set: true as const,
    app_secret_set: appSecret !== null,
    send_appsecret_proof: sendsProof !== false,
    verify_token_set: verifyToken !== null,
    health: {
      state: health.state,
      last_ok_at: timeOut(health.okAtMs),
      problem: health.problem?.text ?? null,
      problem_kind: health.problem?.kind ?? null,
      problem_at: timeOut(health.problem?.atMs ?? null),
      advice: health.problem?.advice ?? null,
      paused_until: timeOut(health.pausedUntilMs),
      last_webhook_at: timeOut(await metaIngest.lastWebhookAtMs(number)),
    },
  };
}

function webhookOf({ url }: WebhookTarget, last: Attempt | null) {
  const state =
    last === null ? ('unknown' as const) : last.problem === null ? ('ok' as const) : ('failing' as const);
  return {
    url,
    app_secret_set: true as const,
    verify_token_set: true as const,
    health: { state, last_attempt_at: timeOut(last?.atMs ?? null), problem: last?.problem ?? null },
  };
}
