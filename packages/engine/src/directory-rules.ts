import type { AccountNames, Claim } from './claims.ts';
import type { WaId } from './phone.ts';
import {
  type DirectoryChange,
  leadsToUser,
  type NameKind,
  type Naming,
  type UserMove,
  type UserName,
  usernameOf,
} from './user-names.ts';

/**
 * Decides how the directory changes by what it learns. Of claims that contradict each other, the later one holds, whichever
 * arrives first. Two records of one user become one record, under the user's `wa_id`.
 * @param known the rows of all names of {@link namesIn}, and every other row of the users they lead to.
 */
export function decideDirectory(
  known: readonly UserName[],
  claims: readonly Claim[],
  naming: Naming,
): DirectoryChange {
  const learning = new Learning(known, naming);
  for (const claim of claims) learning.learn(claim);
  return learning.change();
}

class Learning {
  readonly #before: ReadonlyMap<string, UserName>;
  readonly #rows: Map<string, UserName>;
  readonly #naming: Naming;
  readonly #moves: UserMove[] = [];

  constructor(known: readonly UserName[], naming: Naming) {
    this.#before = new Map(known.map((row) => [row.name, row]));
    this.#rows = new Map(this.#before);
    this.#naming = naming;
  }

  change(): DirectoryChange {
    return {
      put: [...this.#rows.values()].filter((row) => this.#before.get(row.name) !== row),
      moves: this.#moves,
    };
  }

  learn(claim: Claim): void {
    if (claim.kind === 'typed') this.#typed(claim.phone);
    else if (claim.kind === 'wrote') this.#wrote(claim.phone, claim.atMs);
    else if (claim.kind === 'changed') this.#changed(claim);
    else this.#account(claim);
  }

  #typed(phone: WaId): void {
    if (this.#spellings(phone).length === 0) this.#assign(phone, String(phone), 'input', 0);
  }

  #wrote(phone: WaId, atMs: number): void {
    const isKnown = this.#spellings(phone).some(({ user }) => this.#current(user, 'wa_id') !== null);
    if (!isKnown) this.#account({ waId: phone, userId: null, username: null, inputs: [], atMs });
  }

  #account({ waId, userId, username, inputs, atMs }: Omit<Claim & { kind: 'account' }, 'kind'>): void {
    if (waId === null && userId === null) return;
    const byId = userId === null ? null : this.#owner(userId, atMs);
    const byPhone = waId === null ? null : this.#ownerOfPhone(waId, userId, atMs);
    // A phone that is its own key, and has no other spelling, needs no row.
    const isPlain = userId === null && username === null && inputs.length === 0;
    if (isPlain && waId !== null && byPhone === null && this.#isUnheardOf(waId)) return;
    let user = byId ?? byPhone ?? waId ?? this.#naming.placeholderOf(userId ?? '');
    if (byPhone !== null && byPhone !== user)
      user = this.#unify(user, byPhone, { names: { waId, userId }, atMs, isChange: false });
    if (waId !== null) this.#assign(user, String(waId), 'wa_id', atMs);
    if (userId !== null) this.#assign(user, userId, 'user_id', atMs);
    user = this.#rekey(user, atMs);
    for (const input of inputs) this.#resolved(user, input, atMs);
    // A spelling may have been another record of this user, and that record may have held the phone.
    if (waId !== null && inputs.length > 0) {
      this.#assign(user, String(waId), 'wa_id', atMs);
      user = this.#rekey(user, atMs);
    }
    if (username !== null) this.#assign(user, usernameOf(username), 'username', atMs);
  }

  #changed({ from, to, atMs }: Claim & { kind: 'changed' }): void {
    if (to.waId === null && to.userId === null) return;
    const old = from.waId === null ? undefined : this.#rows.get(String(from.waId));
    // Somebody else has the number since: the news is older than that.
    if (old !== undefined && old.untilMs === null && old.kind === 'wa_id' && old.sinceMs > atMs) return;
    const known = (name: string | null) => (name === null ? null : (this.#rows.get(name)?.user ?? null));
    const placeholder = from.userId === null ? null : this.#naming.placeholderOf(from.userId);
    let user = known(from.userId) ?? old?.user ?? from.waId ?? placeholder;
    if (user === null) return;
    if (old === undefined && from.waId !== null) this.#assign(user, String(from.waId), 'wa_id', 0);
    if (from.userId !== null && known(from.userId) === null) this.#assign(user, from.userId, 'user_id', 0);
    // A message under the new names may have arrived before this.
    for (const name of [to.userId, to.waId === null ? null : String(to.waId)]) {
      const other = known(name);
      if (other !== null && other !== user)
        user = this.#unify(user, other, { names: to, atMs, isChange: true });
    }
    if (to.userId !== null) this.#assign(user, to.userId, 'user_id', atMs);
    if (to.waId !== null) this.#assign(user, String(to.waId), 'wa_id', atMs);
    this.#rekey(user, atMs);
  }

  /** The platform has said which account a spelling means. */
  #resolved(user: WaId, input: WaId, atMs: number): void {
    const row = this.#rows.get(String(input));
    if (row?.user === user) return;
    if (row === undefined) {
      // Rows under the phone as it was written belong to this user.
      this.#assign(user, String(input), 'input', atMs);
      this.#moves.push({ from: input, to: user, atMs });
      return;
    }
    if (row.sinceMs > atMs) return;
    const isOther = this.#differ(row.user, this.#current(user, 'user_id'));
    if (isOther) this.#release(row, user, atMs);
    this.#rows.set(row.name, { ...row, kind: 'input', user, sinceMs: atMs, untilMs: null });
    if (row.untilMs === null && row.user === input && !isOther) this.#merge(input, user, atMs);
  }

  #isUnheardOf(phone: WaId): boolean {
    return !this.#rows.has(String(phone)) && this.#naming.variantsOf(phone).length === 1;
  }

  /** Rows of a phone's spellings that lead to somebody. */
  #spellings(phone: WaId): readonly UserName[] {
    return this.#naming.variantsOf(phone).flatMap((spelling) => {
      const row = this.#rows.get(String(spelling));
      return row !== undefined && leadsToUser(row) ? [row] : [];
    });
  }

  /** The user who had this name at a time; null: none that is known. */
  #owner(name: string, atMs: number): WaId | null {
    const row = this.#rows.get(name);
    if (row === undefined) return null;
    return row.untilMs === null || row.untilMs > atMs ? row.user : null;
  }

  /** The user who had this phone at a time. Of an account that is not known, a spelling may be. */
  #ownerOfPhone(waId: WaId, userId: string | null, atMs: number): WaId | null {
    const row = this.#rows.get(String(waId));
    if (row?.kind === 'wa_id') return this.#owner(row.name, atMs);
    const isSameAccount = ({ user, sinceMs }: UserName) => {
      const own = this.#current(user, 'wa_id');
      const isSpelling = own === null || this.#naming.variantsOf(waId).includes(Number(own));
      return (isSpelling || sinceMs > atMs) && !this.#differ(user, userId);
    };
    return this.#spellings(waId).find(isSameAccount)?.user ?? null;
  }

  /**
   * Two records turn out to be of one account: they become one. Only where a phone has changed hands, its former owner, who
   * has another ID, gives way; or keeps it, if it became theirs later.
   * @param options.isChange it is told that the user has changed to these names, so that the other record may be younger.
   * @returns the key of the record that holds the names.
   */
  #unify(
    user: WaId,
    other: WaId,
    {
      names: { waId, userId },
      atMs,
      isChange,
    }: { readonly names: AccountNames; readonly atMs: number; readonly isChange: boolean },
  ): WaId {
    const phone = this.#current(user, 'wa_id');
    const isLate = waId !== null && (this.#rows.get(String(waId))?.sinceMs ?? 0) > atMs;
    const isSomebodyElse = this.#differ(other, userId) || (isLate && !isChange);
    if (phone !== null && phone !== String(waId) && isSomebodyElse) {
      return user;
    }
    const [from, to] = user === waId ? [other, user] : [user, other];
    this.#merge(from, to, atMs);
    return to;
  }

  /** Whether a user is known by another ID. */
  #differ(user: WaId, userId: string | null): boolean {
    const own = this.#current(user, 'user_id');
    return own !== null && userId !== null && own !== userId;
  }

  #merge(from: WaId, to: WaId, atMs: number): void {
    for (const kind of ['wa_id', 'user_id', 'username'] as const) {
      const [one, other] = [from, to].map((user) => this.#currentRow(user, kind));
      if (one === undefined || other === undefined) continue;
      const [earlier, later] = one.sinceMs <= other.sinceMs ? [one, other] : [other, one];
      this.#rows.set(earlier.name, { ...earlier, untilMs: later.sinceMs });
    }
    this.#rekeyTo(from, to, atMs);
  }

  /** A name passes to somebody else: whoever was kept under it needs another key. */
  #release({ name, user, untilMs }: UserName, to: WaId, atMs: number): void {
    if (untilMs !== null || user === to || user !== Number(name)) return;
    const userId = this.#current(user, 'user_id');
    if (userId === null) this.#merge(user, to, atMs);
    else this.#rekeyTo(user, this.#naming.placeholderOf(userId), atMs);
  }

  /** The key of a user follows from what they are called now: so no two users ever have the same. */
  #rekey(user: WaId, atMs: number): WaId {
    const waId = this.#current(user, 'wa_id');
    const userId = this.#current(user, 'user_id');
    if (waId !== null) return this.#rekeyTo(user, Number(waId), atMs);
    return userId === null ? user : this.#rekeyTo(user, this.#naming.placeholderOf(userId), atMs);
  }

  #rekeyTo(from: WaId, to: WaId, atMs: number): WaId {
    if (from === to) return to;
    for (const row of this.#rows.values()) {
      if (row.user === from) this.#rows.set(row.name, { ...row, user: to });
    }
    this.#moves.push({ from, to, atMs });
    return to;
  }

  /** Gives a user a name from a time on. Another one of the same kind is the former one, whichever is later. */
  #assign(user: WaId, name: string, kind: NameKind, atMs: number): void {
    const row = this.#rows.get(name);
    if (row !== undefined && row.user !== user && row.sinceMs > atMs) return;
    if (row?.user === user && row.kind === kind && (row.untilMs === null || row.untilMs > atMs)) return;
    if (row !== undefined) this.#release(row, user, atMs);
    const before = kind === 'input' ? undefined : this.#currentRow(user, kind);
    const isFormer = before !== undefined && before.name !== name && before.sinceMs > atMs;
    if (before !== undefined && before.name !== name && !isFormer)
      this.#rows.set(before.name, { ...before, untilMs: atMs });
    this.#rows.set(name, { name, kind, user, sinceMs: atMs, untilMs: isFormer ? before.sinceMs : null });
  }

  #currentRow(user: WaId, kind: NameKind): UserName | undefined {
    for (const row of this.#rows.values()) {
      if (row.user === user && row.kind === kind && row.untilMs === null) return row;
    }
    return undefined;
  }

  #current(user: WaId, kind: NameKind): string | null {
    return this.#currentRow(user, kind)?.name ?? null;
  }
}
