import type {
  ActivityQuery,
  ActivityRow,
  BlockDetails,
  BlockQuery,
  HourOfTraffic,
  StandingDetails,
  StandingQuery,
} from './lists.ts';
import type { Outbox } from './outbox.ts';
import type { BlockRows, RowRange } from './page.ts';
import type { WaId } from './phone.ts';
import type { Bucket } from './rate.ts';
import type { DirectoryChange, NamesWanted, UserName } from './user-names.ts';

/** A business phone number. */
export interface NumberRecord {
  /** `phone_number_id`: digits. */
  readonly id: string;
  /** The number itself, as a WhatsApp account. */
  readonly waId: WaId;
  readonly displayPhoneNumber: string;
  readonly verifiedName: string;
  readonly wabaId: string;
  /** Whose business-scoped user IDs this number sees. */
  readonly portfolioId: string;
  readonly createdAtMs: number;
  /** Where the number's webhooks go; null: nowhere, and none are kept. */
  readonly webhook: WebhookTarget | null;
  /** Who enforces the blocklist: somebody else, who is asked there; null: this store (the `local` platform). */
  readonly upstream: UpstreamTarget | null;
}

/** The receiver of a number's webhooks. Secrets are kept as the server's vault has sealed them. */
export interface WebhookTarget {
  readonly url: string;
  /** Signs every delivery (`X-Hub-Signature-256`). */
  readonly appSecret: string;
  /** Proves to the receiver, at the handshake, who asks. */
  readonly verifyToken: string;
}

/** Where a `cloud` number lives: Meta's Graph API, or what speaks like it. Secrets are kept sealed. */
export interface UpstreamTarget {
  readonly baseUrl: string;
  /** The Graph API version that our own calls name; null: none. */
  readonly version: string | null;
  /** The access token that opens the number there. */
  readonly token: string;
  /** The secret of the app that signs what Meta tells us; null: its webhooks are refused. */
  readonly appSecret: string | null;
  /** Whether calls carry a proof of the app secret, as apps can demand; they do when left out. */
  readonly sendsProof?: boolean;
  /** What Meta must know at the handshake; null: there is none for this number. */
  readonly verifyToken: string | null;
}

/** What a WhatsApp account is: a person's, a business's, or none at all. */
export type UserKind = 'consumer' | 'business' | 'none';

/** What the platform's directory says of a user; who is not in it is a consumer with a visible phone. */
export interface UserProfile {
  readonly kind: UserKind;
  readonly name: string | null;
  readonly username: string | null;
  readonly phoneHidden: boolean;
}

/** What is known of one user at one number, when a decision about them is taken. */
export interface UserFacts {
  /** What the directory says, or null when the user is not in it. */
  readonly profile: UserProfile | null;
  /** The account is itself one of the numbers of this platform. */
  readonly isNumber: boolean;
  readonly blocked: boolean;
  /** What else is known of the block; null: there is none. */
  readonly block: BlockFacts | null;
  /** The standing block that waits for the user, if any. */
  readonly standing: StandingBlock | null;
  /** The name that came with the user's last message that had one. */
  readonly name: string | null;
  /** Messages of the user that were dropped, ever. */
  readonly dropped: number;
  /** When the user's last admitted message came in; null: never. */
  readonly lastInboundMs: number | null;
  /** What the user sees under their latest message: 1 sent, 2 delivered; 0: they never wrote. */
  readonly ticks: 0 | 1 | 2;
}

/**
 * Through what a change came: the API itself, the panel, the command line, an import, a standing block, the end of a time, or
 * something else that has a hand in a `cloud` number's list.
 */
export type Source = 'api' | 'panel' | 'cli' | 'import' | 'standing' | 'until' | 'elsewhere';

/** Who caused a change, and through what. */
export interface Actor {
  /** The key that asked. */
  readonly keyId: string;
  /** The person behind the key, where it says so. */
  readonly person: string | null;
  readonly source: Source;
}

/** Who caused a change, through what, and why. */
export interface Cause extends Actor {
  readonly note: string | null;
}

/**
 * Why a user is blocked, and until when, as a request states it. An absent field keeps what is there, null clears it: no note,
 * no end. A block that begins with the request has neither unless the request states it.
 */
export interface Said {
  readonly note?: string | null;
  /** When the block ends by itself; milliseconds since 1970. */
  readonly untilMs?: number | null;
}

/** A block, as far as decisions look at it. */
export interface BlockFacts {
  readonly keyId: string;
  readonly source: Source;
  readonly sinceMs: number;
  /** When it ends by itself; null: never. */
  readonly untilMs: number | null;
}

/** An order to block a user at their next message. */
export interface StandingBlock {
  readonly cause: Cause;
  readonly placedAtMs: number;
  /** When the order, or the block that came of it, ends by itself; null: never. */
  readonly untilMs: number | null;
}

/** What a decision is taken on: one number's blocklist and the users it concerns, read in one transaction. */
export interface Facts {
  readonly number: NumberRecord;
  readonly blocklist: { readonly version: number; readonly size: number };
  /** Every user that was asked for has an entry. */
  readonly users: ReadonlyMap<WaId, UserFacts>;
  /** Of the message IDs that were asked for, those that a webhook was made for, and when. */
  readonly seenAtMs: ReadonlyMap<string, number>;
}

/** What a change is about: whom the facts shall tell of. */
export interface Subjects {
  readonly users: readonly WaId[];
  readonly messageIds?: readonly string[];
}

/** What a decision wants written, all of it or nothing. */
export interface Change {
  readonly atMs: number;
  /** The list's new version and size with what is appended and taken out; null: the list stays as it is. */
  readonly blocklist: BlocklistChange | null;
  /** Blocks that stay, with another note or another end. */
  readonly amended: readonly Amendment[];
  /** Standing blocks that are placed, or placed anew. */
  readonly standing: readonly (StandingBlock & { readonly waId: WaId })[];
  /** Users whose standing blocks end: met, withdrawn or over. */
  readonly stood: readonly WaId[];
  /** Users whose windows open, at `atMs` unless said otherwise, how many of their messages were admitted, and the name that came along. */
  readonly admitted: ReadonlyMap<WaId, Admission>;
  /** Users with dropped messages, and how many. */
  readonly dropped: ReadonlyMap<WaId, number>;
  readonly activity: readonly ActivityEntry[];
  /** Webhooks to be delivered, in this order for each user. */
  readonly notices: readonly Notice[];
}

/** A user's messages that came in. A standing block opens the window and admits none. */
export interface Admission {
  readonly count: number;
  readonly name: string | null;
  /** When the window has opened, where that was before the change; milliseconds since 1970. */
  readonly openedAtMs?: number;
}

/** Another note, or another end, of a block; an absent field stays as it is. */
export interface Amendment extends Said {
  readonly waId: WaId;
}

/** A webhook that is to be delivered. */
export interface Notice {
  readonly waId: WaId;
  /** The message it is about, when the same message must not be told twice. */
  readonly messageId: string | null;
  /** The body, byte for byte: ASCII. */
  readonly body: string;
}

/** A move of a blocklist from one version to the next. */
export interface BlocklistChange {
  readonly version: number;
  readonly size: number;
  /** Taken out, before anybody is appended. */
  readonly removed: readonly WaId[];
  /** Appended at the end, in this order. */
  readonly added: readonly NewBlock[];
}

/** A block as it is written. */
export interface NewBlock {
  readonly waId: WaId;
  readonly cause: Cause;
  readonly untilMs: number | null;
  /** Messages that had been dropped before it: what is dropped since is the difference. */
  readonly droppedBefore: number;
}

/** One attempt to change a blocklist, refused or not. */
export interface ActivityEntry extends Cause {
  readonly atMs: number;
  readonly operation: Operation;
  /** Null when what was written names nobody. */
  readonly waId: WaId | null;
  /** The user as the caller wrote it, cut to 64 characters. */
  readonly input: string;
  /** `done`, `unchanged` (it was so already), `standing` (an order waits), `expired` (its time was over), or the reason of the refusal. */
  readonly outcome: string;
}

/** What can be done to a user on a number. */
export type Operation = 'block' | 'unblock' | 'standing_block' | 'withdraw';

/** A decision: the answer for the caller, and what is to be written; null: nothing. */
export interface Decision<Answer> {
  readonly answer: Answer;
  readonly change: Change | null;
}

/** What a key may do: all; block, unblock and list; Meta's dialect and inbound. */
export type Role = 'admin' | 'agent' | 'app';

/** An access token as it is stored: never the token itself. */
export interface KeyRecord {
  readonly id: string;
  /** SHA-256 of the token, hexadecimal. */
  readonly hash: string;
  readonly name: string;
  readonly role: Role;
  /** The numbers it opens, or `*` for all. */
  readonly numbers: readonly string[] | '*';
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
}

/** The numbers and users that this store itself is the platform of, whole, as the sandbox saves and restores them. */
export interface StoreState {
  /** The directory of the `local` platform. */
  readonly names: readonly UserName[];
  readonly users: readonly { readonly waId: WaId; readonly profile: UserProfile }[];
  readonly numbers: readonly NumberState[];
}

/** A number with its blocklist and windows. */
export interface NumberState {
  readonly record: NumberRecord;
  readonly listVersion: number;
  /** In the order of the list. Positions grow. */
  readonly blocks: readonly {
    readonly waId: WaId;
    readonly position: number;
    readonly blockedAtMs: number;
    readonly cause: Cause;
    readonly untilMs: number | null;
    readonly droppedBefore: number;
  }[];
  readonly standing: readonly (StandingBlock & { readonly waId: WaId })[];
  readonly windows: readonly {
    readonly waId: WaId;
    readonly name: string | null;
    readonly lastInboundMs: number | null;
    readonly dropped: number;
    readonly lastDroppedMs: number | null;
    readonly ticks: 1 | 2;
  }[];
}

/** A record as it is kept: read again until its time is over, in milliseconds since 1970. */
export interface KeptRecord {
  readonly name: string;
  readonly value: string;
  readonly untilMs: number;
}

/** What is made of records that were read: an answer for the caller, and what is kept. Records that are not put stay. */
export interface RecordsDecision<Answer> {
  readonly answer: Answer;
  readonly put: readonly KeptRecord[];
}

/** What is to happen to the numbers. */
export type NumbersChange = { readonly put: NumberRecord } | { readonly remove: string };

/** The number is not, or no longer, in the store. */
export class NumberUnknown extends Error {
  override readonly name = 'NumberUnknown';
  readonly numberId: string;

  constructor(numberId: string) {
    super(`number ${numberId} is not in the store`);
    this.numberId = numberId;
  }
}

/** The store cannot be opened; the message says what to do. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
}

/** The store does not answer just now. What was asked for may be asked for again; whether it was done is not known. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * Where everything durable is kept. Engines differ in how, never in what:
 *
 * - A blocklist is ordered by the time of the block, oldest first. Its version moves with every change of its rows
 *   and with nothing else.
 * - A change is facts → decision → write in one transaction on one number. `decide` is pure and may be called again
 *   when the engine has to repeat the transaction.
 * - A promise that is fulfilled is durable: it survives the death of the process and of the machine.
 * - A promise that is rejected has written nothing, except where nobody can know: after {@link StoreUnavailable}, and after
 *   a disk that refused to keep what was committed. The store then takes no change until a restart has read the disk.
 * - A read shows all changes that are fulfilled, and may show one whose promise is still pending. That one is not durable
 *   yet: a machine that dies at this moment forgets it. A fulfilled change keeps all that its decision could see, so what
 *   survives is what was there at one moment.
 * - Methods that name a number reject with {@link NumberUnknown} when it is not there.
 */
export interface Store {
  /** Reads what a decision about these users needs, and takes none. */
  facts(numberId: string, users: readonly WaId[]): Promise<Facts>;
  /** Reads the facts, calls `decide`, writes what it says. */
  change<Answer>(
    numberId: string,
    subjects: Subjects,
    decide: (facts: Facts) => Decision<Answer>,
  ): Promise<Answer>;
  /** Reads rows of the blocklist, with its version and size at that moment. */
  rows(numberId: string, range: RowRange): Promise<BlockRows>;
  /** The number's activity, newest first, from before a place on. */
  activity(numberId: string, query: ActivityQuery): Promise<ActivityRow[]>;
  /**
   * Forgets some of the activity that is older, at most {@link forgottenAtOnce} entries, the oldest first; answers how
   * many. Zero: none is left.
   */
  forgetActivity(numberId: string, beforeMs: number): Promise<number>;
  /** Blocks with all that is known of them, sorted, from behind a place on. */
  blocks(numberId: string, query: BlockQuery): Promise<BlockDetails[]>;
  /** Standing blocks, in the order of their users, from behind one on. */
  standingBlocks(numberId: string, query: StandingQuery): Promise<StandingDetails[]>;
  /** Messages admitted and dropped in each hour from one to another, hours without any left out. */
  traffic(numberId: string, fromMs: number, toMs: number): Promise<HourOfTraffic[]>;
  /** How many standing blocks wait. */
  standingCount(numberId: string): Promise<number>;
  /** Users of whom a block or a standing block is over by then. */
  overdue(numberId: string, nowMs: number, count: number): Promise<WaId[]>;
  /** When the next block or standing block is over; null: none ends by itself. */
  nextOverMs(numberId: string): Promise<number | null>;

  /** All numbers, oldest first. */
  numbers(): Promise<readonly NumberRecord[]>;
  number(numberId: string): Promise<NumberRecord | null>;
  /**
   * Shows `decide` all numbers and does what it says: puts a record (a new number, or what is said of a known one, whose
   * blocklist and windows stay), or removes a number with everything that belongs to it.
   */
  changeNumbers(decide: (numbers: readonly NumberRecord[]) => NumbersChange): Promise<void>;

  /** All keys, oldest first. */
  keys(): Promise<readonly KeyRecord[]>;
  keyByHash(hash: string): Promise<KeyRecord | null>;
  addKey(record: KeyRecord): Promise<void>;
  /** Answers whether it was there. */
  removeKey(keyId: string): Promise<boolean>;

  /**
   * Hands the rate bucket of a key and a number to `take`, which changes it; an empty one at first. All processes share
   * it. It need not survive a restart.
   */
  bucket<Answer>(numberId: string, keyId: string, take: (bucket: Bucket) => Answer): Promise<Answer>;

  /** What the directory says of a user; null: nothing. */
  user(waId: WaId): Promise<UserProfile | null>;
  /** Replaces what the directory says of a user by what `decide` makes of it. */
  changeUser(waId: WaId, decide: (before: UserProfile | null) => UserProfile): Promise<void>;

  /** Rows of a directory of users: of the users that these names lead to, and of these users, all of them. */
  userNames(directory: string, wanted: NamesWanted): Promise<readonly UserName[]>;
  /**
   * Shows `decide` the rows of the users that these names lead to, writes the names that it says, and moves what the numbers
   * of the directory keep of users, joined by {@link joinRows}: all of it in one transaction. Answers what was decided.
   */
  changeUserNames(
    directory: string,
    names: readonly string[],
    decide: (known: readonly UserName[]) => DirectoryChange,
  ): Promise<DirectoryChange>;

  /** A named value that belongs to the whole installation. */
  setting(name: string): Promise<string | null>;
  /** Replaces a setting by what `decide` makes of it, and answers that. */
  changeSetting(name: string, decide: (before: string | null) => string): Promise<string>;

  /** A record that is kept for a while; null: there is none, or its time is over. */
  record(name: string, nowMs: number): Promise<string | null>;
  /** Keeps a record until then, in the place of one that was there. Some that are over are forgotten. */
  putRecord(name: string, value: string, times: { nowMs: number; untilMs: number }): Promise<void>;
  /**
   * Reads records and keeps what `decide` makes of them, in one transaction: all of it or nothing. Calls that share one of
   * `names` come one after the other, in every process; a plain {@link putRecord} does not wait for them. Records whose time
   * is over are absent from what `decide` sees, and one that is put until now is forgotten. What is put need not be among
   * `names`. `decide` is pure and may be called again.
   */
  changeRecords<Answer>(
    names: readonly string[],
    nowMs: number,
    decide: (records: ReadonlyMap<string, string>) => RecordsDecision<Answer>,
  ): Promise<Answer>;

  /**
   * The state of the numbers whose blocklist this store enforces, and of the directory; keys, activity and webhooks are no
   * part of it.
   */
  exportState(): Promise<StoreState>;
  /**
   * Replaces all that {@link exportState} speaks of, in one transaction; activity, traffic, rates and webhooks go with the
   * numbers they belonged to. Numbers that live elsewhere stay with everything that belongs to them, and `decide` is shown
   * them. Records stay, except those whose names begin with one of `forget`.
   */
  importState(
    decide: (staying: readonly NumberRecord[]) => StoreState,
    options?: { readonly forget?: readonly string[] },
  ): Promise<void>;

  /** Webhooks on their way. */
  readonly outbox: Outbox;

  /** Whether other processes may work on the store as well: then what was read may be old at once. */
  readonly shared: boolean;
  /** Calls `listener` whenever what another process had taken on has become free, because it is gone. */
  onTakeover(listener: () => void): void;

  /**
   * Why the store does not keep changes just now, or does not answer, in one sentence for an operator; null: it does. It is cheap
   * however often it is asked.
   */
  problem(): Promise<string | null>;

  close(): Promise<void>;
}
