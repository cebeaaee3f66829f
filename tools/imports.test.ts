// Shows that imports go only in the directions that docs/internals/architecture.md draws, and never in a circle.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const inServer = (folder: string) => new RegExp(`^packages/server/src/${folder}/`);

/** The parts of the server that the HTTP side works with. */
const behindHttp: readonly string[] = [
  'engine',
  'wire',
  'auth',
  'blocklists',
  'blocklists/bulk',
  'blocklists/cloud',
  'meta-client',
  'meta-ingest',
  'numbers',
  'observability',
  'outbound',
  'sandbox',
  'server',
  'shared',
  'users',
  'webhooks',
  'node:',
  'fastify',
  'typebox',
];

/**
 * The rooms of the house, most specific first, and what each may import: other rooms, packages from the registry,
 * and Node's own modules (`node:`). Everything may import from its own room.
 */
const rooms: readonly { readonly room: string; readonly files: RegExp; readonly may: readonly string[] }[] = [
  { room: 'engine', files: /^packages\/engine\/src\//, may: [] },
  { room: 'wire', files: /^packages\/client\/src\/wire\//, may: [] },
  { room: 'client', files: /^packages\/client\/src\/[a-z-]+\.ts$/, may: ['wire'] },
  // What a browser runs, and what reads a slice at a time on a server.
  {
    room: 'user-lists',
    files: /^packages\/user-lists\/src\/(?!stream\.ts)[a-z-]+\.ts$/,
    may: ['engine', 'csv-parse/browser/esm/sync', 'libphonenumber-js/min'],
  },
  {
    room: 'user-lists/stream',
    files: /^packages\/user-lists\/src\/stream\.ts$/,
    may: ['user-lists', 'node:', 'csv-parse'],
  },
  {
    room: 'cli/server',
    files: /^packages\/cli\/src\/commands\/(db|serve)\.ts$/,
    // Loaded when the command is called: the other commands need no server.
    may: ['cli', 'client', 'composition', 'commander', 'node:'],
  },
  {
    room: 'cli',
    files: /^packages\/cli\/src\//,
    may: [
      'cli/server',
      'client',
      'user-lists',
      'node:',
      'commander',
      'cli-progress',
      'csv-stringify/sync',
      'string-width',
    ],
  },
  {
    room: 'panel',
    files: /^packages\/panel\/(src|build)\//,
    // The rules that read phones are the server's own.
    may: [
      'client',
      'engine',
      'user-lists',
      'react',
      'react-dom/client',
      '@mantine/core',
      '@mantine/hooks',
      '@mantine/notifications',
      '@tanstack/react-query',
      '@tanstack/react-virtual',
      'wouter',
      'virtual:phone-formats',
    ],
  },
  // The HTTP side: one room for each dialect, which know nothing of each other, and what they share.
  ...['admin', 'gateway', 'graph', 'panel', 'sandbox', 'splashify'].map((dialect) => ({
    room: `http/${dialect}`,
    files: new RegExp(`^packages/server/src/http/${dialect}/`),
    may: [
      'http/shared',
      ...behindHttp,
      'user-lists',
      'user-lists/stream',
      '@fastify/static',
      'csv-stringify/sync',
    ],
  })),
  {
    room: 'http/shared',
    files: /^packages\/server\/src\/http\/shared\//,
    may: [...behindHttp, '@fastify/busboy', '@fastify/type-provider-typebox'],
  },
  {
    room: 'http',
    files: /^packages\/server\/src\/http\/[a-z-]+\.ts$/,
    may: [
      'http/shared',
      ...['admin', 'gateway', 'graph', 'panel', 'sandbox', 'splashify'].map((dialect) => `http/${dialect}`),
      ...behindHttp,
      '@fastify/type-provider-typebox',
      '@fastify/swagger',
      '@fastify/swagger-ui',
    ],
  },
  { room: 'shared', files: inServer('shared'), may: ['engine', 'node:'] },
  { room: 'auth', files: inServer('auth'), may: ['engine', 'shared', 'node:'] },
  { room: 'numbers', files: inServer('numbers'), may: ['engine', 'blocklists/cloud', 'server', 'node:'] },
  { room: 'users', files: inServer('users'), may: ['engine', 'wire', 'node:'] },
  { room: 'outbound', files: inServer('outbound'), may: ['shared', 'node:'] },
  {
    room: 'meta-client',
    files: inServer('meta-client'),
    may: ['engine', 'wire', 'client', 'outbound', 'numbers', 'shared', 'node:'],
  },
  {
    room: 'meta-ingest',
    files: inServer('meta-ingest'),
    may: ['engine', 'blocklists/cloud', 'meta-client', 'shared', 'users', 'webhooks', 'node:'],
  },
  {
    room: 'blocklists/bulk',
    files: inServer('blocklists/bulk'),
    may: ['engine', 'wire', 'blocklists', 'sandbox', 'users', 'node:', 'fastify'],
  },
  {
    room: 'blocklists/cloud',
    files: inServer('blocklists/cloud'),
    may: ['engine', 'wire', 'client', 'blocklists', 'meta-client', 'shared', 'users', 'fastify'],
  },
  {
    room: 'blocklists',
    files: /^packages\/server\/src\/blocklists\/[a-z-]+\.ts$/,
    may: ['engine', 'wire', 'client', 'blocklists/cloud', 'meta-client', 'shared', 'users', 'fastify'],
  },
  {
    room: 'webhooks',
    files: inServer('webhooks'),
    may: ['engine', 'wire', 'numbers', 'outbound', 'sandbox', 'shared', 'users', 'node:', 'fastify'],
  },
  { room: 'sandbox', files: inServer('sandbox'), may: ['engine', 'wire', 'node:'] },
  { room: 'observability', files: inServer('observability'), may: ['server', 'pino', 'prom-client'] },
  { room: 'stores', files: /^packages\/server\/src\/stores\/[a-z-]+\.ts$/, may: ['engine', 'node:'] },
  { room: 'stores/sqlite', files: inServer('stores/sqlite'), may: ['engine', 'stores', 'node:'] },
  { room: 'stores/postgres', files: inServer('stores/postgres'), may: ['engine', 'stores', 'node:', 'pg'] },
  // Where everything is put together.
  {
    room: 'composition',
    files: /^packages\/server\/src\/(server|serve|maintenance|main|index)\.ts$/,
    may: ['http', 'http/shared', 'stores', 'stores/sqlite', 'stores/postgres', ...behindHttp, 'pino'],
  },
  // What it is put together from, and what it is set to.
  {
    room: 'server',
    files: /^packages\/server\/src\/[a-z-]+\.ts$/,
    may: [...behindHttp, 'fastest-levenshtein'],
  },
];

const packages: Readonly<Record<string, string>> = {
  '@blockhouse/engine': 'packages/engine/src/index.ts',
  '@blockhouse/client/wire': 'packages/client/src/wire/index.ts',
  '@blockhouse/client': 'packages/client/src/index.ts',
  '@blockhouse/user-lists/stream': 'packages/user-lists/src/stream.ts',
  '@blockhouse/user-lists': 'packages/user-lists/src/index.ts',
  '@blockhouse/server': 'packages/server/src/index.ts',
};

const files = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root });

/** What a file imports, types and dynamic imports included: files of ours by path, anything else by name. */
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

const roomOf = (file: string) => rooms.find(({ files }) => files.test(file));

/** The rows of the page: a folder, what is in it, and the rooms that it may import. */
const pageRows = readFileSync(join(root, 'docs/internals/architecture.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  );

test('architecture.md lists every room with what it may import', () => {
  const known = new Set(rooms.map(({ room }) => room));
  const expected = rooms.map(({ room, may }) => [room, may.filter((one) => known.has(one)).toSorted()]);
  const listed = pageRows.map(([room, , may = '']) => [
    room,
    may === 'nothing' ? [] : may.split(', ').toSorted(),
  ]);
  assert.deepEqual(new Map(listed as [string, string[]][]), new Map(expected as [string, string[]][]));
});

test('every source file has a room', () => {
  assert.ok(files.length > 40);
  assert.deepEqual(
    files.filter((file) => roomOf(file) === undefined),
    [],
  );
});

test('imports go only where the table allows', () => {
  const wrong = files.flatMap((file) => {
    const from = roomOf(file);
    return importsOf(file)
      .filter((target) => {
        const to = roomOf(target)?.room ?? (target.startsWith('node:') ? 'node:' : target);
        return to !== from?.room && !from?.may.includes(to);
      })
      .map((target) => `${file} → ${target}`);
  });
  assert.deepEqual(wrong, []);
});

test('no import goes in a circle, types included', () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const target of importsOf(file).filter((name) => files.includes(name)))
      visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

test('only clock.ts reads the time', () => {
  // What a browser shows is of the moment at which it is shown.
  const readers = files
    .filter((file) => !file.startsWith('packages/panel/'))
    .filter((file) => /\bDate\.now\(|\bnew Date\(\)/.test(readFileSync(join(root, file), 'utf8')));
  assert.deepEqual(readers, ['packages/engine/src/clock.ts']);
});
