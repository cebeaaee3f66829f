import { EventEmitter } from 'node:events';
import { type Clock, directoryOf, type MovableClock, noRules, type Store } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import { AccessCache } from './auth/access-cache.ts';
import { KeyRing } from './auth/api-keys.ts';
import { RateLimiter } from './auth/rate-limiter.ts';
import type { Vault } from './auth/secret-vault.ts';
import { Sessions } from './auth/sessions.ts';
import { AutoBlock } from './auto-block/auto-block.ts';
import { MessageArchive } from './auto-block/message-archive.ts';
import { RuleBook } from './auto-block/rule-book.ts';
import { BackgroundWork } from './background-work.ts';
import { BulkRunner } from './blocklists/bulk/runner.ts';
import { CloudPlatform } from './blocklists/cloud/cloud.ts';
import { StandingPlacements } from './blocklists/cloud/standing-placements.ts';
import { ExpiryScheduler } from './blocklists/expiry-scheduler.ts';
import { LocalPlatform } from './blocklists/local.ts';
import { Platforms } from './blocklists/platforms.ts';
import { RuleSpread } from './blocklists/rule-spread.ts';
import { RuleUndo } from './blocklists/rule-undo.ts';
import type { Config } from './config/config.ts';
import { MetaClients } from './meta-client/clients.ts';
import { MetaIngest } from './meta-ingest/ingest.ts';
import { NumberWatcher } from './numbers/number-watcher.ts';
import { createMetrics, type Metrics } from './observability/metrics.ts';
import { followSandboxClock, moveSandboxClock } from './sandbox/clock.ts';
import { resetState } from './sandbox/demo.ts';
import type { FaultRegistry } from './sandbox/fault-registry.ts';
import type { Sandbox, Services } from './services.ts';
import { UserDirectory } from './users/directory.ts';
import { UserIdIssuer } from './users/user-ids.ts';
import { WebhookDelivery } from './webhooks/delivery.ts';
import { ReceiverClient } from './webhooks/receiver-client.ts';
import { createWebhookRenderer } from './webhooks/render.ts';

/** The parts that all others are built on. */
export interface Foundation {
  readonly config: Config;
  readonly store: Store;
  readonly log: FastifyBaseLogger;
  readonly clock: Clock;
  /** The secret of the installation. */
  readonly secret: Buffer;
  readonly vault: Vault;
  /** Null outside the sandbox. */
  readonly sandbox: { readonly clock: MovableClock; readonly faults: FaultRegistry } | null;
}

/** Builds everything between the store and the HTTP side. */
export function createServices(foundation: Foundation): { services: Services; background: BackgroundWork } {
  const { config, store, clock, log, secret, vault, sandbox } = foundation;
  const metrics = createMetrics();
  const userIds = new UserIdIssuer(secret);
  const webhooks = createWebhooks(foundation, metrics);
  const ruleBook = new RuleBook(store);
  const autoBlock = new AutoBlock({
    book: ruleBook,
    store,
    onMatch(match) {
      metrics.ruleMatches.inc({ rule: match.ruleId, effect: match.effect });
      ruleSpread.add(match);
    },
  });
  const archive = new MessageArchive({ store, vault, clock, retentionMs: config.keepMessagesMs, log });
  const blocklists = createBlocklists(foundation, {
    metrics,
    userIds,
    autoBlock,
    archive,
    wakeDelivery: webhooks.wake,
  });
  const { platforms, directory, metaClients, placements, expiries } = blocklists;
  const ruleSpread = new RuleSpread({ store, platforms, clock, log });
  const background = new BackgroundWork({
    expiries,
    placements,
    ruleSpread,
    ruleBook,
    archive,
    delivery: webhooks.delivery,
    log,
  });
  const keyRing = new KeyRing({
    store,
    clock,
    mode: config.sandbox ? 'test' : 'live',
    adminToken: config.adminKey,
  });
  const services: Services = {
    config,
    clock,
    store,
    vault,
    log,
    metrics,
    userIds,
    directory,
    platforms,
    metaClients,
    ruleBook,
    messageArchive: archive,
    ruleUndo: new RuleUndo({ store, platforms }),
    metaIngest: new MetaIngest({
      store,
      clock,
      metaClients,
      directory,
      placements,
      autoBlock,
      archive,
      wakeDelivery: webhooks.wake,
    }),
    bulk: new BulkRunner({ platforms, store, clock, names: directory, faults: sandbox?.faults ?? null, log }),
    numberWatcher: new NumberWatcher({ store, cloud: platforms.cloud, clock }),
    keyRing,
    accessCache: new AccessCache(store, clock),
    sessions: new Sessions({ store, keyRing, secret }),
    rateLimiter: new RateLimiter(config.rateLimit, { store, clock }),
    receivers: webhooks.receivers,
    wakeDelivery: webhooks.wake,
    retryDeliveryNow: (numberId) => webhooks.delivery.retryNow(numberId),
    lastDelivery: (numberId) => webhooks.delivery.lastAttempt(numberId),
    sandbox: createSandbox(foundation, { background, ruleBook, webhookEvents: webhooks.events }),
  };
  return { services, background };
}

function createWebhooks({ config, store, clock, vault, log, sandbox }: Foundation, metrics: Metrics) {
  const receivers = new ReceiverClient({ policy: config.webhookTargets, timeoutMs: config.webhookTimeoutMs });
  const events = new EventEmitter().setMaxListeners(0);
  const delivery = new WebhookDelivery({
    store,
    clock,
    vault,
    client: receivers,
    log,
    faults: sandbox?.faults ?? null,
    onChange: (numberId) => events.emit(numberId),
    onAttempt: (outcome) => metrics.webhookAttempts.inc({ outcome }),
  });
  const wake = (numberId: string): void => {
    delivery.wake(numberId);
    events.emit(numberId);
  };
  return { receivers, events, delivery, wake };
}

/** Both platforms, with the directory, the connections to Meta, and the workers that they wake. */
function createBlocklists(
  { config, store, clock, vault, log }: Foundation,
  {
    metrics,
    userIds,
    autoBlock,
    archive,
    wakeDelivery,
  }: {
    metrics: Metrics;
    userIds: UserIdIssuer;
    autoBlock: AutoBlock;
    archive: MessageArchive;
    wakeDelivery: (numberId: string) => void;
  },
) {
  const directory = new UserDirectory({
    issuer: userIds,
    store,
    sandbox: config.sandbox,
    onMove: async (moved) => {
      for (const number of await store.numbers()) {
        if (directoryOf(number) !== moved || number.upstream === null) continue;
        cloud.forget(number.id);
        placements.wake(number.id);
      }
    },
  });
  const metaClients = new MetaClients({
    vault,
    policy: config.webhookTargets,
    rate: config.upstreamRate,
    clock,
    log,
    onAnswer: ({ about, status }) => metrics.metaAnswers.inc({ about, status }),
    timeoutMs: config.upstreamTimeoutMs,
    deadlineMs: config.upstreamDeadlineMs,
  });
  const wakeExpiry = (numberId: string): void => expiries.wake(numberId);
  const local = new LocalPlatform({
    store,
    clock,
    names: directory,
    sandbox: config.sandbox,
    notifying: { ...createWebhookRenderer(userIds), wake: wakeDelivery, ends: wakeExpiry },
    autoBlock,
    archive,
  });
  const cloud = new CloudPlatform({
    store,
    clock,
    metaClients,
    names: directory,
    deadlineMs: config.upstreamDeadlineMs,
    onEnd: wakeExpiry,
  });
  const platforms = new Platforms(local, cloud);
  const placements = new StandingPlacements({ platform: cloud, store, clock, log });
  const expiries = new ExpiryScheduler({
    platforms,
    store,
    clock,
    log,
    archive,
    retentionMs: config.activityRetentionMs,
    wakeDelivery,
  });
  return { platforms, directory, metaClients, placements, expiries };
}

function createSandbox(
  { sandbox, store, clock }: Foundation,
  {
    background,
    ruleBook,
    webhookEvents,
  }: { background: BackgroundWork; ruleBook: RuleBook; webhookEvents: EventEmitter },
): Sandbox | null {
  if (sandbox === null) return null;
  return {
    ...sandbox,
    webhookEvents,
    syncClock: store.shared ? () => followSandboxClock(store, sandbox.clock) : null,
    wakeAll: () => background.wakeAll(),
    async reset() {
      await moveSandboxClock(store, sandbox.clock, () => ({ mode: 'real' }));
      await store.importState((kept) => resetState(kept, clock));
      await ruleBook.change(() => noRules);
      // Last, because removing a fault releases the webhooks that it holds back. They are deleted by now.
      sandbox.faults.clear();
    },
  };
}
