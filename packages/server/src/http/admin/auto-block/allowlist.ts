import { BadRule, readPhone, type WaId } from '@blockhouse/engine';
import { Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { allow } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid, shown } from '../../shared/errors.ts';
import { errorResponses, requiresKey, strict } from '../../shared/schemas.ts';

const reads = allow('admin', 'agent');
const writes = allow('admin');

const tags = ['Auto-block rules'];

const users = Type.Object(
  { users: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 10_000 }) },
  strict,
);

const answer = Type.Object({ data: Type.Array(Type.String({ description: 'wa_id' })) });

/** `/blockhouse/v1/allowlist`: users whom no auto-block rule touches. */
export function allowlistRoutes(app: App, { ruleBook }: Services): void {
  const change = async (decide: (before: ReadonlySet<WaId>) => Iterable<WaId>) => {
    try {
      const set = await ruleBook.change((before) => ({
        ...before,
        allowlist: [...new Set(decide(new Set(before.allowlist)))],
      }));
      return { data: set.allowlist.map(String) };
    } catch (error) {
      if (error instanceof BadRule) throw invalid(error.message);
      throw error;
    }
  };

  app.get(
    '/blockhouse/v1/allowlist',
    {
      config: { access: reads },
      schema: {
        ...requiresKey,
        tags,
        summary: 'List users whom no auto-block rule touches',
        response: { 200: answer, ...errorResponses },
      },
    },
    async () => ({ data: (await ruleBook.set()).allowlist.map(String) }),
  );

  app.post(
    '/blockhouse/v1/allowlist',
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Add users to the allowlist',
        body: users,
        response: { 200: answer, ...errorResponses },
      },
    },
    async (request) => {
      const added = request.body.users.map(readWaId);
      return await change((before) => [...before, ...added]);
    },
  );

  app.delete(
    '/blockhouse/v1/allowlist',
    {
      config: { access: writes },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Delete users from the allowlist',
        body: users,
        response: { 200: answer, ...errorResponses },
      },
    },
    async (request) => {
      const removed = new Set(request.body.users.map(readWaId));
      return await change((before) => [...before].filter((waId) => !removed.has(waId)));
    },
  );
}

function readWaId(text: string): WaId {
  const waId = readPhone(text);
  if (waId === null) throw invalid(`Param users must have wa_ids or phone numbers - got "${shown(text)}".`);
  return waId;
}
