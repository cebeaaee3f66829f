import {
  directoryOf,
  findByName,
  findByPhone,
  readPhone,
  type Store,
  type UserIds,
  type WaId,
} from '@blockhouse/engine';
import { byName, isUserId, namingOf, type Scope, variantsOf } from './names.ts';

/**
 * Looks up users of a number at Meta. The directory holds what Meta's responses and webhooks have reported
 * about them.
 */
export async function lookupCloudUsers(
  store: Store,
  number: Scope,
  { texts, waIds }: { readonly texts: readonly string[]; readonly waIds: readonly WaId[] },
): Promise<UserIds> {
  const names = texts.flatMap((text) => {
    if (isUserId(text)) return [text];
    const phone = readPhone(text);
    return phone === null ? [] : variantsOf(phone).map(String);
  });
  const rows = await store.userNames(directoryOf(number), { names, users: waIds });
  const known = byName(rows);
  const currentIds = rows.filter(({ kind, untilMs }) => kind === 'user_id' && untilMs === null);
  const idOf = new Map(currentIds.map(({ user, name }) => [user, name]));
  const { placeholderOf } = namingOf(number);
  return {
    find: (userId) => findByName(known, userId) ?? placeholderOf(userId),
    match: (phone) => findByPhone(known, phone, { variantsOf }),
    issue: (users) => users.map((waId) => idOf.get(waId) ?? null),
  };
}
