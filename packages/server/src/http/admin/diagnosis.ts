import { type Verdict, verdicts } from '@blockhouse/client/wire';
import {
  diagnose,
  isWindowOpen,
  kindOf,
  type MatchedBy,
  mostTelling,
  type NumberRecord,
  readUser,
  type UserFacts,
  type WaId,
  windowClosesAtMs,
} from '@blockhouse/engine';
import { Type } from 'typebox';
import type { Services } from '../../services.ts';
import { shownWaId } from '../../users/names.ts';
import { allow, allowAtNumber, numberOf, openNumbers } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { invalid, shown } from '../shared/errors.ts';
import { errorResponses, numberParams, requiresKey } from '../shared/schemas.ts';
import { isoTime } from '../shared/time.ts';
import { type KeyNames, keyNames, renderBlockOfUser, renderStandingOfUser } from './blocks/block-shapes.ts';
import { findUser, waIdsAt } from './find-user.ts';

const access = allow('admin', 'agent');
const tags = ['Users'];
const user = Type.String({ description: 'A phone, wa_id, username or business-scoped user ID' });
const diagnosisShape = Type.Object({}, { additionalProperties: true });

/** Why messages of a user do not arrive, at one number or at all of them. */
export function diagnosisRoutes(app: App, services: Services): void {
  app.get(
    '/blockhouse/v1/numbers/:id/users/:user',
    {
      config: { access: allowAtNumber('admin', 'agent') },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Diagnose a user at a number',
        description: "Returns why the user's messages do not arrive at this number.",
        params: Type.Object({ ...numberParams.properties, user }),
        response: { 200: diagnosisShape, ...errorResponses },
      },
    },
    async (request) => {
      const number = numberOf(request);
      const { user: text } = request.params;
      const { waId, matchedBy } = await readUserPath(services, [number], text);
      const all = await openNumbers(services, request);
      const waIds = await waIdsAt(services.directory, [number, ...all], { text, waId });
      const [finding] = await examine(services, waIds, [number], all);
      if (finding === undefined) throw new Error('a number was examined without a finding');
      return {
        ...(await renderUser(services, number, finding)),
        matched_by: finding.isVariant ? 'national_variant' : matchedBy,
        ...finding.diagnosis,
      };
    },
  );

  app.get(
    '/blockhouse/v1/users/:user',
    {
      config: { access },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Diagnose a user at all numbers',
        description: "Returns why the user's messages do not arrive, for each number that the key opens.",
        params: Type.Object({ user }),
        response: { 200: diagnosisShape, ...errorResponses },
      },
    },
    async (request) => {
      const { user: text } = request.params;
      const all = await openNumbers(services, request);
      const { waId, matchedBy } = await readUserPath(services, all, text);
      const waIds = await waIdsAt(services.directory, all, { text, waId });
      const findings = await examine(services, waIds, all, all);
      const verdict = mostTelling(findings.map(({ diagnosis }) => diagnosis.verdict));
      const isHidden = findings.some(({ facts }) => facts.profile?.phoneHidden);
      return {
        wa_id: shownWaId(waId, isHidden),
        matched_by: findings.some(({ isVariant }) => isVariant) ? 'national_variant' : matchedBy,
        name: findings.map(({ facts }) => nameOf(facts)).find((name) => name !== null) ?? null,
        verdict,
        advice: verdicts[verdict],
        numbers: findings.map(({ diagnosis }) => diagnosis),
      };
    },
  );
}

/** The user of the path: a phone, a `wa_id`, or the ID that the portfolio of any of the numbers has for them. */
async function readUserPath(
  { directory }: Services,
  numbers: readonly NumberRecord[],
  text: string,
): Promise<{ readonly waId: WaId; readonly matchedBy: MatchedBy }> {
  const ref = await findUser(directory, numbers, text);
  const scope = { upstream: null, portfolioId: 'default' };
  const user = ref.kind === 'user' ? ref : readUser(text, await directory.lookup(scope, { texts: [text] }));
  if (user.kind === 'user') return { waId: user.waId, matchedBy: user.matchedBy ?? 'wa_id' };
  throw invalid(
    `The path names no user: "${shown(text)}" must be a phone, a wa_id or a business-scoped user ID.`,
  );
}

/** The facts about a user at one number. */
interface Status {
  readonly number: NumberRecord;
  readonly waId: WaId;
  readonly facts: UserFacts;
  readonly platformFails: boolean;
  readonly isVariant: boolean;
}

/** Diagnoses a user at some numbers. All numbers are asked, to find out whether the user is blocked at another one. */
async function examine(
  services: Services,
  waIds: ReadonlyMap<string, WaId>,
  numbers: readonly NumberRecord[],
  all: readonly NumberRecord[],
) {
  const names = keyNames(await services.store.keys(), (await services.ruleBook.set()).rules);
  const statuses = await Promise.all(all.map((number) => readStatus(services, number, waIds)));
  const atMs = services.clock();
  return await Promise.all(
    numbers.map(async ({ id }) => {
      const status = statuses.find(({ number }) => number.id === id);
      if (status === undefined) throw new Error(`number ${id} was not asked about the user`);
      const blockedAt = statuses
        .filter(({ number, facts }) => facts.blocked && number.id !== id)
        .map(({ number }) => number.id);
      return { ...status, diagnosis: await diagnoseAt(services, status, { blockedAt, names, atMs }) };
    }),
  );
}

async function readStatus(
  { platforms }: Services,
  number: NumberRecord,
  waIds: ReadonlyMap<string, WaId>,
): Promise<Status> {
  const waId = waIds.get(number.id);
  if (waId === undefined) throw new Error(`number ${number.id} has no wa_id for the user`);
  const { facts, platformFails, isVariant } = await platforms.of(number).readUser(number.id, waId);
  const user = facts.users.get(waId);
  if (user === undefined) throw new Error(`the store left out user ${waId} of number ${number.id}`);
  return { number, waId, facts: user, platformFails, isVariant };
}

async function diagnoseAt(
  services: Services,
  { number, waId, facts, platformFails }: Status,
  { blockedAt, names, atMs }: { blockedAt: readonly string[]; names: KeyNames; atMs: number },
) {
  const failure = await lastFailure(services, number, waId);
  const verdict: Verdict = diagnose(facts, {
    listens: number.webhook !== null,
    hears: number.upstream === null || (await services.metaIngest.lastWebhookAtMs(number)) !== null,
    webhookFails: failure !== null,
    isHeld: await services.store.outbox.isHeld(number.id, waId),
    platformFails,
    blockedElsewhere: blockedAt.length > 0,
    atMs,
  });
  return {
    number: number.id,
    display_phone_number: number.displayPhoneNumber,
    verdict,
    advice: verdicts[verdict],
    blocked: facts.blocked ? await findBlock(services, number, waId, names) : null,
    standing: facts.standing === null ? null : renderStandingOfUser(facts.standing, names),
    blocked_at_numbers: blockedAt,
    window: {
      open: isWindowOpen(facts.lastInboundMs, atMs),
      last_inbound_at: isoTime(facts.lastInboundMs),
      can_be_blocked_until: isoTime(windowClosesAtMs(facts.lastInboundMs)),
    },
    dropped: facts.dropped,
    last_failed_webhook: failure,
  };
}

async function findBlock({ store }: Services, { id }: NumberRecord, waId: WaId, names: KeyNames) {
  const query = { sort: 'blocked_at', search: null, waId, after: null, count: 1 } as const;
  const [block = null] = await store.blocks(id, query);
  return renderBlockOfUser(block, names);
}

/** The last attempt of the user's latest webhook, unless the receiver has acknowledged it. */
async function lastFailure({ store }: Services, { id }: NumberRecord, waId: WaId) {
  const webhook = await store.outbox.latestTried(id, waId);
  const attempt = webhook?.attempts.at(-1);
  if (webhook === null || attempt === undefined || webhook.state === 'delivered') return null;
  return {
    at: isoTime(attempt.atMs),
    problem: attempt.problem,
    status: attempt.status,
    attempts: webhook.attemptCount,
    state: webhook.state,
  };
}

async function renderUser({ directory }: Services, number: NumberRecord, { waId, facts }: Status) {
  const [userId = null] = (await directory.lookup(number, { waIds: [waId] })).issue([waId]);
  return {
    wa_id: shownWaId(waId, facts.profile?.phoneHidden),
    user_id: userId,
    name: nameOf(facts),
    kind: kindOf(facts),
  };
}

function nameOf({ profile, name }: UserFacts): string | null {
  return profile?.name ?? name;
}
