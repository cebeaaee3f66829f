import type { Clock, MovableClock, Store } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { LocalPlatform } from './blocklists/local.ts';
import type { Config } from './config.ts';
import type { KeyRing } from './keys.ts';
import type { Metrics } from './metrics.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { UserIdIssuer } from './user-ids.ts';

/** What the HTTP side works with; built once, in `server.ts`. */
export interface Services {
  readonly config: Config;
  readonly clock: Clock;
  readonly store: Store;
  readonly platform: LocalPlatform;
  readonly keyRing: KeyRing;
  readonly userIds: UserIdIssuer;
  readonly rateLimiter: RateLimiter;
  readonly metrics: Metrics;
  readonly log: FastifyBaseLogger;
  /** The sandbox's own controls; null when it is off. */
  readonly sandbox: { readonly clock: MovableClock } | null;
}
