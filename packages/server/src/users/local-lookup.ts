import {
  directoryOf,
  findByPhone,
  readPhone,
  type Store,
  type UserIds,
  type UserName,
  type WaId,
} from '@blockhouse/engine';
import { byName, hasVariants, isAlias, isUserId, type Scope, variantsOf } from './names.ts';
import type { UserIdIssuer } from './user-ids.ts';

/** Phones that this process remembers as the `wa_id` of their user. */
const rememberedMax = 50_000;

/** A setting of the store that exists once any phone is an alias. Until then, few phones need a query. */
const aliasesSetting = 'local_aliases';

/**
 * Looks up users of the local platform. It computes their IDs, so it queries the store only for phones with
 * several spellings.
 */
export class LocalLookup {
  readonly #issuer: UserIdIssuer;
  readonly #store: Store;
  readonly #sandbox: boolean;
  readonly #ownWaIds = new Set<WaId>();

  /** @param options.sandbox whether users may change their numbers. */
  constructor(options: { issuer: UserIdIssuer; store: Store; sandbox: boolean }) {
    this.#issuer = options.issuer;
    this.#store = options.store;
    this.#sandbox = options.sandbox;
  }

  async lookup(number: Scope, texts: readonly string[]): Promise<UserIds> {
    const ids = this.#issuer.of(number.portfolioId);
    const phones: WaId[] = [];
    for (const text of texts) {
      const phone = isUserId(text) ? ids.find(text) : readPhone(text);
      if (phone !== null) phones.push(phone);
    }
    const uncertain = this.#sandbox ? await this.#possibleAliases(phones) : this.#withVariants(phones);
    if (uncertain.length === 0) return ids;
    const names = uncertain.flatMap((phone) => variantsOf(phone).map(String));
    const known = byName(await this.#store.userNames(directoryOf(number), { names }));
    const match = (phone: WaId) => findByPhone(known, phone, { variantsOf });
    this.#remember([...known.values()]);
    return {
      issue: (waIds) => ids.issue(waIds),
      match,
      find(userId) {
        const phone = ids.find(userId);
        return phone === null ? null : (match(phone)?.user ?? phone);
      },
    };
  }

  /** Whether a phone has several spellings and is not known to be the `wa_id` of its user. */
  mayBeAlias(phone: WaId): boolean {
    return hasVariants(phone) && !this.#ownWaIds.has(phone);
  }

  /** Must be called with the rows of every change. */
  async noteAliases(rows: readonly UserName[]): Promise<void> {
    if (rows.some(isAlias)) await this.#store.changeSetting(aliasesSetting, () => 'yes');
  }

  /** Forgets the remembered phones after the directory was replaced. */
  clear(): void {
    this.#ownWaIds.clear();
  }

  /** Phones that may be aliases in the sandbox, where users may change their numbers. */
  async #possibleAliases(phones: readonly WaId[]): Promise<readonly WaId[]> {
    const areAny = phones.length > 0 && (await this.#store.setting(aliasesSetting)) !== null;
    return areAny ? phones : this.#withVariants(phones);
  }

  #withVariants(phones: readonly WaId[]): readonly WaId[] {
    return phones.filter((phone) => this.mayBeAlias(phone));
  }

  /** Outside the sandbox, no user changes their number, so a phone that is a `wa_id` remains one. */
  #remember(rows: readonly UserName[]): void {
    if (this.#sandbox) return;
    if (this.#ownWaIds.size + rows.length > rememberedMax) this.#ownWaIds.clear();
    for (const { kind, name, user } of rows)
      if (kind === 'wa_id' && name === String(user)) this.#ownWaIds.add(user);
  }
}
