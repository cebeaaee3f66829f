// Shows that a hint names a command as it can be typed where the program was started.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine } from '../src/command-line.ts';

test('by its name, and in a clone through npm', () => {
  assert.equal(commandLine('doctor', {}), '"blockhouse doctor"');
  assert.equal(
    commandLine('doctor', { npm_lifecycle_event: 'blockhouse' }),
    '"npm run -s blockhouse -- doctor"',
  );
});
