import { realClock } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { opens } from '../../auth/api-keys.ts';
import type { Session } from '../../auth/sessions.ts';
import type { Services } from '../../services.ts';
import { allowAtNumber, keyOf, numberOf } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { findSession, tokenOf } from '../shared/credentials.ts';
import { RequestError } from '../shared/errors.ts';
import { isSecure, ownOrigin } from '../shared/own-origin.ts';
import {
  errorResponses,
  nullable,
  numberParams,
  requiresKey,
  shortText,
  strict,
  success,
  timestamp,
} from '../shared/schemas.ts';
import { sessionCookie, setSessionCookie } from '../shared/session-cookie.ts';
import { isoTime } from '../shared/time.ts';

const tags = ['Panel'];

const sessionShape = Type.Object({
  key: Type.Object({ id: Type.String(), name: Type.String(), role: Type.Enum(['admin', 'agent', 'app']) }),
  person: nullable(Type.String()),
  number: nullable(Type.String(), { description: 'The only number of an embedded panel' }),
  sandbox: Type.Boolean(),
  expires_at: timestamp,
  now: Type.String({
    format: 'date-time',
    description: 'The time of the server, which the sandbox can move',
  }),
});

/** A link that lived longer would be as good as a key. */
const linkLifeMaxS = 24 * 60 * 60;

const linkAccess = allowAtNumber('admin', 'agent');

/** `/blockhouse/v1/session` signs in to the panel and out. Embed links sign in to the panel of one number in another page. */
export function sessionRoutes(app: App, services: Services): void {
  const { config, keyRing, sessions } = services;

  app.post(
    '/blockhouse/v1/session',
    {
      schema: {
        tags,
        security: [],
        summary: 'Sign in',
        description:
          'Takes a key and sets a cookie. With the token of an embed link, or with a key and a number, returns a token instead: browsers keep no cookies of frames.',
        body: Type.Object(
          {
            key: Type.Optional(Type.String({ maxLength: 500 })),
            link: Type.Optional(Type.String({ maxLength: 2000 })),
            number: Type.Optional(
              Type.String({ maxLength: 20, description: 'The phone_number_id of an embedded panel' }),
            ),
          },
          strict,
        ),
        response: {
          200: Type.Object({ ...sessionShape.properties, token: Type.Optional(Type.String()) }),
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      const { key: keyText = '', link, number: framed } = request.body;
      reply.header('cache-control', 'no-store');
      if (link !== undefined) {
        const opened = await sessions.openLink(link);
        if (opened === null)
          throw new RequestError('badToken', {
            message: 'The link has expired, or this server did not make it.',
          });
        return { ...renderSession(services, opened.session), token: opened.token };
      }
      const check = await keyRing.check(keyText.trim());
      if (check.state === 'expired') throw new RequestError('expiredToken');
      if (check.state !== 'valid') throw new RequestError('badToken', { message: 'There is no such key.' });
      const { key } = check;
      if (key.role === 'app') {
        throw new RequestError('permission', {
          details: `The key "${key.name}" is for a program: it has the role app. The panel needs the role agent or admin.`,
        });
      }
      if (framed !== undefined) {
        if (!opens(key, framed) || (await services.store.number(framed)) === null)
          throw new RequestError('permission', {
            details: `The key "${key.name}" does not open number ${framed}, or there is no such number.`,
          });
        const opened = await sessions.openFramed(key, framed);
        return { ...renderSession(services, opened.session), token: opened.token };
      }
      const { token, expiresAtMs } = await sessions.open(key);
      setSessionCookie(reply, {
        token,
        isSecure: isSecure(config, request),
        maxAgeS: Math.max(0, Math.floor((expiresAtMs - realClock()) / 1000)),
      });
      return renderSession(services, { key, person: null, number: null, expiresAtMs });
    },
  );

  app.get(
    '/blockhouse/v1/session',
    {
      schema: { tags, summary: 'Retrieve the session', response: { 200: sessionShape, ...errorResponses } },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const session = await findSession(services, request);
      if (session === null) throw new RequestError('noToken', { message: 'Nobody is signed in.' });
      return renderSession(services, session);
    },
  );

  app.delete(
    '/blockhouse/v1/session',
    { schema: { tags, summary: 'Sign out', response: { 200: success, ...errorResponses } } },
    async (request, reply) => {
      // An embedded panel has a token instead of a cookie.
      for (const token of [sessionCookie(request), tokenOf(request)])
        if (token !== null && sessions.isToken(token)) await sessions.close(token);
      setSessionCookie(reply, { token: '', maxAgeS: 0, isSecure: isSecure(config, request) });
      return { success: true as const };
    },
  );

  app.post(
    '/blockhouse/v1/numbers/:id/embed-links',
    {
      config: { access: linkAccess },
      schema: {
        ...requiresKey,
        tags,
        summary: 'Create an embed link',
        description: "Returns a signed link to a number's panel, for a frame in a page of an allowed origin.",
        params: numberParams,
        body: Type.Object(
          {
            person: Type.Optional(shortText),
            expires_in: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: linkLifeMaxS,
                description: 'Lifetime in seconds: 300 by default',
              }),
            ),
          },
          strict,
        ),
        response: {
          200: Type.Object({ url: Type.String(), path: Type.String(), expires_at: Type.String() }),
          ...errorResponses,
        },
      },
    },
    async (request: FastifyRequest<{ Body: { person?: string; expires_in?: number } }>) => {
      const number = numberOf(request);
      const key = keyOf(request);
      // An embedded session ends with its link, so it cannot make another one.
      if (request.access?.isEmbedded)
        throw new RequestError('permission', { details: 'Only a key can create links.' });
      const { person = null, expires_in: lifeS = 300 } = request.body;
      const link = sessions.signLink(key, number, { person, lifeMs: lifeS * 1000 });
      const path = `/embed/${number.id}#${link}`;
      const url = ownOrigin(config, request) + path;
      return { url, path, expires_at: isoTime(realClock() + lifeS * 1000) };
    },
  );
}

function renderSession({ sandbox, clock }: Services, session: Session): Static<typeof sessionShape> {
  const { key, person, number, expiresAtMs } = session;
  return {
    key: { id: key.id, name: key.name, role: key.role },
    person,
    number,
    sandbox: sandbox !== null,
    expires_at: isoTime(expiresAtMs),
    now: isoTime(clock()),
  };
}
