import type { KeyRecord, NumberRecord } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import { hashToken, newKeyId, newToken } from '../../auth/api-keys.ts';
import type { Services } from '../../services.ts';
import { allow } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { invalid, shown, unknownObject } from '../shared/errors.ts';
import {
  errorResponses,
  nullable,
  requiresKey,
  shortText,
  strict,
  success,
  timestamp,
} from '../shared/schemas.ts';
import { isoTime, readTime } from '../shared/time.ts';

const access = allow('admin');

const role = Type.Enum(['admin', 'agent', 'app'], {
  description:
    "`app`: Meta's API and inbound messages. `agent`: block, unblock, list, and read in the panel. `admin`: everything.",
});

const newKey = Type.Object(
  {
    name: shortText,
    role,
    numbers: Type.Array(Type.String({ minLength: 1, maxLength: 20 }), {
      minItems: 1,
      maxItems: 1000,
      description: 'phone_number_ids, or `["*"]` for all numbers',
    }),
    expires_at: Type.Optional(Type.String({ description: 'An ISO 8601 time' })),
  },
  strict,
);

const keyShape = Type.Object({
  id: Type.String(),
  name: Type.String(),
  role,
  numbers: Type.Array(Type.String()),
  created_at: timestamp,
  expires_at: nullable(timestamp),
});

const newKeyShape = Type.Object({
  ...keyShape.properties,
  key: Type.String({ description: 'The token. It is shown only once.' }),
});

const tags = ['Keys'];

/** `/blockhouse/v1/keys` */
export function keysRoutes(app: App, { store, clock, config }: Services): void {
  const options = { config: { access } };

  app.get(
    '/blockhouse/v1/keys',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'List keys',
        response: { 200: Type.Object({ data: Type.Array(keyShape) }), ...errorResponses },
      },
    },
    async () => ({ data: (await store.keys()).map(renderKey) }),
  );

  app.post(
    '/blockhouse/v1/keys',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Create a key',
        body: newKey,
        response: { 201: newKeyShape, ...errorResponses },
      },
    },
    async (request, reply) => {
      const token = newToken(config.sandbox ? 'test' : 'live');
      const record = newRecord(request.body, await store.numbers(), {
        hash: hashToken(token),
        nowMs: clock(),
      });
      await store.addKey(record);
      return reply.status(201).send({ ...renderKey(record), key: token });
    },
  );

  app.delete(
    '/blockhouse/v1/keys/:key_id',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Revoke a key',
        params: Type.Object({ key_id: Type.String() }),
        response: { 200: success, ...errorResponses },
      },
    },
    async (request) => {
      const { key_id: keyId } = request.params;
      if (!(await store.removeKey(keyId))) throw unknownObject(request.method, keyId);
      return { success: true as const };
    },
  );
}

function newRecord(
  body: Static<typeof newKey>,
  known: readonly NumberRecord[],
  { hash, nowMs }: { hash: string; nowMs: number },
): KeyRecord {
  const expiresAtMs = body.expires_at === undefined ? null : readTime('expires_at', body.expires_at);
  if (expiresAtMs !== null && expiresAtMs <= nowMs) throw invalid('Param expires_at must be in the future.');
  return {
    id: newKeyId(),
    hash,
    name: body.name,
    role: body.role,
    numbers: readNumbers(body, known),
    createdAtMs: nowMs,
    expiresAtMs,
  };
}

function readNumbers(
  { numbers, role }: Static<typeof newKey>,
  known: readonly NumberRecord[],
): readonly string[] | '*' {
  if (numbers.includes('*')) return '*';
  if (role === 'admin') throw invalid('Param numbers must be ["*"] for the role admin.');
  const ids = new Set(known.map(({ id }) => id));
  const unknown = numbers.find((id) => !ids.has(id));
  if (unknown !== undefined) throw invalid(`Param numbers: there is no number "${shown(unknown)}".`);
  return [...new Set(numbers)];
}

function renderKey({
  id,
  name,
  role,
  numbers,
  createdAtMs,
  expiresAtMs,
}: KeyRecord): Static<typeof keyShape> {
  return {
    id,
    name,
    role,
    numbers: numbers === '*' ? ['*'] : [...numbers],
    created_at: isoTime(createdAtMs),
    expires_at: isoTime(expiresAtMs),
  };
}
