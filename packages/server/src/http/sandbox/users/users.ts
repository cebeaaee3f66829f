import type { UserProfile, WaId } from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { newWamid } from '../../../shared/ids.ts';
import { allow, openNumbers } from '../../shared/access.ts';
import type { App } from '../../shared/app-type.ts';
import { invalid, shown } from '../../shared/errors.ts';
import { errorResponses, nullable, requiresKey, shortText, strict } from '../../shared/schemas.ts';
import { localScope, readFreePhone, readUserPath, refuseMagicUser, userParams } from './read-user.ts';
import { defaultProfile, renderUser, userKind, userShape } from './user-view.ts';

const access = allow('admin', 'agent', 'app');
const tags = ['Sandbox'];

const profileChange = Type.Object(
  {
    kind: Type.Optional(userKind),
    name: Type.Optional(nullable(shortText)),
    username: Type.Optional(nullable(shortText)),
    hide_phone: Type.Optional(Type.Boolean()),
    dialed_as: Type.Optional(
      Type.Array(Type.String({ maxLength: 64 }), {
        maxItems: 10,
        description:
          'The phones besides the wa_id that lead to this user. They replace those that did. In some countries people dial ' +
          'another number than the wa_id.',
      }),
    ),
  },
  strict,
);

const numberChange = Type.Object(
  { to: Type.String({ maxLength: 64, description: 'The new phone' }) },
  strict,
);

/** `/sandbox/users/{user}`: what users are, and what they see of the numbers. */
export function usersRoutes(app: App, services: Services): void {
  const options = { config: { access } };

  app.get(
    '/sandbox/users/:user',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Retrieve a user',
        description: 'Returns the profile of a user, and what they see at each number.',
        params: userParams,
        response: { 200: userShape, ...errorResponses },
      },
    },
    async (request) => {
      const waId = await readUserPath(services, request.params.user);
      return await renderUser(services, waId, await openNumbers(services, request));
    },
  );

  app.put(
    '/sandbox/users/:user',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Update a user',
        description: 'A field that you leave out keeps its value.',
        params: userParams,
        body: profileChange,
        response: { 200: userShape, ...errorResponses },
      },
    },
    async (request) => {
      const waId = await readUserPath(services, request.params.user);
      refuseMagicUser(waId);
      await updateUser(services, waId, request.body);
      return await renderUser(services, waId, await openNumbers(services, request));
    },
  );

  app.post(
    '/sandbox/users/:user/number',
    {
      ...options,
      schema: {
        ...requiresKey,
        tags,
        summary: 'Change the phone number of a user',
        description:
          'Windows, blocks and standing blocks follow the user. Businesses that the user has written to receive the system ' +
          'message `user_changed_number`, or `user_changed_user_id` if the phone is hidden.',
        params: userParams,
        body: numberChange,
        response: { 200: userShape, ...errorResponses },
      },
    },
    async (request) => {
      const from = await readUserPath(services, request.params.user);
      const to = await readNewPhone(services, from, request.body.to);
      await changePhone(services, from, to);
      return await renderUser(services, to, await openNumbers(services, request));
    },
  );
}

async function updateUser(
  services: Services,
  waId: WaId,
  { dialed_as: dialedAs, ...change }: Static<typeof profileChange>,
): Promise<void> {
  const { store, directory, clock } = services;
  const inputs = dialedAs === undefined ? null : await readDialed(services, waId, dialedAs);
  await store.changeUser(waId, (before) => changedProfile(before ?? defaultProfile, change));
  if (inputs !== null) await directory.setSpellings(localScope, waId, { inputs, atMs: clock() });
}

function changedProfile(
  before: UserProfile,
  {
    kind = before.kind,
    name = before.name,
    username = before.username,
    hide_phone: phoneHidden = before.phoneHidden,
  }: Omit<Static<typeof profileChange>, 'dialed_as'>,
): UserProfile {
  return { kind, name, username, phoneHidden };
}

async function readDialed(
  services: Services,
  waId: WaId,
  texts: readonly string[],
): Promise<readonly WaId[]> {
  const phones = new Set<WaId>();
  for (const [index, text] of texts.entries())
    phones.add(await readFreePhone(services, waId, { parameter: `dialed_as[${index}]`, text }));
  phones.delete(waId);
  return [...phones];
}

async function readNewPhone(services: Services, from: WaId, text: string): Promise<WaId> {
  refuseMagicUser(from);
  const to = await readFreePhone(services, from, { parameter: 'to', text });
  if (to === from) throw invalid(`Param to is the number that the user has already: "${shown(text)}".`);
  return to;
}

async function changePhone(services: Services, from: WaId, to: WaId): Promise<void> {
  const { store, directory, platforms, clock } = services;
  const profile = await store.user(from);
  await directory.record(localScope, [
    {
      kind: 'changed',
      from: { waId: from, userId: null },
      to: { waId: to, userId: null },
      atMs: clock(),
    },
  ]);
  if (profile !== null) {
    await store.changeUser(to, () => profile);
    await store.changeUser(from, () => ({ ...defaultProfile, kind: 'none' }));
  }
  const numbers = (await store.numbers()).filter(({ upstream }) => upstream === null);
  for (const { id } of numbers)
    await platforms.local.numberChanged(id, { id: newWamid(String(to), 'inbound'), from, to });
}
