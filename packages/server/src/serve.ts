import { readConfig } from './config/config.ts';
import { type Environment, startupNotices } from './config/environment.ts';
import { HeldOutput } from './observability/log.ts';
import { createServer } from './server.ts';

/**
 * Runs the server: starts it, prints the banner, and closes it at a signal. The process then exits with 0.
 * @param defaults defaults of the command line, which the environment overrides.
 * @throws ConfigError or StoreUnusable, with a message for the person who started the server.
 */
export async function serve(env: Environment, defaults: { readonly sandbox?: boolean } = {}): Promise<void> {
  const logOutput = new HeldOutput();
  // If the start fails, the log lines that explain it are printed.
  process.once('exit', () => logOutput.release());
  const server = await createServer(readConfig(env, defaults), { logOutput });
  await server.listen();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close().then(() => process.exit(0), failToStart);
    });
  }
  process.stdout.write(server.banner());
  for (const notice of startupNotices(env)) process.stderr.write(`blockhouse: ${notice}\n`);
  logOutput.release();
}

/** Prints the error in one line and exits with 1. */
export function failToStart(error: unknown): never {
  process.stderr.write(`blockhouse: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
