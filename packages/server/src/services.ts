import type { EventEmitter } from 'node:events';
import type { Attempt, Clock, MovableClock, Store } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { AccessCache } from './auth/access-cache.ts';
import type { KeyRing } from './auth/api-keys.ts';
import type { RateLimiter } from './auth/rate-limiter.ts';
import type { Vault } from './auth/secret-vault.ts';
import type { Sessions } from './auth/sessions.ts';
import type { MessageArchive } from './auto-block/message-archive.ts';
import type { RuleBook } from './auto-block/rule-book.ts';
import type { BulkRunner } from './blocklists/bulk/runner.ts';
import type { Platforms } from './blocklists/platforms.ts';
import type { RuleUndo } from './blocklists/rule-undo.ts';
import type { Config } from './config/config.ts';
import type { MetaClients } from './meta-client/clients.ts';
import type { MetaIngest } from './meta-ingest/ingest.ts';
import type { NumberWatcher } from './numbers/number-watcher.ts';
import type { Metrics } from './observability/metrics.ts';
import type { FaultRegistry } from './sandbox/fault-registry.ts';
import type { UserDirectory } from './users/directory.ts';
import type { UserIdIssuer } from './users/user-ids.ts';
import type { ReceiverClient } from './webhooks/receiver-client.ts';

/** The services of the HTTP side, built once in `create-services.ts`. */
export interface Services {
  readonly config: Config;
  readonly clock: Clock;
  readonly store: Store;
  /** The systems that enforce the blocklists: Blockhouse itself, or Meta. */
  readonly platforms: Platforms;
  readonly bulk: BulkRunner;
  readonly keyRing: KeyRing;
  /** The keys and numbers of recent requests. */
  readonly accessCache: AccessCache;
  /** Notifies listeners of the changes of a number. */
  readonly numberWatcher: NumberWatcher;
  /** The sessions of the panel. */
  readonly sessions: Sessions;
  /** The business-scoped user IDs of the `local` platform. */
  readonly userIds: UserIdIssuer;
  /** The phones, IDs, and usernames of users, at each number. */
  readonly directory: UserDirectory;
  /** Encrypts and decrypts the secrets of numbers. */
  readonly vault: Vault;
  /** The connections of `cloud` numbers to Meta. */
  readonly metaClients: MetaClients;
  /** Processes Meta's webhooks about `cloud` numbers. */
  readonly metaIngest: MetaIngest;
  /** The auto-block rules of the installation. */
  readonly ruleBook: RuleBook;
  /** The messages that are kept to try rules on. */
  readonly messageArchive: MessageArchive;
  /** Ends the blocks of a rule. */
  readonly ruleUndo: RuleUndo;
  readonly rateLimiter: RateLimiter;
  readonly metrics: Metrics;
  readonly log: FastifyBaseLogger;
  /** Sends requests to receivers of webhooks. */
  readonly receivers: ReceiverClient;
  /** Wakes the delivery of a number's webhooks after a change. */
  readonly wakeDelivery: (numberId: string) => void;
  /** Wakes the delivery after the receiver has changed: webhooks that wait for a retry are sent immediately. */
  readonly retryDeliveryNow: (numberId: string) => void;
  /** The last attempt of this process to deliver a number's webhooks; null if there was none. */
  readonly lastDelivery: (numberId: string) => Attempt | null;
  /** The controls of the sandbox; null outside the sandbox. */
  readonly sandbox: Sandbox | null;
}

/** The services that only the sandbox has. */
export interface Sandbox {
  readonly clock: MovableClock;
  readonly faults: FaultRegistry;
  /** Emits the ID of a number after a change of its webhooks. */
  readonly webhookEvents: EventEmitter;
  /**
   * Adopts the clock that another process has set, before each request. Null if no other process shares the
   * store.
   */
  readonly syncClock: (() => Promise<void>) | null;
  /**
   * Wakes all numbers after the clock was moved or the state was replaced. Everything due has ended when it
   * resolves.
   */
  readonly wakeAll: () => Promise<void>;
  /** Restores the state of the first start, but keeps the keys and the numbers at Meta. */
  readonly reset: () => Promise<void>;
}
