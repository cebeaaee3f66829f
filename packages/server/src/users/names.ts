import { createHash } from 'node:crypto';
import { hasPhoneVariants, phoneVariants } from '@blockhouse/client/wire';
import type { Claim, Naming, NumberRecord, Target, UserName, WaId } from '@blockhouse/engine';

/** A number, or its platform and portfolio alone. They select the directory. */
export type Scope = Pick<NumberRecord, 'upstream' | 'portfolioId'>;

/** Phones have at most 15 digits. The keys of users without a known phone begin above them. */
const firstPlaceholder = 1_000_000_000_000_000;
const placeholderCount = 8_000_000_000_000_000n;

/** Whether the key of a user is a placeholder for a phone that is not known. */
export function isPlaceholder(waId: WaId): boolean {
  return waId >= firstPlaceholder;
}

/** A `wa_id` for a response; null if the phone is hidden or not known. */
export function shownWaId(waId: WaId, phoneHidden = false): string | null {
  return phoneHidden || isPlaceholder(waId) ? null : String(waId);
}

/** The spellings of a phone that WhatsApp treats as one account. The first one is the phone itself. */
export function variantsOf(phone: WaId): readonly WaId[] {
  return phoneVariants(String(phone)).map(Number);
}

export function hasVariants(phone: WaId): boolean {
  return hasPhoneVariants(String(phone));
}

/** Whether a target is a phone that WhatsApp may spell differently. */
export function isPhoneWithVariants({ ref }: Target): boolean {
  return ref.kind === 'user' && ref.by === 'phone' && hasVariants(ref.waId);
}

export function isUserId(text: string): boolean {
  return /^[A-Z]{2}\./.test(text);
}

/** Whether a name is a phone that differs from the `wa_id` of its user. */
export function isAlias({ name, user }: UserName): boolean {
  return name !== String(user);
}

export function byName(rows: readonly UserName[]): ReadonlyMap<string, UserName> {
  return new Map(rows.map((row) => [row.name, row]));
}

/** A claim about one account. A claim without a time is older than every other one. */
export function accountClaim(
  fields: Partial<Omit<Claim & { kind: 'account' }, 'kind'>>,
): Claim & { kind: 'account' } {
  return { kind: 'account', waId: null, userId: null, username: null, inputs: [], atMs: 0, ...fields };
}

/** The spellings of phones, and the placeholders for users whose phone is not known in this portfolio. */
export function namingOf({ portfolioId }: Scope): Naming {
  return {
    variantsOf,
    placeholderOf(userId) {
      const hash = createHash('sha256').update(`${portfolioId} ${userId}`).digest();
      return firstPlaceholder + Number(hash.readBigUInt64BE() % placeholderCount);
    },
  };
}
