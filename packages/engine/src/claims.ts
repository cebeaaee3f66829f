import type { WaId } from './phone.ts';
import { type Naming, usernameOf } from './user-names.ts';

/** The names of an account; null: not known. */
export interface AccountNames {
  readonly waId: WaId | null;
  readonly userId: string | null;
}

/** A fact about users that the directory learns. */
export type Claim =
  /** These are names of one account. `inputs` are spellings of a phone that the platform has resolved to it. */
  | (AccountNames & {
      readonly kind: 'account';
      readonly username: string | null;
      readonly inputs: readonly WaId[];
      readonly atMs: number;
    })
  /** A user has another `wa_id` or another ID than before. */
  | {
      readonly kind: 'changed';
      readonly from: AccountNames;
      readonly to: AccountNames;
      readonly atMs: number;
    }
  /** A message came from this phone on the local platform: it is the `wa_id`, unless another spelling of it already is. */
  | { readonly kind: 'wrote'; readonly phone: WaId; readonly atMs: number }
  /** Something is stored under a phone as it was written, because nothing better is known. */
  | { readonly kind: 'typed'; readonly phone: WaId };

/** Every name that a decision on these claims reads. */
export function namesIn(
  claims: readonly Claim[],
  { variantsOf }: Pick<Naming, 'variantsOf'>,
): readonly string[] {
  const phones = (waIds: readonly (WaId | null)[]) =>
    waIds.flatMap((waId) => (waId === null ? [] : variantsOf(waId).map(String)));
  const names = claims.flatMap((claim) => {
    if (claim.kind === 'typed' || claim.kind === 'wrote') return phones([claim.phone]);
    if (claim.kind === 'changed') {
      const ids = [claim.from.userId, claim.to.userId].filter((id) => id !== null);
      return [...phones([claim.from.waId, claim.to.waId]), ...ids];
    }
    const { waId, userId, username, inputs } = claim;
    const texts = [userId, username === null ? null : usernameOf(username)].filter((text) => text !== null);
    return [...phones([waId, ...inputs]), ...texts];
  });
  return [...new Set(names)];
}
