#!/usr/bin/env node
import { exitCodeOf, explain } from './failure.ts';
import { program } from './program.ts';

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program().parseAsync();
} catch (error) {
  const text = explain(error);
  if (text !== null) process.stderr.write(`blockhouse: ${text}\n`);
  process.exitCode = exitCodeOf(error);
}
