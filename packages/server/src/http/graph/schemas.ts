import { batchMax, pageDefault, pageMax } from '@blockhouse/engine';
import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { errorResponses, errorSchema } from '../shared/schemas.ts';

const security = [{ bearer: [] }, { apiKey: [] }, { accessToken: [] }];

const id = Type.String({ description: 'phone_number_id' });
const version = Type.String({
  description: 'Version of the Graph API, such as v25.0',
});

/** The paths of one of Graph's resources, without a version and with one. */
export function graphPaths(resource: string): readonly { url: string; params: FastifySchema['params'] }[] {
  return [
    { url: `/:id/${resource}`, params: Type.Object({ id }) },
    { url: `/:version/:id/${resource}`, params: Type.Object({ version, id }) },
  ];
}

const changeBody = Type.Object({
  messaging_product: Type.Literal('whatsapp'),
  block_users: Type.Array(
    Type.Object({
      user: Type.Optional(Type.String({ description: 'Phone number in any usual format, or wa_id' })),
      user_id: Type.Optional(Type.String({ description: 'Business-scoped user ID' })),
    }),
    { maxItems: batchMax },
  ),
});

const changedUser = {
  input: Type.String(),
  wa_id: Type.Optional(Type.String()),
  user_id: Type.Optional(Type.String()),
};

const failedUsers = Type.Optional(
  Type.Array(
    Type.Object({
      ...changedUser,
      errors: Type.Array(
        Type.Object({
          message: Type.String(),
          code: Type.Integer(),
          error_data: Type.Object({ details: Type.String() }),
        }),
      ),
    }),
  ),
);

const someRefused = Type.Optional(errorSchema.properties.error);

export const blockUsersSchema: FastifySchema = {
  tags: ['Block Users API'],
  summary: 'Block users',
  description:
    'Blocks up to 1,000 users who have written within 24 hours. Users who cannot be blocked are in `failed_users`, also with ' +
    'status 200.',
  security,
  body: changeBody,
  response: {
    200: Type.Object({
      messaging_product: Type.Literal('whatsapp'),
      block_users: Type.Object({
        added_users: Type.Array(Type.Object(changedUser)),
        failed_users: failedUsers,
      }),
      error: someRefused,
    }),
    ...errorResponses,
  },
};

export const unblockUsersSchema: FastifySchema = {
  ...blockUsersSchema,
  summary: 'Unblock users',
  description:
    'Unblocks up to 1,000 users, whenever they last wrote. Unblocking a user who is not blocked succeeds.',
  response: {
    200: Type.Object({
      messaging_product: Type.Literal('whatsapp'),
      block_users: Type.Object({
        removed_users: Type.Array(Type.Object(changedUser)),
        failed_users: failedUsers,
      }),
      error: someRefused,
    }),
    ...errorResponses,
  },
};

export const listSchema: FastifySchema = {
  tags: ['Block Users API'],
  summary: 'List blocked users',
  description:
    'Lists the oldest block first. When the list has changed, cursors from before are refused with error 139102.',
  security,
  querystring: Type.Object({
    limit: Type.Optional(
      Type.Integer({ minimum: 1, default: pageDefault, description: `Rows on a page, at most ${pageMax}` }),
    ),
    after: Type.Optional(Type.String({ description: 'The cursor of the last row of the page before' })),
    before: Type.Optional(Type.String({ description: 'The cursor of the first row of the page after' })),
  }),
  response: {
    200: Type.Object({
      data: Type.Array(
        Type.Object({
          messaging_product: Type.Literal('whatsapp'),
          wa_id: Type.Optional(Type.String()),
          user_id: Type.String(),
        }),
      ),
      paging: Type.Optional(
        Type.Object({
          cursors: Type.Object({ before: Type.String(), after: Type.String() }),
          next: Type.Optional(Type.String()),
          previous: Type.Optional(Type.String()),
        }),
      ),
    }),
    ...errorResponses,
  },
};

export const messagesSchema: FastifySchema = {
  tags: ['Messages'],
  summary: 'Send a message',
  description: 'Accepts every type of message. A message to a blocked user is refused with error 130403.',
  security,
  body: Type.Object(
    {
      messaging_product: Type.Literal('whatsapp'),
      to: Type.Optional(
        Type.String({ description: 'Phone number or wa_id. Takes precedence over `recipient`.' }),
      ),
      recipient: Type.Optional(Type.String({ description: 'Business-scoped user ID' })),
      type: Type.Optional(Type.String()),
    },
    { additionalProperties: true },
  ),
  response: {
    200: Type.Object({
      messaging_product: Type.Literal('whatsapp'),
      contacts: Type.Array(Type.Object(changedUser)),
      messages: Type.Array(Type.Object({ id: Type.String(), message_status: Type.Optional(Type.String()) })),
    }),
    ...errorResponses,
  },
};
