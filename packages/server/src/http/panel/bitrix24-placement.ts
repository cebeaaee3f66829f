import type { FastifyReply, FastifyRequest } from 'fastify';
import { opens } from '../../auth/api-keys.ts';
import { settings } from '../../config/config.ts';
import type { Services } from '../../services.ts';
import type { App } from '../shared/app-type.ts';
import { RequestError } from '../shared/errors.ts';
import { askPortal, type Card, type Portal } from './bitrix24-portal.ts';

/** The fields of a placement's request (Bitrix24, "Widgets", what the handler receives). */
type Fields = Readonly<Record<string, string>>;

/** The page is opened immediately after the link was made. */
const linkLifeMs = 60_000;

/** The request of a placement has a dozen short fields. */
const bodyBytesMax = 64 * 1024;

/** Languages whose codes in Bitrix24 are none of BCP 47. */
const languages: Readonly<Record<string, string>> = { br: 'pt-BR', la: 'es' };

/**
 * `POST /embed/{number}/bitrix24`: the handler of a placement in the CRM of Bitrix24. The request carries a token of the portal's user.
 * The portal itself says whose token it is, that it belongs to the configured app, and which phones the card has.
 */
export async function bitrix24Routes(app: App, services: Services): Promise<void> {
  await app.register(async (scope) => {
    scope.removeContentTypeParser('application/x-www-form-urlencoded');
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: bodyBytesMax },
      (_request: FastifyRequest, body: string, done: (error: Error | null, fields?: Fields) => void) =>
        done(null, Object.fromEntries(new URLSearchParams(body))),
    );
    scope.post<{ Params: { number: string }; Body: Fields | null }>(
      '/embed/:number/bitrix24',
      { schema: { hide: true } },
      (request, reply) => openCard(services, request, reply),
    );
  });
}

async function openCard(
  services: Services,
  request: FastifyRequest<{ Params: { number: string }; Body: Fields | null }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const portal = portalOf(services);
  const fields = request.body ?? {};
  if (fields['DOMAIN'] !== undefined && fields['DOMAIN'] !== new URL(portal.url).host)
    throw refused(`The request is of another portal than ${settings.bitrix24Url.name}.`);
  const number = await services.store.number(request.params.number);
  const check = await services.keyRing.check(portal.key);
  if (check.state !== 'valid' || number === null || !opens(check.key, number.id))
    throw refused(`The key in ${settings.bitrix24Key.name} does not open this number.`);
  const card = await ask(services, portal, fields);
  if (card === null)
    throw new RequestError('badToken', {
      message: 'Bitrix24 does not confirm who you are. Load the page again.',
    });
  const link = services.sessions.signLink(check.key, number, { person: card.user, lifeMs: linkLifeMs });
  const query = new URLSearchParams(card.phones.map((phone) => ['person', phone]));
  if (card.phones.length === 0) query.set('person', '');
  const language = fields['LANG'] ?? '';
  query.set('language', languages[language] ?? language);
  reply.header('cache-control', 'no-store');
  return reply.redirect(`/embed/${number.id}?${query}#${link}`, 303);
}

async function ask(services: Services, portal: Portal, fields: Fields): Promise<Card | null> {
  try {
    return await askPortal(services.receivers, portal, {
      token: fields['AUTH_ID'] ?? '',
      placement: fields['PLACEMENT'] ?? '',
      options: fields['PLACEMENT_OPTIONS'] ?? '',
    });
  } catch (error) {
    services.log.warn({ err: error }, 'Bitrix24 did not answer');
    throw new RequestError('noAnswer', { details: 'Bitrix24 did not answer. Load the page again.' });
  }
}

function portalOf({ config }: Services): Portal & { readonly key: string } {
  const { bitrix24Url: url, bitrix24App: app, bitrix24Key: key } = config;
  if (url === null || app === null || key === null)
    throw refused(
      `Bitrix24 is not set up. Set ${settings.bitrix24Url.name}, ${settings.bitrix24App.name} and ${settings.bitrix24Key.name}.`,
    );
  return { url, app, key };
}

function refused(details: string): RequestError {
  return new RequestError('permission', { details });
}
