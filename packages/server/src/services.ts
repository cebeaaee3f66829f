import type { EventEmitter } from 'node:events';
import type { Attempt, Clock, MovableClock, Store } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { AccessCache } from './auth/access-cache.ts';
import type { KeyRing } from './auth/api-keys.ts';
import type { RateLimiter } from './auth/rate-limiter.ts';
import type { Sessions } from './auth/sessions.ts';
import type { BulkRunner } from './blocklists/bulk/runner.ts';
import type { Platforms } from './blocklists/platforms.ts';
import type { Config } from './config/config.ts';
import type { MetaClients } from './meta-client/clients.ts';
import type { MetaIngest } from './meta-ingest/ingest.ts';
import type { NumberWatcher } from './numbers/number-watcher.ts';
import type { Vault } from './numbers/secret-vault.ts';
import type { Metrics } from './observability/metrics.ts';
import type { FaultRegistry } from './sandbox/fault-registry.ts';
import type { UserDirectory } from './users/directory.ts';
import type { UserIdIssuer } from './users/user-ids.ts';
import type { ReceiverClient } from './webhooks/receiver-client.ts';

/** What the HTTP side works with; built once, in `server.ts`. */
export interface Services {
  readonly config: Config;
  readonly clock: Clock;
  readonly store: Store;
  /** What enforces the blocklists: Blockhouse itself, or Meta. */
  readonly platforms: Platforms;
  readonly bulk: BulkRunner;
  readonly keyRing: KeyRing;
  /** Keys and numbers that requests were lately admitted with. */
  readonly accessCache: AccessCache;
  /** Tells who watches a number that it has changed. */
  readonly numberWatcher: NumberWatcher;
  /** Who has signed in to the panel. */
  readonly sessions: Sessions;
  /** The IDs that the `local` platform issues. */
  readonly userIds: UserIdIssuer;
  /** What users are called at each number, wherever it lives. */
  readonly directory: UserDirectory;
  /** Opens and seals the secrets of numbers. */
  readonly vault: Vault;
  /** The ways to the platforms of `cloud` numbers. */
  readonly metaClients: MetaClients;
  /** Takes in what Meta tells of `cloud` numbers. */
  readonly metaIngest: MetaIngest;
  readonly rateLimiter: RateLimiter;
  readonly metrics: Metrics;
  readonly log: FastifyBaseLogger;
  /** Asks receivers of webhooks. */
  readonly receivers: ReceiverClient;
  /** Has a number's webhooks looked after, when something about them may have changed. */
  readonly wakeDelivery: (numberId: string) => void;
  /** The same when a number has another receiver: what waits for a later attempt is tried at once. */
  readonly retryDeliveryNow: (numberId: string) => void;
  /** The last attempt of this process to deliver a number's webhooks; null: there was none. */
  readonly lastDelivery: (numberId: string) => Attempt | null;
  /** The sandbox's own controls; null when it is off. */
  readonly sandbox: Sandbox | null;
}

/** What the sandbox adds. */
export interface Sandbox {
  readonly clock: MovableClock;
  readonly faults: FaultRegistry;
  /** Told after something about a number's webhooks has changed; the event is the number's ID. */
  readonly webhookEvents: EventEmitter;
  /** Goes by what another process has made of the clock; null: there is none. Called before every request. */
  readonly follow: (() => Promise<void>) | null;
  /** Looks after all numbers: the clock was moved, or all was replaced. What is over has ended when it is done. */
  readonly wakeAll: () => Promise<void>;
  /** As at the first start, keys kept. */
  readonly reset: () => Promise<void>;
}
