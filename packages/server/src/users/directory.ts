import { phoneVariants } from '@blockhouse/client/wire';
import {
  type Claim,
  currentName,
  type DirectoryChange,
  decideDirectory,
  directoryOf,
  findByName,
  namesIn,
  readPhone,
  readUser,
  type Store,
  type Target,
  type UserIds,
  type UserName,
  usernameOf,
  type WaId,
} from '@blockhouse/engine';
import { lookupCloudUsers } from './cloud-lookup.ts';
import { LocalLookup } from './local-lookup.ts';
import {
  accountClaim,
  byName,
  isPhoneWithVariants,
  isPlaceholder,
  isUserId,
  namingOf,
  type Scope,
} from './names.ts';
import type { UserIdIssuer } from './user-ids.ts';

/** The names under which a row of Meta's list may show a user. */
export interface RowNames {
  /** Phones and IDs that are known for the user. */
  readonly known: readonly string[];
  /** Other national spellings of these phones. */
  readonly variants: readonly string[];
  /** The user's ID is known, so any list that contains the user shows it. */
  readonly hasId: boolean;
}

/**
 * The directory of users: it maps phones, `wa_id`s, business-scoped user IDs, and usernames to users, at each
 * number. Numbers at Meta have one directory for each portfolio, which records what Meta reports. The local
 * platform has one directory, for the spellings of phones.
 */
export class UserDirectory {
  readonly #store: Store;
  readonly #local: LocalLookup;
  readonly #onMove: (directory: string) => Promise<void>;

  /**
   * @param options.sandbox whether users of the local platform may change their numbers.
   * @param options.onMove called after users of a directory have new keys.
   */
  constructor(options: {
    issuer: UserIdIssuer;
    store: Store;
    sandbox: boolean;
    onMove: (directory: string) => Promise<void>;
  }) {
    this.#store = options.store;
    this.#local = new LocalLookup(options);
    this.#onMove = options.onMove;
  }

  /**
   * Looks up users of a number.
   * @param query.texts phones and IDs to resolve.
   * @param query.waIds users whose IDs are needed.
   */
  async lookup(
    number: Scope,
    { texts = [], waIds = [] }: { readonly texts?: readonly string[]; readonly waIds?: readonly WaId[] },
  ): Promise<UserIds> {
    return number.upstream === null
      ? await this.#local.lookup(number, texts)
      : await lookupCloudUsers(this.#store, number, { texts, waIds });
  }

  /** The user with a username; null if none is known. */
  async findUsername(number: Scope, text: string): Promise<WaId | null> {
    const name = usernameOf(text);
    const rows = await this.#store.userNames(directoryOf(number), { names: [name] });
    return findByName(byName(rows), name);
  }

  /**
   * Every phone under which data of a user may be stored: the current `wa_id`, former ones, and spellings.
   */
  async phonesOf(number: Scope, waId: WaId): Promise<readonly WaId[]> {
    const rows = await this.#rowsOf(number, [waId]);
    const phones = rows
      .filter(({ kind }) => kind === 'wa_id' || kind === 'input')
      .map(({ name }) => Number(name));
    return [...new Set([waId, ...phones])];
  }

  /** The phones that are mapped to a user, without the user's own and its other spellings. */
  async spellingsOf(number: Scope, waId: WaId): Promise<readonly WaId[]> {
    const rows = await this.#rowsOf(number, [waId]);
    return rows.flatMap(({ kind, name, untilMs }) =>
      kind === 'input' && untilMs === null && name !== String(waId) ? [Number(name)] : [],
    );
  }

  /** The names that rows of a list at Meta may have for these users. */
  async rowNames(number: Scope, users: readonly WaId[]): Promise<ReadonlyMap<WaId, RowNames>> {
    const rowsOf = Map.groupBy(await this.#rowsOf(number, users), ({ user }) => user);
    return new Map(users.map((waId) => [waId, rowNamesOf(waId, rowsOf.get(waId) ?? [])]));
  }

  /**
   * Records claims about users. If the key of a user changes, the data of the numbers moves to the new key.
   */
  async record(number: Scope, claims: readonly Claim[]): Promise<DirectoryChange> {
    if (claims.length === 0) return noChange;
    const directory = directoryOf(number);
    const naming = namingOf(number);
    const names = namesIn(claims, naming);
    const expected = decideDirectory(await this.#store.userNames(directory, { names }), claims, naming);
    if (expected.put.length === 0 && expected.moves.length === 0) return noChange;
    const change = await this.#store.changeUserNames(directory, names, (known) =>
      decideDirectory(known, claims, naming),
    );
    if (number.upstream === null) await this.#local.noteAliases(change.put);
    if (change.moves.length > 0) await this.#onMove(directory);
    return change;
  }

  /**
   * Records the senders of messages to a local number. The first spelling that a user writes from becomes
   * their `wa_id`.
   */
  async recordSenders(number: Scope, texts: readonly string[]): Promise<UserIds> {
    // Most senders have one spelling, and nothing to record.
    const claims: Claim[] = [];
    for (const text of texts) {
      const phone = isUserId(text) ? null : readPhone(text);
      if (phone !== null && this.#local.mayBeAlias(phone)) claims.push({ kind: 'wrote', phone, atMs: 0 });
    }
    if (claims.length > 0) await this.record(number, claims);
    return await this.#local.lookup(number, texts);
  }

  /**
   * Records the names of targets before data is written for them. Returns the targets as the directory then
   * knows them.
   */
  async recordTargets(number: Scope, targets: readonly Target[]): Promise<readonly Target[]> {
    const claims = targets.flatMap((target): readonly Claim[] => {
      const { input, ref } = target;
      const phone = isPhoneWithVariants(target) ? readPhone(input) : null;
      if (phone !== null) return [{ kind: 'typed', phone }];
      const isIdAtMeta = ref.kind === 'user' && ref.by === 'user_id' && number.upstream !== null;
      return isIdAtMeta ? [accountClaim({ userId: input })] : [];
    });
    if (claims.length === 0) return targets;
    await this.record(number, claims);
    return await this.refresh(number, targets);
  }

  /** Looks up targets again, since their keys may have changed. */
  async refresh<Of extends Target>(number: Scope, targets: readonly Of[]): Promise<readonly Of[]> {
    const ids = await this.lookup(number, { texts: targets.map(({ input }) => input) });
    return targets.map((target) => {
      const ref = readUser(target.input, ids);
      return target.ref.kind === 'user' && ref.kind === 'user' ? { ...target, ref } : target;
    });
  }

  /** Moves data that was just written for targets whose keys have changed in the meantime. */
  async moveWritten(number: Scope, targets: readonly Target[], atMs: number): Promise<void> {
    const current = await this.refresh(number, targets);
    const moves = targets.flatMap(({ ref }, index) => {
      const to = current[index]?.ref;
      if (ref.kind !== 'user' || to?.kind !== 'user' || to.waId === ref.waId) return [];
      return [{ from: ref.waId, to: to.waId, atMs }];
    });
    if (moves.length === 0) return;
    const directory = directoryOf(number);
    await this.#store.changeUserNames(directory, [], () => ({ put: [], moves }));
    await this.#onMove(directory);
  }

  /** Replaces the phones that are mapped to a user of the local platform, besides the user's own. */
  async setSpellings(
    number: Scope,
    waId: WaId,
    { inputs, atMs }: { inputs: readonly WaId[]; atMs: number },
  ): Promise<void> {
    const naming = namingOf(number);
    const claims = inputs.length === 0 ? [] : [accountClaim({ waId, inputs, atMs })];
    const names = [String(waId), ...namesIn(claims, naming)];
    const { put } = await this.#store.changeUserNames(directoryOf(number), names, (known) => {
      const change = decideDirectory(known, claims, naming);
      const removed = known.filter(
        ({ kind, user, untilMs, name }) =>
          kind === 'input' && user === waId && untilMs === null && !inputs.includes(Number(name)),
      );
      return { ...change, put: [...change.put, ...removed.map((row) => ({ ...row, untilMs: atMs }))] };
    });
    await this.#local.noteAliases(put);
  }

  /** Must be called after an import has replaced the names of the local platform. */
  async afterImport(names: readonly UserName[]): Promise<void> {
    this.#local.clear();
    await this.#local.noteAliases(names);
  }

  #rowsOf(number: Scope, users: readonly WaId[]): Promise<readonly UserName[]> {
    return this.#store.userNames(directoryOf(number), { users });
  }
}

const noChange: DirectoryChange = { put: [], moves: [] };

function rowNamesOf(waId: WaId, rows: readonly UserName[]): RowNames {
  const names = rows.filter(({ kind }) => kind !== 'username').map(({ name }) => name);
  const known = [...new Set([...(isPlaceholder(waId) ? [] : [String(waId)]), ...names])];
  const variants = known.flatMap((name) => (isUserId(name) ? [] : phoneVariants(name)));
  return {
    known,
    variants: variants.filter((one) => !known.includes(one)),
    hasId: currentName(rows, waId, 'user_id') !== null,
  };
}
