#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { failToStart, serve } from './serve.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { sandbox: { type: 'boolean', default: false } } });
  await serve(process.env, { sandbox: values.sandbox });
}

main().catch(failToStart);
