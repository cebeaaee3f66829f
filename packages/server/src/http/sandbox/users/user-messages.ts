import type { NumberRecord } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Sandbox, Services } from '../../../services.ts';
import { newWamid } from '../../../shared/ids.ts';
import { allow, openNumbers } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid } from '../../shared/errors.ts';
import { injectFaults } from '../../shared/inject-faults.ts';
import { requireLocal } from '../../shared/require-local.ts';
import { errorResponses, requiresKey, strict, success } from '../../shared/schemas.ts';
import { chooseNumber } from '../choose-number.ts';
import { readUserPath, userParams } from './read-user.ts';
import { profileOf } from './user-view.ts';

const access = allow('admin', 'agent', 'app');
const tags = ['Sandbox'];
const to = Type.Optional(
  Type.String({
    description: 'A phone_number_id or display phone. Required if the key opens several numbers.',
  }),
);

const newMessage = Type.Object(
  {
    to,
    text: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    message: Type.Optional(
      Type.Object(
        { type: Type.String({ minLength: 1 }) },
        { additionalProperties: true, description: 'Any message of the Cloud API' },
      ),
    ),
  },
  strict,
);

const sentMessage = Type.Object({
  id: Type.String(),
  status: Type.Enum(['delivered', 'sent'], {
    description: '`sent`: the user is blocked, sees one tick, and the business receives no webhook',
  }),
});

const readReceipt = Type.Object({ to, message_id: Type.String({ minLength: 1, maxLength: 512 }) }, strict);

/** `/sandbox/users/{user}/messages` and `/reads`: what a user does in a chat with a number. */
export function userMessagesRoutes(app: App, services: Services, sandbox: Sandbox): void {
  const options = { config: { access } };

  app.post(
    '/sandbox/users/:user/messages',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Send a message as a user',
        params: userParams,
        body: newMessage,
        response: { 200: sentMessage, ...errorResponses },
      },
    },
    async (request) => {
      const waId = await readUserPath(services, request.params.user);
      const { to, text, message } = request.body;
      if ((text === undefined) === (message === undefined)) throw invalid('Give either text or message.');
      const number = await chooseLocal(services, request, to);
      const { kind, name } = await profileOf(services, waId);
      if (kind === 'none') throw invalid(`User ${waId} is not on WhatsApp and cannot write.`);
      await injectFaults(sandbox, { operation: 'inbound', numberId: number.id, users: [waId] }, request);
      const id = newWamid(String(waId), 'inbound');
      const content = contentOf(message ?? { type: 'text', text: { body: text } });
      const messages = [{ id, from: waId, name, content }];
      const isAdmitted = (await services.platforms.local.inbound(number, messages)).admitted.length > 0;
      services.metrics.messages.inc({ outcome: isAdmitted ? 'admitted' : 'dropped' });
      return { id, status: isAdmitted ? ('delivered' as const) : ('sent' as const) };
    },
  );

  app.post(
    '/sandbox/users/:user/reads',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Read a message as a user',
        description: 'The business receives the status `read` for the message.',
        params: userParams,
        body: readReceipt,
        response: { 200: success, ...errorResponses },
      },
    },
    async (request) => {
      const waId = await readUserPath(services, request.params.user);
      const { to, message_id: id } = request.body;
      const number = await chooseLocal(services, request, to);
      await services.platforms.local.read(number.id, { id, to: waId });
      return { success: true as const };
    },
  );
}

async function chooseLocal(
  services: Services,
  request: FastifyRequest,
  text: string | undefined,
): Promise<NumberRecord> {
  const number = chooseNumber(await openNumbers(services, request), { text: text ?? null, parameter: 'to' });
  requireLocal(number);
  return number;
}

/** The content of a message. Its sender, ID and time are set by the platform. */
function contentOf(message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { id: _id, from: _from, from_user_id: _userId, timestamp: _timestamp, ...content } = message;
  return content;
}
