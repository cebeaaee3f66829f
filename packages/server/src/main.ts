#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { createServer } from './server.ts';

/** Starts, waits for a signal, closes. What is wrong with the start is said in one sentence. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { sandbox: { type: 'boolean', default: false } } });
  const server = await createServer(readConfig(process.env, { sandbox: values.sandbox }));
  await server.listen();
  process.stdout.write(server.banner());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
}

function fail(error: unknown): never {
  process.stderr.write(`blockhouse: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
