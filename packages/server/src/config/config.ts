import {
  ratePerSecondDefault,
  storeConnectionsDefault,
  upstreamDeadlineMsDefault,
  upstreamRateDefault,
  upstreamTimeoutMsDefault,
  webhookTimeoutMsDefault,
} from '@blockhouse/engine';
import { type Environment, refuseUnknownVariables } from './environment.ts';
import {
  duration,
  hostName,
  name,
  oneOf,
  optional,
  origin,
  originList,
  orWord,
  proxyList,
  rate,
  secretList,
  token,
  wholeNumber,
} from './formats.ts';
import { ConfigError, readSetting, type Setting } from './setting.ts';
import { storeAddress } from './store-address.ts';

/**
 * Every setting, under its name in {@link Config}: the type, the parsing, and the documentation come from
 * here.
 */
export const settings = {
  port: {
    name: 'PORT',
    ...wholeNumber({ min: 0, max: 65_535, note: '0: any free port' }),
    fallback: '4080',
    about: 'The port to listen on.',
  },
  host: {
    name: 'HOST',
    ...hostName,
    fallback: '127.0.0.1',
    about: 'The address to listen on. 0.0.0.0 stands for all addresses.',
  },
  store: {
    name: 'BLOCKHOUSE_STORE',
    ...storeAddress,
    fallback: 'sqlite:./data/blockhouse.db',
    about: 'The database that stores all data.',
  },
  storeConnections: {
    name: 'BLOCKHOUSE_STORE_CONNECTIONS',
    ...wholeNumber({ min: 2, max: 1000 }),
    fallback: String(storeConnectionsDefault),
    about: 'The highest number of connections that this process opens to PostgreSQL.',
  },
  sandbox: {
    name: 'BLOCKHOUSE_SANDBOX',
    ...oneOf({ on: true, off: false }),
    fallback: 'off',
    about:
      'Turns on the sandbox: a demo number, `pk_test_` keys, and the controls under `/sandbox`. `npm start` turns it on unless you set off.',
  },
  adminKey: {
    name: 'BLOCKHOUSE_ADMIN_KEY',
    ...optional(token),
    fallback: '',
    about:
      'A token that the server accepts as an admin key. If unset, only the keys in the store are accepted.',
  },
  publicUrl: {
    name: 'BLOCKHOUSE_PUBLIC_URL',
    ...optional(origin),
    fallback: '',
    about:
      'The address at which clients reach the server, for links and cookies. If unset, the address in each request counts.',
  },
  trustedProxies: {
    name: 'BLOCKHOUSE_TRUSTED_PROXIES',
    ...proxyList,
    fallback: '',
    about:
      'The proxies whose headers `X-Forwarded-Proto`, `-Host`, and `-For` are accepted. If unset, these headers are ignored.',
  },
  partialFailureStatus: {
    name: 'BLOCKHOUSE_PARTIAL_FAILURE_STATUS',
    ...oneOf({ '200': 200, '400': 400 }),
    fallback: '200',
    about: 'The HTTP status of a response in which some or all users were refused.',
  },
  rateLimit: {
    name: 'BLOCKHOUSE_RATE_LIMIT',
    ...orWord('off', rate('50/s')),
    fallback: `${ratePerSecondDefault}/s`,
    about: "The limit of requests in Meta's format for each key and number.",
  },
  webhookTargets: {
    name: 'BLOCKHOUSE_WEBHOOK_TARGETS',
    ...oneOf(
      { public: 'public', loopback: 'loopback', any: 'any' },
      'public, loopback (public and this machine) or any',
    ),
    fallback: 'public',
    sandboxFallback: 'loopback',
    about:
      'The addresses to which webhooks and requests to Meta may go. In the sandbox, the default is loopback.',
  },
  webhookTimeoutMs: {
    name: 'BLOCKHOUSE_WEBHOOK_TIMEOUT',
    ...duration({ min: '100ms', max: '60s' }),
    fallback: `${webhookTimeoutMsDefault / 1000}s`,
    about: 'The time in which a webhook receiver must respond.',
  },
  secrets: {
    name: 'BLOCKHOUSE_SECRET',
    ...secretList,
    fallback: '',
    about:
      "Encrypts Meta's tokens and the secrets of webhooks in the store (AES-256-GCM). Numbers at Meta need it. The first secret encrypts, and all of them decrypt.",
  },
  upstreamRate: {
    name: 'BLOCKHOUSE_UPSTREAM_RATE',
    ...orWord('off', rate('20/s')),
    fallback: `${upstreamRateDefault}/s`,
    about: 'The limit of requests that Blockhouse sends to Meta about the blocklist of one number.',
  },
  upstreamTimeoutMs: {
    name: 'BLOCKHOUSE_UPSTREAM_TIMEOUT',
    ...duration({ min: '100ms', max: '60s' }),
    fallback: `${upstreamTimeoutMsDefault / 1000}s`,
    about: 'The time in which Meta must answer a request.',
  },
  upstreamDeadlineMs: {
    name: 'BLOCKHOUSE_UPSTREAM_DEADLINE',
    ...duration({ min: '100ms', max: '10m' }),
    fallback: `${upstreamDeadlineMsDefault / 1000}s`,
    about:
      'The time for a request to Meta including its retries. When it is over, the caller gets the result that is known.',
  },
  embedOrigins: {
    name: 'BLOCKHOUSE_EMBED_ORIGINS',
    ...originList,
    fallback: '',
    about:
      'The origins whose pages may show a number in a frame (`/embed/{number}`). If unset, no other page may.',
  },
  bitrix24Url: {
    name: 'BLOCKHOUSE_BITRIX24_URL',
    ...optional(origin),
    fallback: '',
    about:
      'The origin of a Bitrix24 portal whose CRM shows a number. It must be in `BLOCKHOUSE_EMBED_ORIGINS`, too.',
  },
  bitrix24App: {
    name: 'BLOCKHOUSE_BITRIX24_APP',
    ...optional(name),
    fallback: '',
    about: 'The client ID of the local application in that portal, such as `local.66ba434d853c87.18550109`.',
  },
  bitrix24Key: {
    name: 'BLOCKHOUSE_BITRIX24_KEY',
    ...optional(token),
    fallback: '',
    about: 'The key that the users of the portal act with.',
  },
  activityRetentionMs: {
    name: 'BLOCKHOUSE_ACTIVITY_RETENTION',
    ...orWord('forever', duration({ min: '1h', max: '3650d' })),
    fallback: '365d',
    about: 'The time after which entries of the activity are deleted.',
  },
  keepMessagesMs: {
    name: 'BLOCKHOUSE_KEEP_MESSAGES',
    ...orWord('off', duration({ min: '1h', max: '30d' })),
    fallback: 'off',
    about:
      'The time for which the contents of incoming messages are kept, so that auto-block rules can be tried on them. They are encrypted with `BLOCKHOUSE_SECRET`, which is required for this.',
  },
  logLevel: {
    name: 'BLOCKHOUSE_LOG',
    ...oneOf({ debug: 'debug', info: 'info', warn: 'warn', error: 'error', silent: 'silent' }),
    fallback: 'info',
    about: 'The log level. The log is lines of JSON on standard output.',
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** The values of all settings. */
export type Config = {
  readonly [Name in keyof typeof settings]: Exclude<ReturnType<(typeof settings)[Name]['read']>, undefined>;
};

/**
 * Reads the configuration. An empty variable counts as unset.
 * @param defaults defaults of the command line, which the environment overrides.
 * @throws ConfigError at the first setting that is not valid.
 */
export function readConfig(env: Environment, defaults: { readonly sandbox?: boolean } = {}): Config {
  const entries: readonly [string, Setting][] = Object.entries(settings);
  refuseUnknownVariables(
    env,
    entries.map(([, { name }]) => name),
  );
  const isSandbox = readSetting(
    settings.sandbox,
    env[settings.sandbox.name] || (defaults.sandbox ? 'on' : settings.sandbox.fallback),
  );
  const values = entries.map(([key, setting]) => {
    const fallback = (isSandbox ? setting.sandboxFallback : undefined) ?? setting.fallback;
    return [key, readSetting(setting, env[setting.name] || fallback)] as const;
  });
  // The table has one entry for each key, and the type of its value is derived from the same entry.
  const config = { ...(Object.fromEntries(values) as Config), sandbox: isSandbox };
  if (config.keepMessagesMs !== null && config.secrets.length === 0)
    throw new ConfigError(
      `${settings.keepMessagesMs.name} needs ${settings.secrets.name}, which encrypts the messages. Set both, or neither.`,
    );
  return Object.freeze(config);
}
