import { type InboundMessage, inboundMax, readUser, type UserIds } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import { newWamid } from '../../random-text.ts';
import type { Services } from '../../services.ts';
import { type AccessRule, numberOf } from '../access.ts';
import type { App } from '../app.ts';
import { invalid, missing, shown } from '../errors.ts';
import { faults, ours } from './schemas.ts';

const rule: AccessRule = { roles: ['admin', 'app'], number: true, limited: false };

const message = Type.Object(
  {
    from: Type.Optional(Type.String({ maxLength: 200, description: 'wa_id or phone' })),
    from_user_id: Type.Optional(
      Type.String({ maxLength: 200, description: 'Instead of from, when the phone is hidden' }),
    ),
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'Made when it is missing' })),
    type: Type.Optional(Type.String()),
  },
  { additionalProperties: true },
);

const value = Type.Object(
  { messages: Type.Array(message, { maxItems: inboundMax }) },
  { additionalProperties: true, description: "A webhook's `value` object, as Meta sends it" },
);

const outcome = Type.Object({ admitted: Type.Array(Type.String()), dropped: Type.Array(Type.String()) });

/** `POST /blockhouse/v1/numbers/{id}/inbound`: the edge of the local platform. */
export function inboundRoutes(app: App, { platform, userIds, metrics }: Services): void {
  app.post(
    '/blockhouse/v1/numbers/:id/inbound',
    {
      config: { access: rule },
      schema: {
        ...ours,
        tags: ['Edge'],
        summary: "Hand in users' messages",
        description:
          'Says of each message, by id, whether it was admitted or dropped because its sender is blocked.',
        params: Type.Object({ id: Type.String() }),
        body: value,
        response: { 200: outcome, ...faults },
      },
    },
    async (request) => {
      const { id, portfolioId } = numberOf(request);
      const ids = userIds.of(portfolioId);
      const messages = request.body.messages.map((written, index) => readMessage(written, index, ids));
      const { admitted, dropped } = await platform.inbound(id, messages);
      metrics.messages.inc({ outcome: 'admitted' }, admitted.length);
      metrics.messages.inc({ outcome: 'dropped' }, dropped.length);
      return { admitted: [...admitted], dropped: [...dropped] };
    },
  );
}

function readMessage(written: Static<typeof message>, index: number, ids: UserIds): InboundMessage {
  const name = `messages[${index}]`;
  const sender = written.from ?? written.from_user_id;
  if (sender === undefined) throw missing(`${name}.from`);
  const ref = readUser(sender, ids);
  if (ref.kind !== 'user') {
    throw invalid(
      `Param ${name}.from must be a phone number or a business-scoped user ID - got "${shown(sender)}".`,
    );
  }
  return { id: written.id ?? newWamid(String(ref.waId), 'inbound'), from: ref.waId };
}
