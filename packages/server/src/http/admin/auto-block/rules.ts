import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  type AutoBlockRule,
  BadRule,
  hourMs,
  type RuleSet,
  type RuleTerms,
  ruleProblem,
} from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { allow } from '../../shared/access.ts';
import { actorOf } from '../../shared/actor.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid, unknownObject } from '../../shared/errors.ts';
import { errorResponses, nullable, requiresKey, strict, success } from '../../shared/schemas.ts';
import { readTime } from '../../shared/time.ts';
import { requireConfirmation } from './confirm-risk.ts';
import {
  newRule,
  type RuleCounts,
  readRule,
  renderRule,
  ruleChange,
  ruleShape,
  rulesFile,
} from './rule-schemas.ts';

const writes = allow('admin');
const reads = allow('admin', 'agent');

const tags = ['Auto-block rules'];

const confirm = Type.Optional(
  Type.Boolean({
    description:
      'Turns rules on although they would match many users who are known to you. Without it, the response has the status 409. It counts only where messages are kept',
  }),
);

const ruleParams = Type.Object({ rule_id: Type.String() });

const rulesShape = Type.Object({
  data: Type.Array(ruleShape),
  customer_days: Type.Integer(),
  messages_kept_for: nullable(
    Type.String({ description: 'A span such as `168h`; null: messages are not kept' }),
  ),
});

/** `/blockhouse/v1/rules` */
export function rulesRoutes(app: App, services: Services): void {
  const { ruleBook, ruleUndo, clock, store } = services;

  app.get(
    '/blockhouse/v1/rules',
    {
      config: { access: reads },
      schema: {
        ...requiresKey,
        tags,
        summary: 'List auto-block rules',
        response: { 200: rulesShape, ...errorResponses },
      },
    },
    async () => await renderSet(await ruleBook.set(), services),
  );

  app.put(
    '/blockhouse/v1/rules',
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Replace all auto-block rules',
        description:
          'Rules that have the name of an existing rule change it. Others are created, and existing rules that are not named are removed. If one rule is wrong, nothing changes.',
        body: Type.Object(
          {
            ...rulesFile.properties,
            keep_others: Type.Optional(
              Type.Boolean({
                description: 'Keeps existing rules that are not named, instead of removing them',
              }),
            ),
            confirm,
          },
          strict,
        ),
        response: { 200: rulesShape, ...errorResponses },
      },
    },
    async (request) => {
      const { rules, customer_days: customerDays, keep_others: keepsOthers = false } = request.body;
      const nowMs = clock();
      const asked = await ruleBook.set();
      await check(services, asked, {
        rules: applied(asked, rules, { keepsOthers, nowMs }).filter((rule) => !asked.rules.includes(rule)),
        isConfirmed: request.body.confirm === true,
      });
      const set = await change(services, (before) => ({
        ...before,
        customerDays: customerDays ?? before.customerDays,
        rules: applied(before, rules, { keepsOthers, nowMs }),
      }));
      return await renderSet(set, services);
    },
  );

  app.post(
    '/blockhouse/v1/rules',
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Create an auto-block rule',
        body: Type.Object({ ...newRule.properties, confirm }, strict),
        response: { 201: ruleShape, ...errorResponses },
      },
    },
    async (request, reply) => {
      const nowMs = clock();
      const { confirm: isConfirmed = false, ...written } = request.body;
      await check(services, await ruleBook.set(), { rules: [readRule(written, 0)], isConfirmed });
      let made: AutoBlockRule | undefined;
      await change(services, (before) => {
        const last = Math.max(0, ...before.rules.map(({ order }) => order));
        made = replaced(undefined, readRule(written, last + 1), nowMs);
        return { ...before, rules: [...before.rules, made] };
      });
      if (made === undefined) throw new Error('the rule was not made');
      return reply.status(201).send(renderRule(made, new Map()));
    },
  );

  app.patch(
    '/blockhouse/v1/rules/:rule_id',
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Change an auto-block rule',
        params: ruleParams,
        body: Type.Object({ ...ruleChange.properties, confirm }, strict),
        response: { 200: ruleShape, ...errorResponses },
      },
    },
    async (request) => {
      const nowMs = clock();
      const { rule_id: id } = request.params;
      const { confirm: isConfirmed = false, ...changes } = request.body;
      const changed = (rule: AutoBlockRule) => ({ ...termsOf(rule), ...changes }) as RuleTerms;
      const asked = await ruleBook.set();
      const terms = changed(ruleIn(asked, id, request.method));
      await check(services, asked, { rules: [terms], isConfirmed });
      const set = await change(services, (before) => {
        const known = ruleIn(before, id, request.method);
        return {
          ...before,
          rules: before.rules.map((rule) => (rule === known ? replaced(known, changed(known), nowMs) : rule)),
        };
      });
      return renderRule(ruleIn(set, id, request.method), await countsOf(services));
    },
  );

  app.delete(
    '/blockhouse/v1/rules/:rule_id',
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Delete an auto-block rule',
        description: 'Its blocks stay. To end them, undo the rule first.',
        params: ruleParams,
        response: { 200: success, ...errorResponses },
      },
    },
    async (request) => {
      const { rule_id: id } = request.params;
      await change(services, (before) => {
        ruleIn(before, id, request.method);
        return { ...before, rules: before.rules.filter((rule) => rule.id !== id) };
      });
      return { success: true as const };
    },
  );

  app.post(
    '/blockhouse/v1/rules/:rule_id/undo',
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Unblock everybody whom a rule has blocked',
        description: 'Users whom somebody has blocked since for another reason stay blocked.',
        params: ruleParams,
        body: Type.Object({ since: Type.String({ description: 'An ISO 8601 time' }) }, strict),
        response: {
          200: Type.Object({
            unblocked: Type.Integer(),
            failed: Type.Integer({ description: 'Users whom Meta did not unblock' }),
          }),
          ...errorResponses,
        },
      },
    },
    async (request) => {
      const { rule_id: id } = request.params;
      ruleIn(await ruleBook.set(), id, request.method);
      return await ruleUndo.undo(id, {
        numbers: await store.numbers(),
        sinceMs: readTime('since', request.body.since),
        actor: actorOf(request),
      });
    },
  );
}

/** Asks for a confirmation before rules that would hit many known users are turned on. Wrong rules are refused later. */
async function check(
  services: Services,
  set: RuleSet,
  { rules, isConfirmed }: { rules: readonly RuleTerms[]; isConfirmed: boolean },
): Promise<void> {
  if (isConfirmed || rules.some((terms) => ruleProblem(terms) !== null)) return;
  try {
    await requireConfirmation(services, set, rules);
  } catch (error) {
    if (!(error instanceof BadRule)) throw error;
  }
}

/** The rules that result from rules of a file. Those that stay as they are keep their identity. */
function applied(
  before: RuleSet,
  written: readonly Static<typeof newRule>[],
  { keepsOthers, nowMs }: { readonly keepsOthers: boolean; readonly nowMs: number },
): readonly AutoBlockRule[] {
  const others = keepsOthers
    ? before.rules.filter(({ name }) => !written.some((one) => isSameName(one.name, name)))
    : [];
  const first = keepsOthers ? Math.max(0, ...before.rules.map(({ order }) => order)) + 1 : 0;
  const rules = written.map((one, place) => {
    const known = before.rules.find(({ name }) => isSameName(name, one.name));
    return replaced(known, readRule(one, first + place), nowMs);
  });
  return [...others, ...rules];
}

/** Changes the rules. A rule that cannot be used is the client's mistake. */
async function change({ ruleBook }: Services, decide: (before: RuleSet) => RuleSet): Promise<RuleSet> {
  try {
    return await ruleBook.change(decide);
  } catch (error) {
    if (error instanceof BadRule) throw invalid(error.message);
    throw error;
  }
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** A rule with new terms. It keeps its ID, so that its blocks and counts stay its own. */
function replaced(known: AutoBlockRule | undefined, terms: RuleTerms, nowMs: number): AutoBlockRule {
  if (known !== undefined && isDeepStrictEqual(termsOf(known), terms)) return known;
  return {
    ...terms,
    id: known?.id ?? `rule_${randomUUID().replaceAll('-', '').slice(0, 16)}`,
    version: (known?.version ?? 0) + 1,
    changedAtMs: nowMs,
  };
}

function termsOf({ id: _, version: __, changedAtMs: ___, ...terms }: AutoBlockRule): RuleTerms {
  return terms;
}

function ruleIn({ rules }: RuleSet, id: string, method: string): AutoBlockRule {
  const rule = rules.find((one) => one.id === id);
  if (rule === undefined) throw unknownObject(method, id);
  return rule;
}

async function renderSet(
  { rules, customerDays }: RuleSet,
  services: Services,
): Promise<Static<typeof rulesShape>> {
  const counts = await countsOf(services);
  const { retentionMs } = services.messageArchive;
  return {
    data: rules.map((rule) => renderRule(rule, counts)),
    customer_days: customerDays,
    messages_kept_for: retentionMs === null ? null : `${Math.round(retentionMs / hourMs)}h`,
  };
}

/** Matches of the last 24 hours on all numbers, by rule. */
async function countsOf({ store, clock }: Services): Promise<RuleCounts> {
  const nowMs = clock();
  const numbers = await store.numbers();
  const hours = await Promise.all(
    numbers.map(({ id }) => store.ruleCounts(id, nowMs - 24 * hourMs, nowMs + 1)),
  );
  const counts = new Map<string, { matched: number; acted: number }>();
  for (const { ruleId, matched, acted } of hours.flat()) {
    const before = counts.get(ruleId) ?? { matched: 0, acted: 0 };
    counts.set(ruleId, { matched: before.matched + matched, acted: before.acted + acted });
  }
  return counts;
}
