import { createHash } from 'node:crypto';
import { hasPhoneVariants, phoneVariants } from '@blockhouse/client/wire';
import {
  type Claim,
  currentName,
  type DirectoryChange,
  decideDirectory,
  directoryOf,
  findByName,
  findByPhone,
  type Naming,
  type NumberRecord,
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
import type { UserIdIssuer } from './user-ids.ts';

/** Phones have at most 15 digits; what is above stands for users of whom only an ID is known. */
const firstPlaceholder = 1_000_000_000_000_000;
const placeholders = 8_000_000_000_000_000n;

/** Phones that this process remembers to be the `wa_id` of their user. */
const rememberedMax = 50_000;

/** Set as soon as any phone of the local platform leads to a user whom it does not spell. */
const aliasesSetting = 'local_aliases';

/** A number, or another place whose users are meant: what its directory goes by. */
export type Scope = Pick<NumberRecord, 'upstream' | 'portfolioId'>;

/** Texts that are read, and users that are named, at one number. */
export interface TextsWanted {
  readonly texts?: readonly string[];
  readonly waIds?: readonly WaId[];
}

/** What a row of a list may call a user. */
export interface RowNames {
  /** Phones and IDs that are known to be theirs. */
  readonly known: readonly string[];
  /** Other national spellings of these phones. */
  readonly variants: readonly string[];
  /** Their ID is known: by it they are found in any list. */
  readonly hasId: boolean;
}

/** Whether the key of a user only stands for a phone that is not known. */
export function isPlaceholder(waId: WaId): boolean {
  return waId >= firstPlaceholder;
}

/** A `wa_id` as it may be shown; null when the phone is hidden, or not known. */
export function shownWaId(waId: WaId, phoneHidden = false): string | null {
  return phoneHidden || isPlaceholder(waId) ? null : String(waId);
}

/**
 * Who is meant by a phone, a `wa_id`, a business-scoped user ID or a username, at each number. Numbers at Meta go by what its
 * answers and webhooks tell, one directory for each portfolio. The local platform computes its IDs, and has one directory for
 * the spellings of phones, which is only asked where a phone has several.
 */
export class UserDirectory {
  readonly #issuer: UserIdIssuer;
  readonly #store: Store;
  readonly #sandbox: boolean;
  readonly #onMove: (directory: string) => Promise<void>;
  readonly #settled = new Set<WaId>();

  /**
   * @param options.sandbox whether users of the local platform may change their numbers.
   * @param options.onMove called when users of a directory have got other keys.
   */
  constructor(options: {
    issuer: UserIdIssuer;
    store: Store;
    sandbox: boolean;
    onMove: (directory: string) => Promise<void>;
  }) {
    this.#issuer = options.issuer;
    this.#store = options.store;
    this.#sandbox = options.sandbox;
    this.#onMove = options.onMove;
  }

  /** What it takes to read these texts and to name these users at a number. */
  async at(number: Scope, wanted: TextsWanted): Promise<UserIds> {
    return number.upstream === null ? await this.#local(number, wanted) : await this.#cloud(number, wanted);
  }

  /** Whom a username means at a number; null: nobody that is known. */
  async findUsername(number: Scope, text: string): Promise<WaId | null> {
    const name = usernameOf(text);
    const rows = await this.#store.userNames(directoryOf(number), { names: [name] });
    return findByName(byName(rows), name);
  }

  /** Every phone under which something may have been kept of a user: the `wa_id` of now, former ones, and spellings. */
  async phonesOf(number: Scope, waId: WaId): Promise<readonly WaId[]> {
    const rows = await this.#store.userNames(directoryOf(number), { users: [waId] });
    const phones = rows
      .filter(({ kind }) => kind === 'wa_id' || kind === 'input')
      .map(({ name }) => Number(name));
    return [...new Set([waId, ...phones])];
  }

  /** What rows of a list at Meta may call these users. */
  async rowNames(number: Scope, users: readonly WaId[]): Promise<ReadonlyMap<WaId, RowNames>> {
    const rows = await this.#store.userNames(directoryOf(number), { users });
    const rowsOf = Map.groupBy(rows, ({ user }) => user);
    return new Map(
      users.map((waId) => {
        const own = rowsOf.get(waId) ?? [];
        const names = own.filter(({ kind }) => kind !== 'username').map(({ name }) => name);
        const known = [...new Set([...(isPlaceholder(waId) ? [] : [String(waId)]), ...names])];
        const variants = known.flatMap((name) => (isUserId(name) ? [] : phoneVariants(name)));
        const hasId = currentName(own, waId, 'user_id') !== null;
        return [waId, { known, variants: variants.filter((one) => !known.includes(one)), hasId }];
      }),
    );
  }

  /** Keeps what is learned of users. What the numbers keep of them follows to their new keys. */
  async learn(number: Scope, claims: readonly Claim[]): Promise<DirectoryChange> {
    if (claims.length === 0) return nothing;
    const directory = directoryOf(number);
    const naming = namingOf(number);
    const names = namesIn(claims, naming);
    const expected = decideDirectory(await this.#store.userNames(directory, { names }), claims, naming);
    if (expected.put.length === 0 && expected.moves.length === 0) return nothing;
    const change = await this.#store.changeUserNames(directory, names, (known) =>
      decideDirectory(known, claims, naming),
    );
    if (number.upstream === null && change.put.some(isAlias))
      await this.#store.changeSetting(aliasesSetting, () => 'yes');
    if (change.moves.length > 0) await this.#onMove(directory);
    return change;
  }

  /**
   * Has exactly these phones lead to a user of the local platform.
   * @param waId the user's own.
   */
  async spell(
    number: Scope,
    waId: WaId,
    { inputs, atMs }: { inputs: readonly WaId[]; atMs: number },
  ): Promise<void> {
    const naming = namingOf(number);
    const claims = inputs.length === 0 ? [] : [account({ waId, inputs, atMs })];
    const names = [String(waId), ...namesIn(claims, naming)];
    const { put } = await this.#store.changeUserNames(directoryOf(number), names, (known) => {
      const change = decideDirectory(known, claims, naming);
      const gone = known.filter(
        ({ kind, user, untilMs, name }) =>
          kind === 'input' && user === waId && untilMs === null && !inputs.includes(Number(name)),
      );
      return { ...change, put: [...change.put, ...gone.map((row) => ({ ...row, untilMs: atMs }))] };
    });
    if (put.some(isAlias)) await this.#store.changeSetting(aliasesSetting, () => 'yes');
  }

  /** Phones that lead to a user, besides their own and its other spellings. */
  async spellingsOf(number: Scope, waId: WaId): Promise<readonly WaId[]> {
    const rows = await this.#store.userNames(directoryOf(number), { users: [waId] });
    return rows.flatMap(({ kind, name, untilMs }) =>
      kind === 'input' && untilMs === null && name !== String(waId) ? [Number(name)] : [],
    );
  }

  /** The names of the local platform's users have been replaced by these. */
  async imported(names: readonly UserName[]): Promise<void> {
    this.#settled.clear();
    if (names.some(isAlias)) await this.#store.changeSetting(aliasesSetting, () => 'yes');
  }

  /** Users write to a number of the local platform: the spelling that comes first is their `wa_id`. */
  async hear(number: Scope, texts: readonly string[]): Promise<UserIds> {
    const phones = texts.flatMap((text) => (isUserId(text) ? [] : (readPhone(text) ?? [])));
    const claims = phones
      .filter((phone) => hasVariants(phone) && !this.#settled.has(phone))
      .map((phone): Claim => ({ kind: 'wrote', phone, atMs: 0 }));
    await this.learn(number, claims);
    return await this.at(number, { texts });
  }

  /**
   * Something is about to be kept of these users, so that what they are called has to be kept as well. Answers them as they are
   * known by then.
   */
  async keep(number: Scope, targets: readonly Target[]): Promise<readonly Target[]> {
    const claims = targets.flatMap((target): readonly Claim[] => {
      const { input, ref } = target;
      const phone = isSpelledVariously(target) ? readPhone(input) : null;
      if (phone !== null) return [{ kind: 'typed', phone }];
      const isNews = ref.kind === 'user' && ref.by === 'user_id' && number.upstream !== null;
      return isNews ? [account({ userId: input })] : [];
    });
    if (claims.length === 0) return targets;
    await this.learn(number, claims);
    return await this.reread(number, targets);
  }

  /** Users as they are known now: they may have got another key since they were read. */
  async reread<Of extends Target>(number: Scope, targets: readonly Of[]): Promise<readonly Of[]> {
    const ids = await this.at(number, { texts: targets.map(({ input }) => input) });
    return targets.map((target) => {
      const ref = readUser(target.input, ids);
      return target.ref.kind === 'user' && ref.kind === 'user' ? { ...target, ref } : target;
    });
  }

  /** Something was kept of these users. Whoever has got another key meanwhile takes it along. */
  async settle(number: Scope, targets: readonly Target[], atMs: number): Promise<void> {
    const now = await this.reread(number, targets);
    const moves = targets.flatMap(({ ref }, index) => {
      const to = now[index]?.ref;
      if (ref.kind !== 'user' || to?.kind !== 'user' || to.waId === ref.waId) return [];
      return [{ from: ref.waId, to: to.waId, atMs }];
    });
    if (moves.length === 0) return;
    const directory = directoryOf(number);
    await this.#store.changeUserNames(directory, [], () => ({ put: [], moves }));
    await this.#onMove(directory);
  }

  async #local(number: Scope, { texts = [] }: TextsWanted): Promise<UserIds> {
    const ids = this.#issuer.of(number.portfolioId);
    const phones = texts.flatMap((text) => (isUserId(text) ? ids.find(text) : readPhone(text)) ?? []);
    const asked = await this.#withAliases(phones);
    if (asked.length === 0) return ids;
    const names = asked.flatMap((phone) => variantsOf(phone).map(String));
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

  /** Phones that may lead to another `wa_id`: mostly there are none, and nothing has to be asked. */
  async #withAliases(phones: readonly WaId[]): Promise<readonly WaId[]> {
    if (phones.length > 0 && this.#sandbox && (await this.#store.setting(aliasesSetting)) !== null)
      return phones;
    return phones.filter((phone) => hasVariants(phone) && !this.#settled.has(phone));
  }

  /** Outside the sandbox nobody's number changes: who goes by their own phone always will. */
  #remember(rows: readonly UserName[]): void {
    if (this.#sandbox) return;
    if (this.#settled.size + rows.length > rememberedMax) this.#settled.clear();
    for (const { kind, name, user } of rows)
      if (kind === 'wa_id' && name === String(user)) this.#settled.add(user);
  }

  async #cloud(number: Scope, { texts = [], waIds = [] }: TextsWanted): Promise<UserIds> {
    const { placeholderOf } = namingOf(number);
    const names = texts.flatMap((text) => {
      if (isUserId(text)) return [text];
      const phone = readPhone(text);
      return phone === null ? [] : variantsOf(phone).map(String);
    });
    const rows = await this.#store.userNames(directoryOf(number), { names, users: waIds });
    const known = byName(rows);
    const idOf = new Map(
      rows.flatMap(({ kind, untilMs, user, name }) =>
        kind === 'user_id' && untilMs === null ? [[user, name] as const] : [],
      ),
    );
    return {
      find: (userId) => findByName(known, userId) ?? placeholderOf(userId),
      match: (phone) => findByPhone(known, phone, { variantsOf }),
      issue: (users) => users.map((waId) => idOf.get(waId) ?? null),
    };
  }
}

const nothing: DirectoryChange = { put: [], moves: [] };

/** What is said of one account, with nothing of what is not said. Without a time, it is older than everything else. */
export function account(
  said: Partial<Omit<Claim & { kind: 'account' }, 'kind'>>,
): Claim & { kind: 'account' } {
  return { kind: 'account', waId: null, userId: null, username: null, inputs: [], atMs: 0, ...said };
}

/** Spellings of a phone that WhatsApp treats as one account, itself the first. */
export function variantsOf(phone: WaId): readonly WaId[] {
  return phoneVariants(String(phone)).map(Number);
}

/** Whether a user was named by a phone that WhatsApp may spell in another way. */
export function isSpelledVariously({ ref }: Target): boolean {
  return ref.kind === 'user' && ref.by === 'phone' && hasVariants(ref.waId);
}

function isAlias({ name, user }: UserName): boolean {
  return name !== String(user);
}

function hasVariants(phone: WaId): boolean {
  return hasPhoneVariants(String(phone));
}

function isUserId(text: string): boolean {
  return /^[A-Z]{2}\./.test(text);
}

function byName(rows: readonly UserName[]): ReadonlyMap<string, UserName> {
  return new Map(rows.map((row) => [row.name, row]));
}

function namingOf({ portfolioId }: Scope): Naming {
  return {
    variantsOf,
    placeholderOf(userId) {
      const hash = createHash('sha256').update(`${portfolioId} ${userId}`).digest();
      return firstPlaceholder + Number(hash.readBigUInt64BE() % placeholders);
    },
  };
}
