import { closeTimeoutMs, realClock, type Store } from '@blockhouse/engine';
import { sandboxBanner, serverBanner } from './banner.ts';
import { LocalPlatform } from './blocklists/local.ts';
import { type Config, ConfigError, settings } from './config.ts';
import { loadSecret, prepareDemo, prepareFirstKey } from './first-start.ts';
import { type App, createApp } from './http/app.ts';
import { KeyRing } from './keys.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { RateLimiter } from './rate-limiter.ts';
import { loadSandboxClock } from './sandbox-clock.ts';
import { openSqliteStore } from './stores/sqlite/store.ts';
import { UserIdIssuer } from './user-ids.ts';

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

/**
 * The one place where everything is put together.
 * @param overrides.store a store that is already open; `close` closes it as well.
 * @throws StoreUnusable when the store cannot be opened.
 */
export async function createServer(config: Config, overrides: { store?: Store } = {}): Promise<Server> {
  const store = overrides.store ?? openSqliteStore(config.store.path);
  try {
    return await assemble(config, store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function assemble(config: Config, store: Store): Promise<Server> {
  const movableClock = config.sandbox ? await loadSandboxClock(store) : null;
  const clock = movableClock?.now ?? realClock;
  const secret = await loadSecret(store);
  const demo = config.sandbox ? await prepareDemo(store, clock) : null;
  const firstKey = demo === null && config.bootstrapKey === null ? await prepareFirstKey(store, clock) : null;

  const app = await createApp({
    config,
    clock,
    store,
    platform: new LocalPlatform({ store, clock, sandbox: config.sandbox }),
    keyRing: new KeyRing({
      store,
      clock,
      mode: config.sandbox ? 'test' : 'live',
      bootstrapToken: config.bootstrapKey,
    }),
    userIds: new UserIdIssuer(secret),
    rateLimiter: new RateLimiter(config.rateLimit, clock),
    metrics: createMetrics(),
    log: createLog(config.logLevel),
    sandbox: movableClock === null ? null : { clock: movableClock },
  });

  let url = '';
  let closing: Promise<void> | null = null;
  return {
    store,
    demoKey: demo?.key ?? null,
    async listen() {
      url = await listen(app, config);
      return url;
    },
    banner() {
      const place = { url, store: config.store.path };
      return demo === null ? serverBanner({ ...place, firstKey }) : sandboxBanner({ ...place, ...demo });
    },
    close() {
      closing ??= closeAll(app, store);
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
      throw new ConfigError(`PORT ${port} may not be used by this user; set PORT above 1023.`);
    throw new ConfigError(`HOST must be ${settings.host.accepts}, got "${host}".`, { cause: error });
  }
}

/** The listener first, then what it stands on; connections that do not end in time are cut. */
async function closeAll(app: App, store: Store): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), closeTimeoutMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    await store.close();
  }
}
