import type { WaId } from './phone.ts';
import type { NumberRecord } from './records.ts';
import { leadsToUser, type NameKind, type Naming, type UserName } from './user-names.ts';
import type { MatchedBy } from './user-ref.ts';

/** The directory that a number belongs to: local numbers share one, and numbers at Meta share that of their portfolio. */
export function directoryOf({
  upstream,
  portfolioId,
}: Pick<NumberRecord, 'upstream' | 'portfolioId'>): string {
  return upstream === null ? 'local' : `cloud ${portfolioId}`;
}

/** Rows of a directory by their names. */
export type KnownNames = ReadonlyMap<string, UserName>;

/** The user that a phone means, by the known spellings of it; null: none is known. */
export function findByPhone(
  known: KnownNames,
  phone: WaId,
  { variantsOf }: Pick<Naming, 'variantsOf'>,
): { readonly user: WaId; readonly matchedBy: MatchedBy } | null {
  const leading = (waId: WaId) => {
    const row = known.get(String(waId));
    return row !== undefined && leadsToUser(row) ? row : undefined;
  };
  const own = leading(phone);
  if (own !== undefined) return { user: own.user, matchedBy: own.user === phone ? 'wa_id' : 'directory' };
  const [variant] = variantsOf(phone).flatMap((other) => (other === phone ? [] : (leading(other) ?? [])));
  return variant === undefined ? null : { user: variant.user, matchedBy: 'national_variant' };
}

/** The user that an ID or a username means; null: it is not known. */
export function findByName(known: KnownNames, name: string): WaId | null {
  const row = known.get(name);
  return row !== undefined && leadsToUser(row) ? row.user : null;
}

/** A user's present name of one kind; null: none is known. */
export function currentName(known: readonly UserName[], user: WaId, kind: NameKind): string | null {
  return known.find((row) => row.user === user && row.kind === kind && row.untilMs === null)?.name ?? null;
}
