import { isIP } from 'node:net';
import {
  type RateLimit,
  ratePerSecondDefault,
  readSpan,
  storeConnectionsDefault,
  upstreamDeadlineMsDefault,
  upstreamRateDefault,
  upstreamTimeoutMsDefault,
  webhookTimeoutMsDefault,
} from '@blockhouse/engine';
import { closest } from 'fastest-levenshtein';
import type { TargetPolicy } from './outbound/target-policy.ts';

/** Everything that can be set, read once and frozen. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly store: StoreConfig;
  /** Connections to PostgreSQL at most. */
  readonly storeConnections: number;
  readonly sandbox: boolean;
  /** A token that is accepted as an admin's, or null. */
  readonly adminKey: string | null;
  /** The origin at which clients reach the server; null: what each request says. */
  readonly publicUrl: string | null;
  /** Addresses, networks and names of networks whose `X-Forwarded-*` headers count. */
  readonly trustedProxies: readonly string[];
  /** The status of an answer in which some or all users were refused. */
  readonly partialFailureStatus: 200 | 400;
  /** Per key and number; null: off. */
  readonly rateLimit: RateLimit | null;
  /** What seals Meta's tokens and the secrets of webhooks: the first; all of them open. */
  readonly secrets: readonly string[];
  /** Requests that Blockhouse itself makes to Meta for one number; null: as many as come. */
  readonly upstreamRate: RateLimit | null;
  /** How long one answer of Meta may take, and how long a request with all its tries, in milliseconds. */
  readonly upstreamTimeoutMs: number;
  readonly upstreamDeadlineMs: number;
  /** Origins whose pages may show the panel in a frame. */
  readonly embedOrigins: readonly string[];
  readonly webhookTargets: TargetPolicy;
  /** How long a receiver of webhooks may take to answer, in milliseconds. */
  readonly webhookTimeoutMs: number;
  /** How long activity is kept, in milliseconds; null: for ever. */
  readonly activityRetentionMs: number | null;
  readonly logLevel: LogLevel;
}

/** Where everything durable is kept. */
export type StoreConfig =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string };

/** A store as it may be shown and logged: without a password. */
export function describeStore(store: StoreConfig): string {
  if (store.kind === 'sqlite') return store.path;
  const [, scheme = '', place = ''] = /^(\w+:\/\/)(?:[^@/]*@)?([^?]*)/.exec(store.url) ?? [];
  return `${scheme}${place}`;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** A setting is wrong; the message is one sentence that names it and the accepted form. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** One setting: its name in the environment, what it does, and how it is read. */
export interface Setting {
  readonly name: string;
  readonly accepts: string;
  readonly fallback: string;
  readonly about: string;
}

/** Every setting; `docs/reference/configuration.md` is checked against this list. */
export const settings = {
  port: {
    name: 'PORT',
    accepts: 'a whole number from 0 to 65535 (0: any free port)',
    fallback: '4080',
    about: 'The port to listen on.',
  },
  host: {
    name: 'HOST',
    accepts: 'an address or host name of this machine',
    fallback: '127.0.0.1',
    about: 'The address to listen on. 0.0.0.0 stands for all addresses.',
  },
  store: {
    name: 'BLOCKHOUSE_STORE',
    accepts: 'sqlite:PATH, sqlite::memory: or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
    fallback: 'sqlite:./data/blockhouse.db',
    about: 'The database that stores all data.',
  },
  storeConnections: {
    name: 'BLOCKHOUSE_STORE_CONNECTIONS',
    accepts: 'a whole number from 2 to 1000',
    fallback: String(storeConnectionsDefault),
    about: 'The highest number of connections that this process opens to PostgreSQL.',
  },
  sandbox: {
    name: 'BLOCKHOUSE_SANDBOX',
    accepts: 'on or off',
    fallback: 'off',
    about:
      'Turns on the sandbox: a demo number, `pk_test_` keys, and the controls under `/sandbox`. `npm start` turns it on unless you set off.',
  },
  adminKey: {
    name: 'BLOCKHOUSE_ADMIN_KEY',
    accepts: 'a token of at least 32 visible ASCII characters without spaces',
    fallback: '',
    about:
      'A token that the server accepts as an admin key. If unset, only the keys in the store are accepted.',
  },
  publicUrl: {
    name: 'BLOCKHOUSE_PUBLIC_URL',
    accepts: 'an http or https origin such as https://blocks.example.com, without a path',
    fallback: '',
    about:
      'The address at which clients reach the server, for links and cookies. If unset, the address in each request counts.',
  },
  trustedProxies: {
    name: 'BLOCKHOUSE_TRUSTED_PROXIES',
    accepts:
      'IP addresses, networks such as 10.0.0.0/8, and the names loopback, linklocal and uniquelocal, with spaces or commas between them',
    fallback: '',
    about:
      'The proxies whose headers `X-Forwarded-Proto`, `-Host`, and `-For` are accepted. If unset, these headers are ignored.',
  },
  partialFailureStatus: {
    name: 'BLOCKHOUSE_PARTIAL_FAILURE_STATUS',
    accepts: '200 or 400',
    fallback: '200',
    about: 'The HTTP status of a response in which some or all users were refused.',
  },
  rateLimit: {
    name: 'BLOCKHOUSE_RATE_LIMIT',
    accepts: 'off, or a rate such as 50/s (1/s to 1000000/s)',
    fallback: `${ratePerSecondDefault}/s`,
    about: "The limit of requests in Meta's format for each key and number.",
  },
  webhookTargets: {
    name: 'BLOCKHOUSE_WEBHOOK_TARGETS',
    accepts: 'public, loopback (public and this machine) or any',
    fallback: 'public',
    about:
      'The addresses to which webhooks and requests to Meta may go. In the sandbox, the default is loopback.',
  },
  webhookTimeout: {
    name: 'BLOCKHOUSE_WEBHOOK_TIMEOUT',
    accepts: 'a time from 100ms to 60s',
    fallback: `${webhookTimeoutMsDefault / 1000}s`,
    about: 'The time in which a webhook receiver must respond.',
  },
  secret: {
    name: 'BLOCKHOUSE_SECRET',
    accepts: 'a text of at least 32 visible ASCII characters, or several with commas between them',
    fallback: '',
    about:
      "Encrypts Meta's tokens and the secrets of webhooks in the store (AES-256-GCM). Numbers at Meta need it. The first secret encrypts, and all of them decrypt.",
  },
  upstreamRate: {
    name: 'BLOCKHOUSE_UPSTREAM_RATE',
    accepts: 'off, or a rate such as 20/s (1/s to 1000000/s)',
    fallback: `${upstreamRateDefault}/s`,
    about: 'The limit of requests that Blockhouse sends to Meta about the blocklist of one number.',
  },
  upstreamTimeout: {
    name: 'BLOCKHOUSE_UPSTREAM_TIMEOUT',
    accepts: 'a time from 100ms to 60s',
    fallback: `${upstreamTimeoutMsDefault / 1000}s`,
    about: 'The time in which Meta must answer a request.',
  },
  upstreamDeadline: {
    name: 'BLOCKHOUSE_UPSTREAM_DEADLINE',
    accepts: 'a time from 100ms to 10m',
    fallback: `${upstreamDeadlineMsDefault / 1000}s`,
    about:
      'The time for a request to Meta including its retries. When it is over, the caller gets the result that is known.',
  },
  embedOrigins: {
    name: 'BLOCKHOUSE_EMBED_ORIGINS',
    accepts: 'origins such as https://crm.example.com, with spaces between them',
    fallback: '',
    about:
      'The origins whose pages may show a number in a frame (`/embed/{number}`). If unset, no other page may.',
  },
  activityRetention: {
    name: 'BLOCKHOUSE_ACTIVITY_RETENTION',
    accepts: 'forever, or a time from 1h to 3650d',
    fallback: '365d',
    about: 'The time after which entries of the activity are deleted.',
  },
  log: {
    name: 'BLOCKHOUSE_LOG',
    accepts: 'debug, info, warn, error or silent',
    fallback: 'info',
    about: 'The log level. The log is lines of JSON on standard output.',
  },
} as const satisfies Record<string, Setting>;

/**
 * Reads the configuration. An empty variable counts as unset.
 * @param defaults what the command line wants where the environment says nothing.
 * @throws ConfigError at the first setting that is wrong.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  defaults: { readonly sandbox?: boolean } = {},
): Config {
  refuseUnknownVariables(env);
  const text = (setting: Setting): string => env[setting.name] || setting.fallback;
  const optional = <Value>(setting: Setting, read: (text: string) => Value | undefined): Value | null =>
    env[setting.name] ? check(setting, text(setting), read) : null;
  const sandboxText = env[settings.sandbox.name] || (defaults.sandbox ? 'on' : 'off');
  const sandbox = check(settings.sandbox, sandboxText, (value) => oneOf({ on: true, off: false }, value));
  const targetsText =
    env[settings.webhookTargets.name] || (sandbox ? 'loopback' : settings.webhookTargets.fallback);
  return Object.freeze({
    host: check(settings.host, text(settings.host), readHost),
    port: check(settings.port, text(settings.port), readPort),
    store: check(settings.store, text(settings.store), readStore),
    storeConnections: check(settings.storeConnections, text(settings.storeConnections), readConnections),
    sandbox,
    adminKey: optional(settings.adminKey, readToken),
    publicUrl: optional(settings.publicUrl, readOrigin),
    trustedProxies: check(settings.trustedProxies, text(settings.trustedProxies), readProxies),
    partialFailureStatus: check(settings.partialFailureStatus, text(settings.partialFailureStatus), (value) =>
      oneOf({ '200': 200, '400': 400 } as const, value),
    ),
    rateLimit: check(settings.rateLimit, text(settings.rateLimit), readRate).limit,
    webhookTargets: check(settings.webhookTargets, targetsText, (value) =>
      oneOf({ public: 'public', loopback: 'loopback', any: 'any' } as const, value),
    ),
    embedOrigins: check(settings.embedOrigins, text(settings.embedOrigins), readOrigins),
    secrets: env[settings.secret.name] ? check(settings.secret, text(settings.secret), readSecrets) : [],
    upstreamRate: check(settings.upstreamRate, text(settings.upstreamRate), readRate).limit,
    upstreamTimeoutMs: check(settings.upstreamTimeout, text(settings.upstreamTimeout), readTimeout),
    upstreamDeadlineMs: check(settings.upstreamDeadline, text(settings.upstreamDeadline), readDeadline),
    webhookTimeoutMs: check(settings.webhookTimeout, text(settings.webhookTimeout), readTimeout),
    activityRetentionMs: check(settings.activityRetention, text(settings.activityRetention), readRetention)
      .ms,
    logLevel: check(settings.log, text(settings.log), (value) =>
      oneOf({ debug: 'debug', info: 'info', warn: 'warn', error: 'error', silent: 'silent' } as const, value),
    ),
  });
}

/** The variables of the command line, which a shell may hold as well. The server ignores them. */
export const commandLineVariables: readonly string[] = [
  'BLOCKHOUSE_URL',
  'BLOCKHOUSE_KEY',
  'BLOCKHOUSE_NUMBER',
  'BLOCKHOUSE_API_VERSION',
];

/** What Kubernetes and Docker set by themselves for a service whose name begins with blockhouse. */
const setByOrchestrators =
  /^BLOCKHOUSE_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

function refuseUnknownVariables(env: Readonly<Record<string, string | undefined>>): void {
  const known = [...Object.values(settings).map(({ name }) => name), ...commandLineVariables];
  for (const [name, value] of Object.entries(env)) {
    if (!/^BLOCKHOUSE_/i.test(name) || !value || known.includes(name)) continue;
    const isAddress = name.endsWith('_PORT') && /^\w+:\/\//.test(value);
    if (isAddress || setByOrchestrators.test(name)) continue;
    throw new ConfigError(
      `${name} is not a setting; the nearest one is ${closest(name.toUpperCase(), known)}. Correct the name, or unset it.`,
    );
  }
}

/** What the person who started the server should know about its environment, a sentence each. */
export function startupNotices(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  if (!env['BLOCKHOUSE_KEY']) return [];
  return [
    `BLOCKHOUSE_KEY is for the command line; the server ignores it. Its own admin key is ${settings.adminKey.name}.`,
  ];
}

function check<Value>(setting: Setting, text: string, read: (text: string) => Value | undefined): Value {
  const value = read(text);
  if (value !== undefined) return value;
  // A token is never repeated, not even a wrong one, and a store's address may hold a password.
  const shown = withoutPassword(text);
  const isSecret = setting.name === settings.adminKey.name || setting.name === settings.secret.name;
  const got = isSecret ? '' : `, got "${shown}"`;
  throw new ConfigError(`${setting.name} must be ${setting.accepts}${got}.`);
}

function oneOf<Value>(choices: Readonly<Record<string, Value>>, text: string): Value | undefined {
  return Object.hasOwn(choices, text) ? choices[text] : undefined;
}

function readHost(text: string): string | undefined {
  return /^[A-Za-z0-9.:_-]+$/.test(text) ? text : undefined;
}

function readPort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function readStore(text: string): StoreConfig | undefined {
  const path = /^sqlite:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { kind: 'sqlite', path };
  // Several hosts are no URL to the standard, so the parts are looked at one by one.
  const address = /^postgres(?:ql)?:\/\/(?:[^@/]*@)?[^/?@]+\/[^?@/]+(?:\?(?<query>.*))?$/.exec(text);
  if (address === null) return undefined;
  const schema = new URLSearchParams(address.groups?.['query']).get('schema') ?? 'blockhouse';
  return /^[a-z_][a-z0-9_]{0,62}$/.test(schema) ? { kind: 'postgres', url: text, schema } : undefined;
}

/** Reads an address of a store that stands for itself, outside of the settings. @throws ConfigError */
export function readStoreAddress(text: string): StoreConfig {
  const store = readStore(text);
  if (store === undefined) {
    throw new ConfigError(`A store must be ${settings.store.accepts}, got "${withoutPassword(text)}".`);
  }
  return store;
}

function readConnections(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) && Number(text) >= 2 && Number(text) <= 1000 ? Number(text) : undefined;
}

/** What may be repeated of an address that is refused: where it is unclear what is what, a password may be anywhere. */
function withoutPassword(address: string): string {
  return /@|password/i.test(address) ? `${/^\w*/.exec(address)?.[0]}…` : address;
}

function readToken(text: string): string | undefined {
  return /^[\x21-\x7e]{32,}$/.test(text) ? text : undefined;
}

function readOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  const isOrigin = url !== null && [url.origin, `${url.origin}/`].includes(text);
  return isOrigin && /^https?:$/.test(url.protocol) ? url.origin : undefined;
}

function readProxies(text: string): readonly string[] | undefined {
  const proxies = text.split(/[\s,]+/).filter((proxy) => proxy !== '');
  return proxies.every(isProxy) ? proxies : undefined;
}

/** A network without a prefix would be everybody. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [, address = text, prefix] = /^(.*)\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(address);
  const bits = prefix === undefined ? 1 : Number(prefix);
  return family !== 0 && bits >= 1 && bits <= (family === 6 ? 128 : 32);
}

function readOrigins(text: string): readonly string[] | undefined {
  const origins = text.split(' ').filter((origin) => origin !== '');
  return origins.every((origin) => URL.parse(origin)?.origin === origin) ? origins : undefined;
}

function readSecrets(text: string): readonly string[] | undefined {
  const secrets = text.split(',').map((secret) => secret.trim());
  return secrets.every((secret) => /^[\x21-\x7e]{32,}$/.test(secret)) ? secrets : undefined;
}

function readDeadline(text: string): number | undefined {
  const deadlineMs = readSpan(text) ?? 0;
  return deadlineMs >= 100 && deadlineMs <= 600_000 ? deadlineMs : undefined;
}

function readTimeout(text: string): number | undefined {
  const timeoutMs = readSpan(text) ?? 0;
  return timeoutMs >= 100 && timeoutMs <= 60_000 ? timeoutMs : undefined;
}

function readRetention(text: string): { ms: number | null } | undefined {
  if (text === 'forever') return { ms: null };
  const ms = readSpan(text) ?? 0;
  return ms >= 3_600_000 && ms <= 3650 * 86_400_000 ? { ms } : undefined;
}

function readRate(text: string): { limit: RateLimit | null } | undefined {
  if (text === 'off') return { limit: null };
  const perSecond = Number(/^(\d{1,7})\/s$/.exec(text)?.[1]);
  return perSecond >= 1 && perSecond <= 1_000_000 ? { limit: { perSecond } } : undefined;
}
