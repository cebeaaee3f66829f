// Shows that imports go only where the table of docs/internals/architecture.md allows, and never in a cycle.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const architecture = readFileSync(join(root, 'docs/internals/architecture.md'), 'utf8');

interface Room {
  /** The first of its paths, as the page names it. */
  readonly name: string;
  /** Its folder, or its files. */
  readonly paths: readonly string[];
  readonly mayImport: readonly string[];
}

/** The rows of the page's table: paths, a description, and the rooms that they may import. */
const rooms: readonly Room[] = architecture
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [first = '', , last = ''] = line.slice(1, -1).split('|');
    const names = [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    const mayImport = last.trim() === 'nothing' ? [] : last.trim().split(', ');
    return { name: names[0] ?? '', paths: names.map(pathOf), mayImport };
  });

/**
 * A path in the repository: the page leaves out `packages/server/src`, and the `packages` and `src` of other
 * packages.
 */
function pathOf(name: string): string {
  const [first, ...rest] = name.split('/');
  const inPackage = join('packages', first ?? '', 'src', ...rest);
  const path = [join('packages/server/src', name), inPackage, name].find((one) =>
    existsSync(join(root, one)),
  );
  assert.ok(path, `architecture.md names ${name}, which does not exist`);
  return path;
}

/** Modules that are allowed together, by the beginning of their names. */
const groups = ['node:', 'virtual:catalog/'];

/** Packages from the registry and modules of Node (`node:`) that each room may import. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  'user-lists': ['csv-parse/browser/esm/sync', 'libphonenumber-js/min'],
  'user-lists/stream.ts': ['node:', 'csv-parse'],
  cli: ['node:', 'commander', 'cli-progress', 'csv-stringify/sync', 'string-width', 'yaml'],
  'cli/commands/serve.ts': ['node:', 'commander'],
  panel: [
    'react',
    'react-dom/client',
    '@mantine/core',
    '@mantine/hooks',
    '@mantine/notifications',
    '@mantine/spotlight',
    '@mantine/spotlight/styles.css',
    '@tanstack/react-query',
    '@tanstack/react-virtual',
    '@formatjs/icu-messageformat-parser',
    'idb-keyval',
    'intl-messageformat',
    'wouter',
    'wouter/use-browser-location',
    'virtual:catalog/',
    'virtual:phone-formats',
    'virtual:rule-templates',
  ],
  http: [
    'node:',
    'fastify',
    'typebox',
    '@fastify/type-provider-typebox',
    '@fastify/swagger',
    '@fastify/swagger-ui',
  ],
  'http/admin': ['node:', 'fastify', 'typebox', 'csv-stringify/sync'],
  'http/gateway': ['node:', 'fastify', 'typebox'],
  'http/graph': ['fastify', 'typebox'],
  'http/panel': ['node:', 'fastify', 'typebox', '@fastify/static'],
  'http/sandbox': ['node:', 'fastify', 'typebox'],
  'http/shared': ['node:', 'fastify', 'typebox', '@fastify/type-provider-typebox', '@fastify/busboy'],
  'http/splashify': ['fastify', 'typebox'],
  shared: ['node:'],
  config: ['node:', 'fastest-levenshtein'],
  auth: ['node:'],
  users: ['node:'],
  outbound: ['node:', 'undici'],
  'meta-client': ['node:'],
  'meta-ingest': ['node:'],
  blocklists: ['fastify'],
  'blocklists/bulk': ['node:', 'fastify'],
  'blocklists/cloud': ['fastify'],
  webhooks: ['node:', 'fastify'],
  sandbox: ['node:'],
  observability: ['pino', 'prom-client'],
  stores: ['node:'],
  'auto-block': ['node:', 'fastify', 'linkify-it', 're2js'],
  'stores/sqlite': ['node:'],
  'stores/postgres': ['node:', 'pg'],
  'server.ts': ['node:', 'fastify', 'pino'],
  server: ['node:', 'fastify'],
};

const packages: Readonly<Record<string, string>> = {
  '@blockhouse/engine': 'packages/engine/src/index.ts',
  '@blockhouse/client/wire': 'packages/client/src/wire/index.ts',
  '@blockhouse/client': 'packages/client/src/index.ts',
  '@blockhouse/user-lists/stream': 'packages/user-lists/src/stream.ts',
  '@blockhouse/user-lists': 'packages/user-lists/src/index.ts',
  '@blockhouse/server': 'packages/server/src/index.ts',
};

const files = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root });

/** The imports of a file, types and dynamic imports included: files of ours by path, anything else by name. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const names = [
    ...text.matchAll(/^(?:import|export)\s[^'";]*?from\s+'([^']+)'/gm),
    ...text.matchAll(/^import\s+'([^']+)'/gm),
    ...text.matchAll(/\bimport\(\s*'([^']+)'/g),
  ].map(([, name]) => name ?? '');
  // Style sheets are no code.
  return names
    .filter((name) => !name.endsWith('.css'))
    .map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : (packages[name] ?? name)));
}

/** The room whose path is the longest: `http/graph` is a room of its own inside `http`. */
function roomOf(file: string): Room | undefined {
  let nearest: { readonly room: Room; readonly length: number } | undefined;
  for (const room of rooms)
    for (const path of room.paths)
      if ((file === path || file.startsWith(`${path}/`)) && path.length > (nearest?.length ?? 0))
        nearest = { room, length: path.length };
  return nearest?.room;
}

/** The rooms and libraries that the files of each room import. */
function importsByRoom(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const all = new Map<string, Map<string, string>>();
  for (const file of files) {
    const from = roomOf(file)?.name ?? file;
    const imports = all.get(from) ?? new Map<string, string>();
    all.set(from, imports);
    for (const target of importsOf(file)) {
      const to = roomOf(target)?.name ?? groups.find((group) => target.startsWith(group)) ?? target;
      if (to !== from) imports.set(to, `${file} → ${target}`);
    }
  }
  return all;
}

test('every source file is in a room, and every folder between rooms is a room', () => {
  assert.ok(files.length > 40 && rooms.length > 20);
  const folders = rooms.flatMap(({ paths }) => paths).filter((path) => !path.endsWith('.ts'));
  const isParent = (folder: string) => folders.some((other) => dirname(other) === folder);
  const lost = files.filter((file) => {
    const folder = folders
      .filter((path) => file.startsWith(`${path}/`))
      .sort((a, b) => b.length - a.length)[0];
    return folder === undefined || (isParent(folder) && dirname(file) !== folder);
  });
  assert.deepEqual(lost, [], 'add the folders of these files to the table in architecture.md');
});

test('imports go only where the table allows', () => {
  const wrong = [...importsByRoom()].flatMap(([from, imports]) => {
    const room = rooms.find(({ name }) => name === from);
    const allowed = [...(room?.mayImport ?? []), ...(libraries[from] ?? [])];
    return [...imports].filter(([to]) => !allowed.includes(to)).map(([to, example]) => `${to}: ${example}`);
  });
  assert.deepEqual(wrong, []);
});

test('every import that the table allows exists', () => {
  const imports = importsByRoom();
  const unused = rooms.flatMap(({ name, mayImport }) =>
    mayImport.filter((to) => !imports.get(name)?.has(to)).map((to) => `${name} → ${to}`),
  );
  assert.deepEqual(unused, [], 'remove these from the table in architecture.md');
});

test('no import goes in a cycle, types included', () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `a cycle: ${[...path, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const target of importsOf(file).filter((name) => files.includes(name)))
      visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

test('every file that architecture.md names exists', () => {
  const prose = architecture.split('\n').filter((line) => !line.startsWith('|'));
  const named = [...prose.join('\n').matchAll(/`([\w-]+(?:\/[\w-]+)+\.ts)`/g)].map(([, name = '']) => name);
  assert.ok(named.length > 15);
  for (const name of named) pathOf(name);
});

test('only clock.ts reads the time', () => {
  // A browser shows the current time.
  const readers = files
    .filter((file) => !file.startsWith('packages/panel/'))
    .filter((file) => /\bDate\.now\(|\bnew Date\(\)/.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(readers, ['packages/engine/src/clock.ts']);
});
