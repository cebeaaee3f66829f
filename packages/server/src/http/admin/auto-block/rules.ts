import { randomUUID } from 'node:crypto';
import { type AutoBlockRule, BadRule, hourMs, type RuleSet, type RuleTerms } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { allow } from '../../shared/access.ts';
import { actorOf } from '../../shared/actor.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid, unknownObject } from '../../shared/errors.ts';
import { errorResponses, requiresKey, strict, success } from '../../shared/schemas.ts';
import { readTime } from '../../shared/time.ts';
import { newRule, type RuleCounts, readRule, renderRule, ruleChange, ruleShape } from './rule-schemas.ts';

const writes = allow('admin');
const reads = allow('admin', 'agent');

const tags = ['Auto-block rules'];

const ruleParams = Type.Object({ rule_id: Type.String() });

const rulesShape = Type.Object({ data: Type.Array(ruleShape), customer_days: Type.Integer() });

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
    async () => renderSet(await ruleBook.set(), await countsOf(services)),
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
            rules: Type.Array(newRule, { maxItems: 1_000 }),
            customer_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 365 })),
          },
          strict,
        ),
        response: { 200: rulesShape, ...errorResponses },
      },
    },
    async (request) => {
      const { rules, customer_days: customerDays } = request.body;
      const nowMs = clock();
      const set = await change(services, (before) => ({
        ...before,
        customerDays: customerDays ?? before.customerDays,
        rules: rules.map((written, place) => {
          const known = before.rules.find(({ name }) => isSameName(name, written.name));
          return replaced(known, readRule(written, place), nowMs);
        }),
      }));
      return renderSet(set, await countsOf(services));
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
        body: newRule,
        response: { 201: ruleShape, ...errorResponses },
      },
    },
    async (request, reply) => {
      const nowMs = clock();
      let made: AutoBlockRule | undefined;
      await change(services, (before) => {
        const last = Math.max(0, ...before.rules.map(({ order }) => order));
        made = replaced(undefined, readRule(request.body, last + 1), nowMs);
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
        body: ruleChange,
        response: { 200: ruleShape, ...errorResponses },
      },
    },
    async (request) => {
      const nowMs = clock();
      const { rule_id: id } = request.params;
      const set = await change(services, (before) => {
        const known = before.rules.find((rule) => rule.id === id);
        if (known === undefined) throw unknownObject(request.method, id);
        const terms = { ...termsOf(known), ...request.body } as RuleTerms;
        return {
          ...before,
          rules: before.rules.map((rule) => (rule === known ? replaced(known, terms, nowMs) : rule)),
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
  if (known !== undefined && JSON.stringify(termsOf(known)) === JSON.stringify(terms)) return known;
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

function renderSet({ rules, customerDays }: RuleSet, counts: RuleCounts): Static<typeof rulesShape> {
  return { data: rules.map((rule) => renderRule(rule, counts)), customer_days: customerDays };
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
