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
  type Webhook,
  windowClosesAtMs,
} from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { opens } from '../../auth/api-keys.ts';
import type { Services } from '../../services.ts';
import { shownWaId } from '../../users/directory.ts';
import type { App } from '../shared/app-type.ts';
import { type AccessRule, keyOf, numberOf } from '../shared/authenticate.ts';
import { invalid, shown } from '../shared/errors.ts';
import { faults, ownApi } from '../shared/schemas.ts';
import { timeOut } from '../shared/time.ts';
import { auditOut, type KeyNames, keyNames } from './block-shapes.ts';
import { keysAt, readUserAt } from './user-at.ts';

const rule: AccessRule = { roles: ['admin', 'agent'], number: false, limited: false };
const tags = ['Users'];

const found = Type.Object({}, { additionalProperties: true });

/** Why is this customer silent? At one number, or at all of them. */
export function diagnosisRoutes(app: App, services: Services): void {
  app.get(
    '/blockhouse/v1/numbers/:id/users/:user',
    {
      config: { access: { ...rule, number: true } },
      schema: {
        ...ownApi,
        tags,
        summary: "Why do this user's messages not arrive at this number?",
        params: Type.Object({ id: Type.String(), user: Type.String() }),
        response: { 200: found, ...faults },
      },
    },
    async (request) => {
      const number = numberOf(request);
      const { waId, matchedBy } = await readUserPath(services, [number], request.params.user);
      const all = await openNumbers(services, request);
      const keys = await keysAt(services.directory, [number, ...all], { text: request.params.user, waId });
      const [findings] = await examine(services, keys, [number], all);
      if (findings === undefined) throw new Error('a number was examined and nothing was found');
      return {
        ...(await userOut(services, number, keyAt(keys, number), findings.facts)),
        matched_by: findings.isVariant ? 'national_variant' : matchedBy,
        ...findings.out,
      };
    },
  );

  app.get(
    '/blockhouse/v1/users/:user',
    {
      config: { access: rule },
      schema: {
        ...ownApi,
        tags,
        summary: "Why do this user's messages not arrive, at any of the numbers?",
        params: Type.Object({ user: Type.String() }),
        response: { 200: found, ...faults },
      },
    },
    async (request) => {
      const all = await openNumbers(services, request);
      const { waId, matchedBy } = await readUserPath(services, all, request.params.user);
      const keys = await keysAt(services.directory, all, { text: request.params.user, waId });
      const findings = await examine(services, keys, all, all);
      const verdict = mostTelling(findings.map(({ out }) => out.verdict));
      return {
        wa_id: shownWaId(
          waId,
          findings.some(({ facts }) => facts.profile?.phoneHidden),
        ),
        matched_by: findings.some(({ isVariant }) => isVariant) ? 'national_variant' : matchedBy,
        name: findings.map(({ facts }) => nameOf(facts)).find((name) => name !== null) ?? null,
        verdict,
        advice: verdicts[verdict],
        numbers: findings.map(({ out }) => out),
      };
    },
  );
}

async function openNumbers({ store }: Services, request: FastifyRequest): Promise<readonly NumberRecord[]> {
  return (await store.numbers()).filter(({ id }) => opens(keyOf(request), id));
}

/** A user is named by phone, `wa_id`, or the ID that any of the numbers' portfolios has for them. */
async function readUserPath(
  { directory: names }: Services,
  numbers: readonly NumberRecord[],
  text: string,
): Promise<{ readonly waId: WaId; readonly matchedBy: MatchedBy }> {
  const ref = await readUserAt(names, numbers, text);
  const scope = { upstream: null, portfolioId: 'default' };
  const ours = ref.kind === 'user' ? ref : readUser(text, await names.at(scope, { texts: [text] }));
  if (ours.kind === 'user') return { waId: ours.waId, matchedBy: ours.matchedBy ?? 'wa_id' };
  throw invalid(
    `The path names no user: "${shown(text)}" must be a phone, a wa_id or a business-scoped user ID.`,
  );
}

function keyAt(keys: ReadonlyMap<string, WaId>, { id }: NumberRecord): WaId {
  const waId = keys.get(id);
  if (waId === undefined) throw new Error('a number was left out of the keys of a user');
  return waId;
}

/** What is found at some numbers; whether the user is blocked elsewhere, all of them tell. */
async function examine(
  services: Services,
  keys: ReadonlyMap<string, WaId>,
  numbers: readonly NumberRecord[],
  all: readonly NumberRecord[],
) {
  const { store, platforms, clock } = services;
  const names = keyNames(await store.keys());
  const factsOf = new Map<string, UserFacts>();
  const failing = new Set<string>();
  const variants = new Set<string>();
  // All at once: what lives at Meta has to be asked there.
  await Promise.all(
    all.map(async (number) => {
      const waId = keyAt(keys, number);
      const { facts, platformFails, isVariant } = await platforms.of(number).readUser(number.id, waId);
      const user = facts.users.get(waId);
      if (user !== undefined) factsOf.set(number.id, user);
      if (platformFails) failing.add(number.id);
      if (isVariant) variants.add(number.id);
    }),
  );
  const blockedAt = all.filter(({ id }) => factsOf.get(id)?.blocked).map(({ id }) => id);
  const atMs = clock();
  return await Promise.all(
    numbers.map(async (number) => {
      const waId = keyAt(keys, number);
      const facts = factsOf.get(number.id);
      if (facts === undefined) throw new Error('the store left out a user that was asked for');
      const failure = await lastFailure(services, number, waId);
      const elsewhere = blockedAt.filter((id) => id !== number.id);
      const verdict: Verdict = diagnose(facts, {
        listens: number.webhook !== null,
        hears: number.upstream === null || (await services.metaIngest.lastWebhookAtMs(number)) !== null,
        webhookFails: failure !== null,
        platformFails: failing.has(number.id),
        blockedElsewhere: elsewhere.length > 0,
        atMs,
      });
      const out = {
        number: number.id,
        display_phone_number: number.displayPhoneNumber,
        verdict,
        advice: verdicts[verdict],
        blocked: facts.blocked ? await blockOf(services, number, waId, names) : null,
        standing: facts.standing === null ? null : standingOf(facts.standing, names),
        blocked_at_numbers: elsewhere,
        window: {
          open: isWindowOpen(facts.lastInboundMs, atMs),
          last_inbound_at: timeOut(facts.lastInboundMs),
          can_be_blocked_until: timeOut(windowClosesAtMs(facts.lastInboundMs)),
        },
        dropped: facts.dropped,
        last_failed_webhook: failure,
      };
      return { facts, out, isVariant: variants.has(number.id) };
    }),
  );
}

async function blockOf({ store }: Services, number: NumberRecord, waId: WaId, names: KeyNames) {
  const query = { sort: 'blocked_at', search: null, waId, after: null, count: 1 } as const;
  const [block] = await store.blocks(number.id, query);
  if (block === undefined) return blockedElsewhere;
  return {
    since: timeOut(block.blockedAtMs),
    ...auditOut(block.cause, names),
    until: timeOut(block.untilMs),
    dropped: block.dropped,
    last_dropped_at: timeOut(block.lastDroppedMs),
  };
}

/** Somebody who stands on Meta's list, and whom nobody has blocked from here. */
const blockedElsewhere = {
  since: null,
  key: null,
  person: null,
  source: 'elsewhere' as const,
  note: null,
  until: null,
  dropped: 0,
  last_dropped_at: null,
};

function standingOf({ cause, placedAtMs, untilMs }: NonNullable<UserFacts['standing']>, names: KeyNames) {
  return { placed_at: timeOut(placedAtMs), ...auditOut(cause, names), until: timeOut(untilMs) };
}

/** The user's latest webhook, if it was tried and not acknowledged. */
async function lastFailure({ store }: Services, { id }: NumberRecord, waId: WaId) {
  const latest = await store.outbox.latestTried(id, waId);
  const attempt = latest?.attempts.at(-1);
  if (latest === null || attempt === undefined || isAcknowledged(latest)) return null;
  return {
    at: timeOut(attempt.atMs),
    problem: attempt.problem,
    status: attempt.status,
    attempts: latest.attemptCount,
    state: latest.state,
  };
}

function isAcknowledged({ state }: Webhook): boolean {
  return state === 'delivered';
}

async function userOut({ directory: names }: Services, number: NumberRecord, waId: WaId, facts: UserFacts) {
  const [userId = null] = (await names.at(number, { waIds: [waId] })).issue([waId]);
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
