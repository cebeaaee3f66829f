import { ConfigError, type Format, withoutPassword } from './setting.ts';

/** The database with all durable data. */
export type StoreConfig =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string };

export const storeAddress: Format<StoreConfig> = {
  accepts: 'sqlite:PATH, sqlite::memory: or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
  read(text) {
    const path = /^sqlite:(.+)$/.exec(text)?.[1];
    if (path !== undefined) return { kind: 'sqlite', path };
    // An address with several hosts is not a URL by the standard, so a pattern splits it.
    const address = /^postgres(?:ql)?:\/\/(?:[^@/]*@)?[^/?@]+\/[^?@/]+(?:\?(?<query>.*))?$/.exec(text);
    if (address === null) return undefined;
    const schema = new URLSearchParams(address.groups?.['query']).get('schema') ?? 'blockhouse';
    return /^[a-z_][a-z0-9_]{0,62}$/.test(schema) ? { kind: 'postgres', url: text, schema } : undefined;
  },
};

/** Parses the address of a store that is not a setting, such as the target of a copy. @throws ConfigError */
export function readStoreAddress(text: string): StoreConfig {
  const store = storeAddress.read(text);
  if (store === undefined) {
    throw new ConfigError(`A store must be ${storeAddress.accepts}, got "${withoutPassword(text)}".`);
  }
  return store;
}

/** The address of a store without its password, for the banner and the log. */
export function describeStore(store: StoreConfig): string {
  if (store.kind === 'sqlite') return store.path;
  const [, scheme = '', hostsAndDatabase = ''] = /^(\w+:\/\/)(?:[^@/]*@)?([^?]*)/.exec(store.url) ?? [];
  return `${scheme}${hostsAndDatabase}`;
}
