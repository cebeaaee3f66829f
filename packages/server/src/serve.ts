import { readConfig } from './config/config.ts';
import { type Environment, startupNotices } from './config/environment.ts';
import { HeldOutput } from './observability/log.ts';
import { createServer } from './server.ts';

/**
 * The program: starts, shows the banner, and closes at a signal; the process then ends with 0.
 * @param defaults what the command line wants where the environment says nothing.
 * @throws ConfigError and StoreUnusable, whose messages are for the person who started it.
 */
export async function serve(env: Environment, defaults: { readonly sandbox?: boolean } = {}): Promise<void> {
  const logOutput = new HeldOutput();
  // A start that fails shows the lines that say why.
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

/** Ends the process with what is wrong, in one sentence. */
export function failToStart(error: unknown): never {
  process.stderr.write(`blockhouse: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
