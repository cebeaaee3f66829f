// The server as it runs in production, without a rate limit, on the store that is named or a SQLite file of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, readConfig } from '@blockhouse/server';
import { serveParent } from './subject.ts';
import { number } from './workloads.ts';

const key = 'the_admin_key_of_a_server_that_is_measured';
const folder = mkdtempSync(join(tmpdir(), 'blockhouse-bench-'));
const config = readConfig(
  {
    PORT: '0',
    BLOCKHOUSE_STORE: process.argv[2] ?? `sqlite:${join(folder, 'db')}`,
    BLOCKHOUSE_ADMIN_KEY: key,
    BLOCKHOUSE_RATE_LIMIT: 'off',
    BLOCKHOUSE_LOG: process.env['BLOCKHOUSE_LOG'] ?? 'warn',
  },
  { sandbox: false },
);
const server = await createServer(config);
const url = await server.listen();
await addNumber();
serveParent({ url, key }, async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** The number that workloads use, unless the store has it. */
async function addNumber(): Promise<void> {
  const response = await fetch(`${url}/blockhouse/v1/numbers`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ id: number, display_phone_number: '+1 555 078 3881' }),
  });
  const { error } = (await response.json()) as { error?: { message: string } };
  if (error !== undefined && !(await isThere())) throw new Error(error.message);
}

async function isThere(): Promise<boolean> {
  const response = await fetch(`${url}/blockhouse/v1/numbers/${number}`, { headers: { 'x-api-key': key } });
  await response.body?.cancel();
  return response.ok;
}
