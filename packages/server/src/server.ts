import { closeTimeoutMs, realClock, type Store } from '@blockhouse/engine';
import type { FastifyBaseLogger } from 'fastify';
import type { DestinationStream } from 'pino';
import { prepareFirstAdminKey } from './auth/first-admin-key.ts';
import { loadInstallationSecret } from './auth/installation-secret.ts';
import { reencryptSecrets, Vault } from './auth/secret-vault.ts';
import { sandboxBanner, serverBanner } from './banner.ts';
import { type Config, settings } from './config/config.ts';
import { ConfigError, invalidSetting } from './config/setting.ts';
import { describeStore } from './config/store-address.ts';
import { createServices, type Foundation } from './create-services.ts';
import { createApp } from './http/app.ts';
import type { App } from './http/shared/app-type.ts';
import { createLog } from './observability/log.ts';
import { loadSandboxClock } from './sandbox/clock.ts';
import { prepareDemo } from './sandbox/demo.ts';
import { FaultRegistry } from './sandbox/fault-registry.ts';
import { openPostgresStore } from './stores/postgres/store.ts';
import { openSqliteStore } from './stores/sqlite/store.ts';

/** A server that is built, but does not listen yet. */
export interface Server {
  /** Starts to listen. Returns the address, with the real port if the configuration says 0. */
  listen(): Promise<string>;
  /**
   * The text for the person who started the server: the address, and in the sandbox a number, a key, and a
   * sample request.
   */
  banner(): string;
  /**
   * Answers the requests in flight, then closes everything, within five seconds. May be called more than
   * once.
   */
  close(): Promise<void>;
  readonly store: Store;
  /** The demo key of the sandbox; null outside the sandbox. */
  readonly demoKey: string | null;
}

/** Parts that replace the server's own. */
export interface Overrides {
  /** A store that is already open. The server closes it. */
  readonly store?: Store;
  /** The destination of the log; the default is standard output. */
  readonly logOutput?: DestinationStream;
}

/**
 * Builds a server.
 * @throws StoreUnusable if the store cannot be opened.
 */
export async function createServer(config: Config, overrides: Overrides = {}): Promise<Server> {
  const resources = new AsyncDisposableStack();
  try {
    return await build(config, overrides, resources);
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

/** @param resources collects what the server has to close. It closes them in reverse order. */
async function build(config: Config, overrides: Overrides, resources: AsyncDisposableStack): Promise<Server> {
  const store = overrides.store ?? (await openStore(config));
  resources.defer(() => store.close());
  const foundation = await prepare(config, store, createLog(config.logLevel, overrides.logOutput));
  const { clock } = foundation;
  const demo = config.sandbox ? await prepareDemo(store, clock) : null;
  const needsKey = !config.sandbox && config.adminKey === null;
  const firstKey = needsKey ? await prepareFirstAdminKey(store, clock) : null;

  const { services, background } = createServices(foundation);
  resources.defer(() => background.close());
  resources.defer(() => services.metaClients.close());
  resources.defer(() => services.numberWatcher.close());
  store.onTakeover(() => void background.wakeAll());
  const app = await createApp(services);
  resources.defer(() => closeApp(app));
  resources.defer(() => services.bulk.close());

  let url = '';
  let closing: Promise<void> | null = null;
  return {
    store,
    demoKey: demo?.key ?? null,
    async listen() {
      url = await listen(app, config);
      await background.start();
      return url;
    },
    banner() {
      const addresses = { url, store: describeStore(config.store) };
      return demo === null
        ? serverBanner({ ...addresses, firstKey })
        : sandboxBanner({ ...addresses, ...demo });
    },
    close() {
      closing ??= resources.disposeAsync();
      return closing;
    },
  };
}

function openStore({ store, storeConnections: connectionsMax }: Config): Promise<Store> | Store {
  return store.kind === 'sqlite'
    ? openSqliteStore(store.path)
    : openPostgresStore({ ...store, connectionsMax });
}

/** Loads the secrets and the clock from the store. */
async function prepare(config: Config, store: Store, log: FastifyBaseLogger): Promise<Foundation> {
  const sandbox = config.sandbox
    ? { clock: await loadSandboxClock(store), faults: new FaultRegistry() }
    : null;
  const secret = await loadInstallationSecret(store);
  const vault = new Vault(config.secrets);
  await reencryptSecrets(vault, store);
  return { config, store, log, clock: sandbox?.clock.now ?? realClock, secret, vault, sandbox };
}

/** @throws ConfigError if the address cannot be used. */
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
    if (code === 'EACCES') {
      throw new ConfigError(`PORT ${port} is not allowed for this user; set PORT to a number above 1023.`);
    }
    throw invalidSetting(settings.host, host, { cause: error });
  }
}

/** Waits for the requests in flight, then cuts the connections that are still open. */
async function closeApp(app: App): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), closeTimeoutMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}
