export { type Config, readConfig, settings } from './config/config.ts';
export { ConfigError, type Setting } from './config/setting.ts';
export type { StoreConfig } from './config/store-address.ts';
export { CopyFailed, type CopyProgress, copyStores, distribute, migrate } from './maintenance.ts';
export { failToStart, serve } from './serve.ts';
export { createServer, type Server } from './server.ts';
