import { type InboundMessage, inboundMax, readUser, type UserIds } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { Services } from '../../services.ts';
import { newWamid } from '../../shared/ids.ts';
import { type AccessRule, numberOf } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { invalid, missing, shown } from '../shared/errors.ts';
import { injectFaults } from '../shared/inject-faults.ts';
import { requireLocal } from '../shared/require-local.ts';
import { errorResponses, requiresKey } from '../shared/schemas.ts';

const rule: AccessRule = { roles: ['admin', 'app'], number: true, limited: false };

const message = Type.Object(
  {
    from: Type.Optional(Type.String({ maxLength: 200, description: 'wa_id or phone' })),
    from_user_id: Type.Optional(
      Type.String({ maxLength: 200, description: 'Instead of from, when the phone is hidden' }),
    ),
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'Made when it is missing' })),
    timestamp: Type.Optional(Type.Unknown()),
    type: Type.Optional(Type.String()),
  },
  { additionalProperties: true },
);

const contact = Type.Object(
  {
    wa_id: Type.Optional(Type.String()),
    profile: Type.Optional(
      Type.Object({ name: Type.Optional(Type.String()) }, { additionalProperties: true }),
    ),
  },
  { additionalProperties: true },
);

const value = Type.Object(
  {
    contacts: Type.Optional(Type.Array(contact)),
    messages: Type.Array(message, { maxItems: inboundMax }),
  },
  { additionalProperties: true, description: "A webhook's `value` object, as Meta sends it" },
);

const outcome = Type.Object({ admitted: Type.Array(Type.String()), dropped: Type.Array(Type.String()) });

/** `POST /blockhouse/v1/numbers/{id}/inbound`: the edge of the local platform. */
export function inboundRoutes(app: App, services: Services): void {
  const { platforms, directory, metrics } = services;
  app.post(
    '/blockhouse/v1/numbers/:id/inbound',
    {
      config: { access: rule },
      schema: {
        ...requiresKey,
        tags: ['Edge'],
        summary: "Hand in users' messages",
        description:
          'Says of each message, by id, whether it was admitted or dropped because its sender is blocked.',
        params: Type.Object({ id: Type.String() }),
        body: value,
        response: { 200: outcome, ...errorResponses },
      },
    },
    async (request) => {
      const number = numberOf(request);
      requireLocal(number);
      const { id } = number;
      const senders = request.body.messages.flatMap(({ from, from_user_id: userId }) => from ?? userId ?? []);
      const ids = await directory.hear(number, senders);
      const names = namesOf(request.body.contacts ?? []);
      const messages = request.body.messages.map((written, index) =>
        readMessage(written, { index, ids, names }),
      );
      const users = messages.map(({ from }) => from);
      if (services.sandbox !== null)
        await injectFaults(services.sandbox, { operation: 'inbound', numberId: id, users }, request);
      const { admitted, dropped } = await platforms.local.inbound(id, messages);
      metrics.messages.inc({ outcome: 'admitted' }, admitted.length);
      metrics.messages.inc({ outcome: 'dropped' }, dropped.length);
      return { admitted: [...admitted], dropped: [...dropped] };
    },
  );
}

/** What users call themselves, by `wa_id`. */
function namesOf(contacts: readonly Static<typeof contact>[]): ReadonlyMap<string, string> {
  const named = contacts.flatMap(({ wa_id: waId, profile }) =>
    waId === undefined || profile?.name === undefined ? [] : [[waId, profile.name] as const],
  );
  return new Map(named);
}

function readMessage(
  { from, from_user_id: fromUserId, id, timestamp: _, ...content }: Static<typeof message>,
  { index, ids, names }: { index: number; ids: UserIds; names: ReadonlyMap<string, string> },
): InboundMessage {
  const name = `messages[${index}]`;
  const sender = from ?? fromUserId;
  if (sender === undefined) throw missing(`${name}.from`);
  const ref = readUser(sender, ids);
  if (ref.kind !== 'user') {
    throw invalid(
      `Param ${name}.from must be a phone number or a business-scoped user ID - got "${shown(sender)}".`,
    );
  }
  const waId = String(ref.waId);
  return {
    id: id ?? newWamid(waId, 'inbound'),
    from: ref.waId,
    name: names.get(waId) ?? names.get(sender) ?? null,
    content,
  };
}
