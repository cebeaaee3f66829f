// `npm run check` reads the documentation, the messages that people see, and all comments. It ends with 1 if a sentence has
// to be read twice.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkCatalog } from './check-catalog.ts';
import { checkComments } from './check-comments.ts';
import { checkMessages } from './check-messages.ts';
import { checkPage } from './check-pages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['*.md', 'docs/**/*.md', 'examples/**/*.md', '.github/**/*.md'];
const code = ['packages/*/{src,test}/**/*.{ts,tsx}', '{benchmarks,conformance,tools}/**/*.ts'];
const messages = [
  'packages/cli/src/**/*.ts',
  'packages/panel/src/**/*.{ts,tsx}',
  'packages/client/src/**/*.ts',
  'packages/user-lists/src/**/*.ts',
  'packages/server/src/**/*.ts',
];

const catalog = 'packages/panel/messages/en.json';

let count = 0;
const report = (path: string, { line, problem }: { line: number; problem: string }) => {
  count++;
  process.stderr.write(`${path}:${line} ${problem}\n`);
};
for (const path of globSync(pages, { cwd: root }))
  for (const finding of await checkPage(readFileSync(join(root, path), 'utf8'), path)) report(path, finding);
for (const path of globSync(messages, { cwd: root }))
  for (const finding of checkMessages(readFileSync(join(root, path), 'utf8'))) report(path, finding);
for (const finding of checkCatalog(readFileSync(join(root, catalog), 'utf8'))) report(catalog, finding);
for (const path of globSync(code, { cwd: root }))
  for (const finding of checkComments(readFileSync(join(root, path), 'utf8'))) report(path, finding);
process.exitCode = count === 0 ? 0 : 1;
