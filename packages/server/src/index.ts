export { type Config, ConfigError, readConfig, type Setting, type StoreConfig, settings } from './config.ts';
export { CopyFailed, type CopyProgress, copyStores, distribute } from './maintenance.ts';
export { failToStart, serve } from './serve.ts';
export { createServer, type Server } from './server.ts';
