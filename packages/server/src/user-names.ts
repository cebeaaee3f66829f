import { createHash } from 'node:crypto';
import {
  type Clock,
  forEverMs,
  type NumberRecord,
  readPhone,
  type Store,
  type UserIds,
  type WaId,
} from '@blockhouse/engine';
import type { UserIdIssuer } from './user-ids.ts';

/** Phones have at most 15 digits; what is above stands for users of whom only an ID is known. */
const firstStandIn = 1_000_000_000_000_000;
const standIns = 8_000_000_000_000_000n;

/** Pairs that this process remembers to have kept. */
const rememberedMax = 20_000;

/** Texts that are read, and users that are named, at one number. */
export interface NamesWanted {
  readonly texts?: readonly string[];
  readonly waIds?: readonly WaId[];
}

/** A user's ID, with their phone where it is known. */
export interface NamePair {
  readonly phone: WaId | null;
  readonly userId: string;
}

/** What is kept of a user by their ID. */
interface Known {
  /** Under which everything about them is kept, for good: their phone, or what stands for it if the ID came first. */
  readonly waId: WaId;
  readonly phone: WaId | null;
}

/** Whether a `wa_id` of ours only stands for a user whose phone is not known. */
export function isStandIn(waId: WaId): boolean {
  return waId >= firstStandIn;
}

/** A `wa_id` as it may be shown; null when the phone is hidden, or not known. */
export function shownWaId(waId: WaId, phoneHidden = false): string | null {
  return phoneHidden || isStandIn(waId) ? null : String(waId);
}

/**
 * What users are called at each number. On the `local` platform their IDs are computed. At Meta they are Meta's: they are kept
 * as its webhooks tell them, and of whom nothing but an ID is known, a number above all phones takes the phone's place here, and
 * keeps it when the phone is told later: a user is one user, by whatever name they come.
 */
export class UserNames {
  readonly #issuer: UserIdIssuer;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #remembered = new Set<string>();

  constructor(options: { issuer: UserIdIssuer; store: Store; clock: Clock }) {
    this.#issuer = options.issuer;
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** What it takes to read these texts and to name these users at a number. */
  async at(number: NumberRecord, { texts = [], waIds = [] }: NamesWanted): Promise<UserIds> {
    const { portfolioId } = number;
    if (number.upstream === null) return this.#issuer.of(portfolioId);
    const isId = (text: string) => /^[A-Z]{2}\./.test(text);
    const phones = texts.flatMap((text) => (isId(text) ? [] : (readPhone(text) ?? [])));
    const [byId, byPhone, userIdOf] = await Promise.all([
      mapOf(texts.filter(isId), async (userId) => (await this.#known(portfolioId, userId))?.waId ?? null),
      mapOf(phones, async (phone) => {
        const userId = await this.#read(portfolioId, String(phone));
        return userId === null ? null : ((await this.#known(portfolioId, userId))?.waId ?? null);
      }),
      mapOf(waIds, (waId) => this.#read(portfolioId, String(waId))),
    ]);
    return {
      find: (userId) => byId.get(userId) ?? standInFor(portfolioId, userId),
      same: (phone) => byPhone.get(phone) ?? phone,
      issue: (users) => users.map((waId) => userIdOf.get(waId) ?? null),
    };
  }

  /** The phones of users for whom a number stands; null: not known. */
  async phonesOf(
    { portfolioId }: NumberRecord,
    users: readonly WaId[],
  ): Promise<ReadonlyMap<WaId, WaId | null>> {
    return await mapOf(users, async (waId) => {
      if (!isStandIn(waId)) return waId;
      const userId = await this.#read(portfolioId, String(waId));
      return userId === null ? null : ((await this.#known(portfolioId, userId))?.phone ?? null);
    });
  }

  /** Keeps what Meta has told, or a caller has named. */
  async learn({ portfolioId }: NumberRecord, pairs: readonly NamePair[]): Promise<void> {
    await Promise.all(pairs.map((pair) => this.#learnPair(portfolioId, pair)));
  }

  async #learnPair(portfolioId: string, { phone, userId }: NamePair): Promise<void> {
    const pair = `${portfolioId} ${phone} ${userId}`;
    if (this.#remembered.has(pair)) return;
    const before = await this.#known(portfolioId, userId);
    const known = {
      waId: before?.waId ?? phone ?? standInFor(portfolioId, userId),
      phone: phone ?? before?.phone ?? null,
    };
    await this.#keep(portfolioId, userId, JSON.stringify(known));
    await this.#keep(portfolioId, String(known.waId), userId);
    if (phone !== null) await this.#keep(portfolioId, String(phone), userId);
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    this.#remembered.add(pair);
  }

  async #known(portfolioId: string, userId: string): Promise<Known | null> {
    const text = await this.#read(portfolioId, userId);
    return text === null ? null : (JSON.parse(text) as Known);
  }

  async #read(portfolioId: string, name: string): Promise<string | null> {
    return await this.#store.record(nameOf(portfolioId, name), this.#clock());
  }

  async #keep(portfolioId: string, name: string, value: string): Promise<void> {
    await this.#store.putRecord(nameOf(portfolioId, name), value, {
      nowMs: this.#clock(),
      untilMs: forEverMs,
    });
  }
}

async function mapOf<Key, Value>(
  keys: readonly Key[],
  read: (key: Key) => Promise<Value>,
): Promise<ReadonlyMap<Key, Value>> {
  return new Map(await Promise.all([...new Set(keys)].map(async (key) => [key, await read(key)] as const)));
}

function nameOf(portfolioId: string, name: string): string {
  return `user ${portfolioId} ${name}`;
}

function standInFor(portfolioId: string, userId: string): WaId {
  const hash = createHash('sha256').update(`${portfolioId} ${userId}`).digest();
  return firstStandIn + Number(hash.readBigUInt64BE() % standIns);
}
