import { readPhone, type WaId } from './phone.ts';

/**
 * Business-scoped user IDs of one portfolio. The platform issues them itself: a user has one permanent ID in a
 * portfolio, and another one in every other portfolio.
 */
export interface UserIds {
  /** The users' IDs, such as `US.13491208655302741918`, in the same order; null: nobody has told it. */
  issue(waIds: readonly WaId[]): (string | null)[];
  /** Under which `wa_id` a phone's owner is kept, and by what that is known; null: nothing is known of the phone. */
  match?(phone: WaId): { readonly user: WaId; readonly matchedBy: MatchedBy } | null;
  /** The user of this ID; null: this portfolio has issued no such ID. */
  find(userId: string): WaId | null;
}

/**
 * How the user of a text was found: by the `wa_id`, by a business-scoped user ID, by another name in the directory,
 * or by a national spelling of a known phone.
 */
export type MatchedBy = 'wa_id' | 'user_id' | 'directory' | 'national_variant';

/** The user that a caller means, after the text was read once. */
export type UserRef =
  | {
      readonly kind: 'user';
      readonly waId: WaId;
      readonly by: 'phone' | 'user_id';
      readonly matchedBy?: MatchedBy;
    }
  /** An ID that nobody has, or a text that is neither a possible phone number nor an ID. */
  | { readonly kind: 'nobody'; readonly reason: 'not_a_user' | 'invalid_format' }
  /** A parent ID (`CC.ENT.…`), which the Block Users API does not take. */
  | { readonly kind: 'parent' };

/** Two-letter country, a dot, at most 128 letters and digits (Meta, "Business-scoped user IDs"). */
const userIdForm = /^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/;
const parentForm = /^[A-Z]{2}\.ENT\.[A-Za-z0-9]{1,128}$/;

/** Reads a user written as a phone number in any usual spelling, a `wa_id` or a business-scoped user ID. */
export function readUser(text: string, ids: UserIds): UserRef {
  if (parentForm.test(text)) return { kind: 'parent' };
  if (userIdForm.test(text)) {
    const waId = ids.find(text);
    if (waId === null) return { kind: 'nobody', reason: 'not_a_user' };
    return { kind: 'user', waId, by: 'user_id', matchedBy: 'user_id' };
  }
  const phone = readPhone(text);
  if (phone === null) return { kind: 'nobody', reason: 'invalid_format' };
  const { user, matchedBy } = ids.match?.(phone) ?? { user: phone, matchedBy: 'wa_id' };
  return { kind: 'user', waId: user, by: 'phone', matchedBy };
}
