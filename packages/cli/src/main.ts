#!/usr/bin/env node
import { exitCodeOf, explain } from './failure.ts';
import { ignoreClosedPipes } from './output.ts';
import { program } from './program.ts';

ignoreClosedPipes();
try {
  await program().parseAsync();
} catch (error) {
  const text = explain(error);
  if (text !== null) process.stderr.write(`blockhouse: ${text}\n`);
  process.exitCode = exitCodeOf(error);
}
