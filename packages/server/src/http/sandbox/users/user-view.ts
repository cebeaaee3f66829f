import {
  magicProfile,
  magicUsers,
  type NumberRecord,
  seesOnline,
  type UserFacts,
  type UserProfile,
  type WaId,
  windowClosesAtMs,
} from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import type { Services } from '../../../services.ts';
import { nullable, timestamp } from '../../shared/schemas.ts';
import { isoTime } from '../../shared/time.ts';
import { localScope } from './read-user.ts';

export const userKind = Type.Enum(['consumer', 'business', 'none'], {
  description: '`none`: not on WhatsApp',
});

const numberView = Type.Object({
  online: Type.Boolean({ description: 'Whether the user sees the business online' }),
  user_id: Type.String(),
  window_closes_at: nullable(timestamp),
  ticks: Type.Integer({
    description: "The ticks of the user's latest message: 1 sent, 2 delivered, 0 none was written",
  }),
});

export const userShape = Type.Object({
  wa_id: Type.String(),
  kind: userKind,
  name: nullable(Type.String()),
  username: nullable(Type.String()),
  hide_phone: Type.Boolean(),
  dialed_as: Type.Array(Type.String(), { description: 'Other phones that lead to this user' }),
  numbers: Type.Record(Type.String(), numberView),
});

/** The profile of a user until it is set. */
export const defaultProfile: UserProfile = {
  kind: 'consumer',
  name: null,
  username: null,
  phoneHidden: false,
};

export async function profileOf({ store }: Services, waId: WaId): Promise<UserProfile> {
  const magic = magicUsers.get(waId);
  if (magic !== undefined) return magicProfile(magic);
  const profile = await store.user(waId);
  if (profile !== null) return profile;
  const isNumber = (await store.numbers()).some((number) => number.waId === waId);
  return isNumber ? { ...defaultProfile, kind: 'business' } : defaultProfile;
}

/** A user, with what they see at each of the local numbers. */
export async function renderUser(
  services: Services,
  waId: WaId,
  numbers: readonly NumberRecord[],
): Promise<Static<typeof userShape>> {
  const { kind, name, username, phoneHidden } = await profileOf(services, waId);
  const views: Static<typeof userShape>['numbers'] = {};
  for (const number of numbers.filter(({ upstream }) => upstream === null))
    views[number.id] = await renderAtNumber(services, waId, number);
  const dialedAs = await services.directory.spellingsOf(localScope, waId);
  return {
    wa_id: String(waId),
    kind,
    name,
    username,
    hide_phone: phoneHidden,
    dialed_as: dialedAs.map(String),
    numbers: views,
  };
}

async function renderAtNumber({ platforms, userIds }: Services, waId: WaId, number: NumberRecord) {
  const { facts } = await platforms.local.readUser(number.id, waId);
  const { lastInboundMs, ticks } = facts.users.get(waId) as UserFacts;
  const [userId] = userIds.of(number.portfolioId).issue([waId]);
  return {
    online: seesOnline(facts, waId),
    user_id: userId ?? '',
    window_closes_at: isoTime(windowClosesAtMs(lastInboundMs)),
    ticks,
  };
}
