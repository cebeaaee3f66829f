import { randomUUID } from 'node:crypto';
import { readUser } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import { injectableCodes, injectedCode } from '../../sandbox/fault-injection.ts';
import type { Fault, FaultEffect, FaultWhen } from '../../sandbox/fault-registry.ts';
import type { Sandbox, Services } from '../../services.ts';
import { allow } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { invalid, shown, unknownObject } from '../shared/errors.ts';
import { errorResponses, nullable, requiresKey, strict, success } from '../shared/schemas.ts';

const access = allow('admin', 'agent', 'app');

/** A longer delay would exceed the deadlines of clients and of this server. */
const delayMaxMs = 60_000;

const operation = Type.Enum(['block', 'unblock', 'list', 'send', 'inbound', 'webhook']);
const count = Type.Integer({ minimum: 1, maximum: 1_000_000 });

const newFault = Type.Object(
  {
    operation,
    number: Type.Optional(Type.String({ description: 'A phone_number_id. Any number by default.' })),
    user: Type.Optional(Type.String({ description: 'A wa_id or phone. Any user by default.' })),
    when: Type.Optional(
      Type.Union([
        Type.Literal('always'),
        Type.Object({ times: count }, strict),
        Type.Object({ every: count }, strict),
      ]),
    ),
    what: Type.Union(
      [
        Type.Object({ code: Type.Integer() }, strict),
        Type.Object({ delay_ms: Type.Integer({ minimum: 0, maximum: delayMaxMs }) }, strict),
        Type.Object({ disconnect: Type.Literal(true) }, strict),
        Type.Object({ duplicate: Type.Literal(true) }, strict),
        Type.Object({ reorder: Type.Literal(true) }, strict),
      ],
      {
        description:
          'Exactly one of these. For the operation `webhook`, `code` is the status that stands for the answer of the receiver, ' +
          "`duplicate` delivers the webhook twice, and `reorder` delivers it after the user's next one.",
      },
    ),
  },
  strict,
);

const faultShape = Type.Object({
  id: Type.String(),
  operation,
  number: nullable(Type.String()),
  user: nullable(Type.String()),
  when: Type.Unknown(),
  what: Type.Unknown(),
});

const tags = ['Sandbox'];

/** `/sandbox/faults`: fault injection. Faults are deterministic. */
export function faultsRoutes(app: App, services: Services, { faults, wakeAll }: Sandbox): void {
  const options = { config: { access } };

  app.get(
    '/sandbox/faults',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'List faults',
        response: { 200: Type.Object({ data: Type.Array(faultShape) }), ...errorResponses },
      },
    },
    async () => ({ data: faults.list().map(renderFault) }),
  );

  app.post(
    '/sandbox/faults',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Inject a fault',
        body: newFault,
        response: { 201: faultShape, ...errorResponses },
      },
    },
    async (request, reply) => {
      const fault = await readFault(services, request.body);
      faults.add(fault);
      return reply.status(201).send(renderFault(fault));
    },
  );

  app.delete(
    '/sandbox/faults',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Delete all faults',
        response: { 200: success, ...errorResponses },
      },
    },
    async () => {
      faults.clear();
      await wakeAll();
      return { success: true as const };
    },
  );

  app.delete(
    '/sandbox/faults/:fault_id',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Delete a fault',
        params: Type.Object({ fault_id: Type.String() }),
        response: { 200: success, ...errorResponses },
      },
    },
    async (request) => {
      const { fault_id: id } = request.params;
      if (!faults.remove(id)) throw unknownObject(request.method, id);
      await wakeAll();
      return { success: true as const };
    },
  );
}

async function readFault({ store, directory }: Services, body: Static<typeof newFault>): Promise<Fault> {
  const number = body.number === undefined ? null : await store.number(body.number);
  if (body.number !== undefined && number === null) {
    throw invalid(`Param number: there is no number "${shown(body.number)}".`);
  }
  const scope = number ?? { upstream: null, portfolioId: 'default' };
  const ref =
    body.user === undefined
      ? null
      : readUser(body.user, await directory.lookup(scope, { texts: [body.user] }));
  if (ref !== null && ref.kind !== 'user')
    throw invalid(`Param user must be a wa_id or a phone - got "${shown(body.user ?? '')}".`);
  return {
    id: `fault_${randomUUID()}`,
    operation: body.operation,
    numberId: number?.id ?? null,
    waId: ref?.waId ?? null,
    when: body.when ?? 'always',
    what: readEffect(body),
  };
}

function readEffect({ operation, what }: Static<typeof newFault>): FaultEffect {
  if ('delay_ms' in what) return { delayMs: what.delay_ms };
  if ('disconnect' in what) return { disconnect: true };
  if ('duplicate' in what || 'reorder' in what) {
    if (operation === 'webhook') return what;
    throw invalid(
      `Param what: duplicate and reorder are only for the operation webhook - got "${operation}".`,
    );
  }
  if (operation === 'webhook') {
    if (what.code >= 100 && what.code <= 599) return { code: what.code };
    throw invalid(
      `Param what.code must be a status from 100 to 599 for the operation webhook - got "${what.code}".`,
    );
  }
  const code = injectedCode(what.code);
  if (code === null)
    throw invalid(`Param what.code must be one of {${injectableCodes.join(', ')}} - got "${what.code}".`);
  if (code.kind === 'users' && operation !== 'block' && operation !== 'unblock') {
    throw invalid(
      `Param what.code: ${what.code} refuses single users, so it is only for the operations block and unblock.`,
    );
  }
  return { code: what.code };
}

function renderFault({ id, operation, numberId, waId, when, what }: Fault): Static<typeof faultShape> {
  return {
    id,
    operation,
    number: numberId,
    user: waId === null ? null : String(waId),
    when: renderWhen(when),
    what: renderEffect(what),
  };
}

const renderWhen = (when: FaultWhen): unknown => when;

function renderEffect(what: FaultEffect): unknown {
  return 'delayMs' in what ? { delay_ms: what.delayMs } : what;
}
