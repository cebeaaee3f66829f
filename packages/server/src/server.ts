import { EventEmitter } from 'node:events';
import { closeTimeoutMs, directoryOf, realClock, type Store } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { DestinationStream } from 'pino';
import { AccessCache } from './auth/access-cache.ts';
import { KeyRing } from './auth/api-keys.ts';
import { RateLimiter } from './auth/rate-limiter.ts';
import { Sessions } from './auth/sessions.ts';
import { sandboxBanner, serverBanner } from './banner.ts';
import { BulkRunner, runsPrefix } from './blocklists/bulk/runner.ts';
import { CloudPlatform } from './blocklists/cloud/cloud.ts';
import { StandingPlacements } from './blocklists/cloud/standing-placements.ts';
import { ExpiryScheduler } from './blocklists/expiry-scheduler.ts';
import { LocalPlatform } from './blocklists/local.ts';
import { Platforms } from './blocklists/platforms.ts';
import { loadSecret, prepareDemo, prepareFirstKey, resetState } from './bootstrap.ts';
import { type Config, settings } from './config/config.ts';
import { ConfigError, invalidSetting } from './config/setting.ts';
import { describeStore } from './config/store-address.ts';
import { createApp } from './http/app.ts';
import type { App } from './http/shared/app-type.ts';
import { MetaClients } from './meta-client/clients.ts';
import { MetaIngest } from './meta-ingest/ingest.ts';
import { NumberWatcher } from './numbers/number-watcher.ts';
import { renewSecrets, Vault } from './numbers/secret-vault.ts';
import { createLog } from './observability/log.ts';
import { createMetrics } from './observability/metrics.ts';
import { followSandboxClock, loadSandboxClock, moveSandboxClock } from './sandbox/clock.ts';
import { FaultRegistry } from './sandbox/fault-registry.ts';
import { KeyedWorkers } from './shared/keyed-workers.ts';
import { openPostgresStore } from './stores/postgres/store.ts';
import { openSqliteStore } from './stores/sqlite/store.ts';
import { UserDirectory } from './users/directory.ts';
import { UserIdIssuer } from './users/user-ids.ts';
import { WebhookDelivery } from './webhooks/delivery.ts';
import { ReceiverClient } from './webhooks/receiver-client.ts';
import { createWebhookRenderer } from './webhooks/render.ts';

/** A server that is built but may not yet listen. */
export interface Server {
  /** Starts to listen; answers the address, with the real port where the configuration says 0. */
  listen(): Promise<string>;
  /** The text for the person who started it: address, and in the sandbox a number, a key and a line to paste. */
  banner(): string;
  /** Answers what is in flight, then lets everything go, within five seconds. May be called more than once. */
  close(): Promise<void>;
  readonly store: Store;
  /** The sandbox's demo key, or null when the sandbox is off. */
  readonly demoKey: string | null;
}

/** Parts that a server is given instead of its own. */
export interface Overrides {
  /** A store that is already open; `close` closes it as well. */
  readonly store?: Store;
  /** Where the log goes; standard output when left out. */
  readonly logOutput?: DestinationStream;
}

/**
 * The one place where everything is put together.
 * @throws StoreUnusable when the store cannot be opened.
 */
export async function createServer(config: Config, overrides: Overrides = {}): Promise<Server> {
  const store = overrides.store ?? (await openStore(config));
  try {
    return await assemble(config, store, createLog(config.logLevel, overrides.logOutput));
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openStore({ store, storeConnections: connectionsMax }: Config): Promise<Store> | Store {
  return store.kind === 'sqlite'
    ? openSqliteStore(store.path)
    : openPostgresStore({ ...store, connectionsMax });
}

async function assemble(config: Config, store: Store, log: FastifyBaseLogger): Promise<Server> {
  const sandbox = config.sandbox
    ? { clock: await loadSandboxClock(store), faults: new FaultRegistry() }
    : null;
  const clock = sandbox?.clock.now ?? realClock;
  const secret = await loadSecret(store);
  const vault = new Vault(config.secrets);
  await renewSecrets(vault, store);
  const demo = config.sandbox ? await prepareDemo(store, clock) : null;
  const firstKey = demo === null && config.adminKey === null ? await prepareFirstKey(store, clock) : null;

  const metrics = createMetrics();
  const userIds = new UserIdIssuer(secret);
  const rateLimiter = new RateLimiter(config.rateLimit, { store, clock });
  const receivers = new ReceiverClient({ policy: config.webhookTargets, timeoutMs: config.webhookTimeoutMs });
  const webhookEvents = new EventEmitter().setMaxListeners(0);
  const delivery = new WebhookDelivery({
    store,
    clock,
    vault,
    client: receivers,
    log,
    faults: sandbox?.faults ?? null,
    onChange: (numberId) => webhookEvents.emit(numberId),
    onAttempt: (outcome) => metrics.webhookAttempts.inc({ outcome }),
  });
  const wake = (numberId: string) => {
    delivery.wake(numberId);
    webhookEvents.emit(numberId);
  };

  const names = new UserDirectory({
    issuer: userIds,
    store,
    sandbox: config.sandbox,
    async onMove(directory) {
      for (const number of await store.numbers()) {
        if (directoryOf(number) !== directory || number.upstream === null) continue;
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
  const onEnd = (numberId: string) => expiries.wake(numberId);
  const local = new LocalPlatform({
    store,
    clock,
    names,
    sandbox: config.sandbox,
    notifying: { ...createWebhookRenderer(userIds), wake, ends: onEnd },
  });
  const cloud = new CloudPlatform({
    store,
    clock,
    metaClients,
    names,
    deadlineMs: config.upstreamDeadlineMs,
    onEnd,
  });
  const platforms = new Platforms(local, cloud);
  const expiries = new ExpiryScheduler({
    platforms,
    store,
    clock,
    log,
    retentionMs: config.activityRetentionMs,
  });

  const placements = new StandingPlacements({ platform: cloud, store, clock, log });
  const metaIngest = new MetaIngest({ store, clock, metaClients, names, placements, wakeDelivery: wake });

  // One worker for all numbers: a store that fails just then must not make anybody forget what was taken over.
  const allNumbers = new KeyedWorkers({
    work: async () => {
      await Promise.all([expiries.lookAll(), placements.wakeAll(), delivery.wakeAll()]);
      return null;
    },
    onError: (error) => log.error({ err: error }, 'the numbers could not be looked after'),
  });
  const lookAfterAll = () => allNumbers.run('all numbers');
  store.onTakeover(() => void lookAfterAll());

  const bulk = new BulkRunner({ platforms, store, clock, names, faults: sandbox?.faults ?? null, log });
  const keyRing = new KeyRing({
    store,
    clock,
    mode: config.sandbox ? 'test' : 'live',
    adminToken: config.adminKey,
  });
  const changes = new NumberWatcher({ store, cloud, clock });
  const app = await createApp({
    config,
    clock,
    store,
    platforms,
    bulk,
    keyRing,
    accessCache: new AccessCache(store, clock),
    numberWatcher: changes,
    sessions: new Sessions({ store, keyRing, secret, isMovable: config.sandbox }),
    userIds,
    directory: names,
    vault,
    metaClients,
    metaIngest,
    rateLimiter,
    metrics,
    log,
    receivers,
    wakeDelivery: wake,
    retryDeliveryNow: (numberId) => delivery.retryNow(numberId),
    lastDelivery: (numberId) => delivery.lastAttempt(numberId),
    sandbox:
      sandbox === null
        ? null
        : {
            ...sandbox,
            webhookEvents,
            follow: store.shared ? () => followSandboxClock(store, sandbox.clock) : null,
            wakeAll: lookAfterAll,
            async reset() {
              await moveSandboxClock(store, sandbox.clock, () => ({ mode: 'real' }));
              await store.importState((staying) => resetState(staying, clock), { forget: [runsPrefix] });
              // Last: removing a fault releases the webhooks that it holds back, and they must be gone by then.
              sandbox.faults.clear();
            },
          },
  });

  let url = '';
  let closing: Promise<void> | null = null;
  return {
    store,
    demoKey: demo?.key ?? null,
    async listen() {
      url = await listen(app, config);
      await expiries.begin();
      await placements.wakeAll();
      await delivery.wakeAll();
      return url;
    },
    banner() {
      const place = { url, store: describeStore(config.store) };
      return demo === null ? serverBanner({ ...place, firstKey }) : sandboxBanner({ ...place, ...demo });
    },
    close() {
      bulk.close();
      closing ??= closeAll(app, { changes, allNumbers, expiries, placements, delivery, metaClients, store });
      return closing;
    },
  };
}

async function listen(app: App, { host, port }: Config): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new ConfigError(
        `PORT ${port} is in use on ${host}; stop the other program, or set PORT to another (0: any free port).`,
      );
    }
    if (code === 'EACCES')
      throw new ConfigError(`PORT ${port} is not allowed for this user; set PORT to a number above 1023.`);
    throw invalidSetting(settings.host, host, { cause: error });
  }
}

/** The listener first, then what it stands on; connections that do not end in time are cut. */
async function closeAll(
  app: App,
  {
    changes,
    allNumbers,
    expiries,
    placements,
    delivery,
    metaClients,
    store,
  }: {
    changes: NumberWatcher;
    allNumbers: KeyedWorkers;
    expiries: ExpiryScheduler;
    placements: StandingPlacements;
    delivery: WebhookDelivery;
    metaClients: MetaClients;
    store: Store;
  },
): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), closeTimeoutMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    changes.close();
    // Whoever waits for an answer is not waited for.
    metaClients.close();
    await allNumbers.close();
    await placements.close();
    await expiries.close();
    await delivery.close();
    await store.close();
  }
}
