// Our server as it is shipped, rate limit aside, on the store that is named or a SQLite file of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, readConfig } from '@blockhouse/server';
import { serveParent } from './server-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'blockhouse-bench-'));
const config = readConfig(
  {
    PORT: '0',
    BLOCKHOUSE_STORE: process.argv[2] ?? `sqlite:${join(folder, 'db')}`,
    BLOCKHOUSE_RATE_LIMIT: 'off',
    BLOCKHOUSE_LOG: process.env['BLOCKHOUSE_LOG'] ?? 'warn',
  },
  { sandbox: true },
);
const server = await createServer(config);
const url = await server.listen();
serveParent({ url, key: server.demoKey ?? '' }, async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});
