import { Command } from 'commander';
import { UsageError } from '../failure.ts';

interface Options {
  readonly sandbox?: boolean;
  readonly port?: string;
  readonly host?: string;
  readonly store?: string;
}

/** `node:sqlite` is there from here on. */
const nodeMajorMin = 24;

export function serveCommand(): Command {
  return new Command('serve')
    .description('Run a server. These flags take precedence over its environment variables.')
    .option('--sandbox', 'start the sandbox: a demo number, a key, and controls')
    .option('--port <port>', 'the port to listen on (PORT)')
    .option('--host <host>', 'the address to listen on (HOST)')
    .option('--store <url>', 'the database that stores all data (BLOCKHOUSE_STORE)')
    .action(async ({ sandbox = false, port, host, store }: Options) => {
      if (Number(process.versions.node.split('.', 1)) < nodeMajorMin) {
        throw new UsageError(
          `The server needs Node ${nodeMajorMin} or newer; this is ${process.versions.node}.`,
        );
      }
      // Loaded here alone: the other commands need no server.
      const { serve } = await import('@blockhouse/server');
      const flags = {
        ...(port !== undefined && { PORT: port }),
        ...(host !== undefined && { HOST: host }),
        ...(store !== undefined && { BLOCKHOUSE_STORE: store }),
        ...(sandbox && { BLOCKHOUSE_SANDBOX: 'on' }),
      };
      await serve({ ...process.env, ...flags });
    });
}
