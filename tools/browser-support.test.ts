// Shows that sources which run in browsers use nothing that the oldest supported ones lack, and that the page about them names the same.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from './browser.ts';
import { newer, newerInCss, supported } from './browser-support.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Everything but what reads streams of Node. */
const sources = globSync('packages/{client,engine,panel,user-lists}/src/**/*.{ts,tsx}', { cwd: root }).filter(
  (path) => path !== join('packages', 'user-lists', 'src', 'stream.ts'),
);

/** The features of the list that a text uses, comments aside. */
function usesIn(text: string, list: readonly { readonly name: string; readonly use: RegExp }[]): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return list.filter(({ use }) => use.test(code)).map(({ name }) => name);
}

test('no source uses what the oldest browsers lack', () => {
  assert.ok(sources.length > 80);
  const found = sources.flatMap((path) => usesIn(read(path), newer).map((name) => `${path}: ${name}`));
  assert.deepEqual(found, []);
});

test('no style sheet uses what the oldest browsers lack', () => {
  const sheets = globSync('packages/panel/src/**/*.css', { cwd: root });
  assert.ok(sheets.length > 5);
  const found = sheets.flatMap((path) => usesIn(read(path), newerInCss).map((name) => `${path}: ${name}`));
  assert.deepEqual(found, []);
});

test('each use is recognized', () => {
  const code = [
    'for await (const bytes of response.body) take(bytes);',
    'map.values().map(double)',
    'seen.union(more)',
    'await Array.fromAsync(rows)',
    'URL.parse(text)',
    'Promise.try(work)',
    'RegExp.escape(text)',
    'text.replace(/(?i:a)/, "")',
    'bytes.toHex()',
    'await response.bytes()',
    '  using file = open();',
    'Error.isError(thrown)',
    'map.getOrInsert(1, 2)',
    'Math.sumPrecise(all)',
    'new Intl.DurationFormat()',
    'Temporal.Now.instant()',
    'requestIdleCallback(work)',
    'document.startViewTransition(work)',
    'crypto.randomUUID()',
  ];
  assert.deepEqual(
    code.map((line) => usesIn(line, newer)),
    newer.map(({ name }) => [name]),
  );
});

test('what is forbidden is lacked by one of the oldest browsers', () => {
  const isOlder = (one: string | null, other: string) => one === null || Number(one) > Number(other);
  for (const { name, since } of [...newer, ...newerInCss])
    assert.ok(
      isOlder(since.chrome, supported.chrome) ||
        isOlder(since.firefox, supported.firefox) ||
        isOlder(since.safari, supported.safari),
      name,
    );
});

test('sources are written for a language that these browsers have', () => {
  for (const name of ['client', 'panel'])
    assert.match(read(`packages/${name}/tsconfig.json`), /"lib": \["es2024", "dom", "dom.iterable"\]/);
  assert.match(read('tsconfig.base.json'), /"target": "es2024"/);
  assert.match(read('packages/panel/vite.config.ts'), /target: 'baseline-widely-available'/);
});

test('browsers.md names the oldest browsers', () => {
  const text = read('docs/reference/browsers.md');
  for (const [name, version] of Object.entries(supported))
    assert.match(text, new RegExp(`^\\| ${name}\\b.*\\| ${version.replace('.', '\\.')}\\b`, 'im'));
});

test("the tests' browser does without what the oldest ones lack", async (t) => {
  const page = await (await launchBrowser(t)).newPage();
  await page.goto('about:blank');
  const paths = newer.flatMap(({ remove = [] }) => remove);
  const left = await page.evaluate(
    (all) =>
      all.filter((path) => new Function(`try { return ${path} !== undefined } catch { return false }`)()),
    paths,
  );
  assert.deepEqual(left, []);
});
