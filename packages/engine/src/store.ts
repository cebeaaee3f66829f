import type { BulkRunStore } from './bulk-runs.ts';
import type { Decision } from './change.ts';
import type { Facts, Subjects } from './facts.ts';
import type { KeptMessages } from './kept-messages.ts';
import type {
  ActivityQuery,
  ActivityRow,
  BlockDetails,
  BlockQuery,
  HourOfTraffic,
  RuleHour,
  StandingDetails,
  StandingQuery,
} from './lists.ts';
import type { Outbox } from './outbox.ts';
import type { BlockRows, RowRange } from './page.ts';
import type { WaId } from './phone.ts';
import type { Bucket } from './rate.ts';
import type { AuditContext, KeyRecord, NumberRecord, StandingBlock, UserProfile } from './records.ts';
import type { SessionStore } from './sessions.ts';
import type { DirectoryChange, NamesWanted, UserName } from './user-names.ts';

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
    readonly cause: AuditContext;
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
    readonly ticks: 0 | 1 | 2;
    readonly lastOutboundMs: number | null;
    readonly knownFromMs: number | null;
  }[];
}

/** A change of the numbers. */
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

/** The store does not answer just now. The request may be repeated; it is not known whether it was carried out. */
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
 * - A promise that is rejected has written nothing, except where nobody can know: after {@link StoreUnavailable}, and
 *   after a disk that refused to keep what was committed. The store then takes no change until a restart has read the
 *   disk.
 * - A read shows all changes that are fulfilled, and may show one whose promise is still pending. That one is not
 *   durable yet: a machine that dies at this moment forgets it. A fulfilled change keeps all that its decision could
 *   see, so what survives is what was there at one moment.
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
  purgeActivity(numberId: string, beforeMs: number): Promise<number>;
  /** Blocks with all that is known of them, sorted, from behind a place on. */
  blocks(numberId: string, query: BlockQuery): Promise<BlockDetails[]>;
  /** Standing blocks, in the order of their users, from behind one on. */
  standingBlocks(numberId: string, query: StandingQuery): Promise<StandingDetails[]>;
  /** Messages admitted and dropped in each hour from one to another, hours without any left out. */
  traffic(numberId: string, fromMs: number, toMs: number): Promise<HourOfTraffic[]>;
  /** Matches of auto-block rules in each hour from one to another. */
  ruleCounts(numberId: string, fromMs: number, toMs: number): Promise<RuleHour[]>;
  /** How many standing blocks wait. */
  standingCount(numberId: string): Promise<number>;
  /** Users whose block or standing block has expired by then. */
  expired(numberId: string, nowMs: number, count: number): Promise<WaId[]>;
  /** When the next block or standing block is over; null: none ends by itself. */
  nextExpiryMs(numberId: string): Promise<number | null>;

  /** All numbers, oldest first. */
  numbers(): Promise<readonly NumberRecord[]>;
  number(numberId: string): Promise<NumberRecord | null>;
  /**
   * Shows `decide` all numbers and does what it says. It puts the record of a new or a known number, whose blocklist
   * and windows stay, or it removes a number with everything that belongs to it.
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
  bucket<Answer>(numberId: string, keyId: string, take: (bucket: Bucket) => Answer): Answer | Promise<Answer>;

  /** The profile of a user in the directory; null: none. */
  user(waId: WaId): Promise<UserProfile | null>;
  /** Replaces what the directory says of a user by what `decide` makes of it. */
  changeUser(waId: WaId, decide: (before: UserProfile | null) => UserProfile): Promise<void>;

  /** Rows of a directory of users: of the users that these names lead to, and of these users, all of them. */
  userNames(directory: string, wanted: NamesWanted): Promise<readonly UserName[]>;
  /**
   * Shows `decide` the rows of the users that these names lead to. In the same transaction, it writes the names that
   * `decide` returns, and moves the rows of users on the numbers of the directory, joined by {@link joinRows}.
   * Answers what was decided.
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

  /** The callback data of a message that was sent; null: it had none, or it is forgotten. */
  callbackData(numberId: string, messageId: string): Promise<string | null>;

  /** When Meta last sent a webhook about a number; null: never. */
  lastWebhookMs(numberId: string): Promise<number | null>;
  putLastWebhook(numberId: string, atMs: number): Promise<void>;

  /**
   * The state of the numbers whose blocklist this store enforces, and of the directory; keys, activity and webhooks
   * are no part of it.
   */
  exportState(): Promise<StoreState>;
  /**
   * Replaces everything that {@link exportState} contains, in one transaction; activity, traffic, rates and webhooks
   * are removed with their numbers. Numbers that live elsewhere stay with everything that belongs to them, and
   * `decide` is shown them. Sessions stay. Bulk runs are removed, since they belong to the state before.
   */
  importState(decide: (staying: readonly NumberRecord[]) => StoreState): Promise<void>;

  /** Webhooks on their way. */
  readonly outbox: Outbox;
  readonly sessions: SessionStore;
  readonly bulkRuns: BulkRunStore;
  readonly keptMessages: KeptMessages;

  /** Whether other processes may work on the store as well: then a read may be outdated immediately. */
  readonly shared: boolean;
  /**
   * Moves whenever a key or a number changes; null: another process may change them, so that nothing of them may be
   * cached.
   */
  readonly accessVersion: number | null;
  /** Calls `listener` whenever what another process had taken on has become free, because it is gone. */
  onTakeover(listener: () => void): void;

  /**
   * Why the store does not keep changes just now, or does not answer, in one sentence for an operator; null: it does.
   * It is cheap however often it is asked.
   */
  problem(): Promise<string | null>;

  close(): Promise<void>;
}
