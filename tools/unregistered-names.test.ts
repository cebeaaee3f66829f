// Shows that no text asks people to fetch our packages from a registry: an attacker who registers the names would get
// their tokens.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Commands that fetch a package by name; `npm run` does not. */
const fetching =
  /\b(?:npx|bunx|npm (?:exec|x|i|install|add|create)|pnpm (?:dlx|add|install)|yarn (?:dlx|add)|bun add)\b[^\n`"']*?(?<![\w./-])(?:@blockhouse\/|blockhouse\b)/;

const files = globSync(
  [
    '*.md',
    'docs/**/*.md',
    'examples/*',
    'benchmarks/**/*.{ts,md}',
    'packages/*/*.md',
    'packages/*/src/**/*.{ts,tsx}',
  ],
  { cwd: root },
);

test('no page, example or message fetches our packages by name', () => {
  assert.ok(files.length > 200);
  for (const file of files) {
    const [line] = fetching.exec(readFileSync(join(root, file), 'utf8')) ?? [];
    assert.equal(line, undefined, `${file}: ${line}`);
  }
});

test('what would fetch them is recognized, and what runs from the clone is not', () => {
  for (const line of [
    'npx blockhouse serve',
    'npx -y blockhouse@0.1.0 serve',
    'npm install @blockhouse/client',
    'npm i -g blockhouse',
    'pnpm dlx blockhouse',
  ])
    assert.match(line, fetching);
  for (const line of [
    'npm run -s blockhouse -- serve',
    'npm ci && npm start',
    'blockhouse serve',
    'npx tsc -p x',
  ])
    assert.doesNotMatch(line, fetching);
});
