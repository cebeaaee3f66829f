// Shows that imports go only in the directions that docs/internals/architecture.md draws, and never in a circle.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

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
    room: 'cli',
    files: /^packages\/cli\/src\//,
    // The server itself is loaded by `serve` alone, when it is called.
    may: ['client', 'user-lists', 'node:', 'commander', 'cli-progress', 'csv-stringify/sync', 'string-width'],
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
  {
    room: 'http',
    files: /^packages\/server\/src\/http\//,
    may: [
      'engine',
      'wire',
      'webhooks',
      'blocklists',
      'intake',
      'upstream',
      'outbound',
      'users',
      'server',
      'node:',
      'fastify',
      'typebox',
      '@fastify/busboy',
      '@fastify/static',
      '@fastify/type-provider-typebox',
      '@fastify/swagger',
      '@fastify/swagger-ui',
      'user-lists',
      'user-lists/stream',
      'csv-stringify/sync',
    ],
  },
  {
    room: 'webhooks',
    files: /^packages\/server\/src\/webhooks\//,
    may: ['engine', 'wire', 'outbound', 'users', 'server', 'node:', 'fastify'],
  },
  { room: 'users', files: /^packages\/server\/src\/users\//, may: ['engine', 'wire', 'node:'] },
  { room: 'outbound', files: /^packages\/server\/src\/outbound\//, may: ['node:'] },
  {
    room: 'upstream',
    files: /^packages\/server\/src\/upstream\//,
    may: ['engine', 'wire', 'client', 'outbound', 'server', 'node:'],
  },
  {
    room: 'blocklists',
    files: /^packages\/server\/src\/blocklists\//,
    may: ['engine', 'wire', 'client', 'upstream', 'users', 'server'],
  },
  {
    room: 'intake',
    files: /^packages\/server\/src\/intake\//,
    may: ['engine', 'blocklists', 'upstream', 'users', 'webhooks', 'server', 'node:', 'fastify'],
  },
  { room: 'stores', files: /^packages\/server\/src\/stores\/[a-z-]+\.ts$/, may: ['engine', 'node:'] },
  {
    room: 'stores/sqlite',
    files: /^packages\/server\/src\/stores\/sqlite\//,
    may: ['engine', 'stores', 'node:'],
  },
  {
    room: 'stores/postgres',
    files: /^packages\/server\/src\/stores\/postgres\//,
    may: ['engine', 'stores', 'node:', 'pg'],
  },
  {
    room: 'composition',
    files: /^packages\/server\/src\/(server|serve|maintenance|main|index)\.ts$/,
    may: [
      'engine',
      'http',
      'blocklists',
      'intake',
      'upstream',
      'users',
      'webhooks',
      'stores',
      'stores/sqlite',
      'stores/postgres',
      'server',
      'node:',
      'fastify',
      'pino',
    ],
  },
  // What the HTTP side works with; the platform is known to it by its type.
  {
    room: 'server',
    files: /^packages\/server\/src\/[a-z-]+\.ts$/,
    may: [
      'engine',
      'wire',
      'blocklists',
      'intake',
      'upstream',
      'users',
      'outbound',
      'webhooks',
      'node:',
      'fastify',
      'fastest-levenshtein',
      'pino',
      'prom-client',
    ],
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

/** What a file imports: files of ours by path, anything else by name. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const names = [...text.matchAll(/^(?:import|export)\s[^'";]*?from\s+'([^']+)'/gm)].map(
    ([, name]) => name ?? '',
  );
  return names.map((name) =>
    name.startsWith('.') ? normalize(join(dirname(file), name)) : (packages[name] ?? name),
  );
}

const roomOf = (file: string) => rooms.find(({ files }) => files.test(file));

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

test('no import goes in a circle, types aside', () => {
  const valueImports = (file: string) => {
    const text = readFileSync(join(root, file), 'utf8').replace(/^import type [\s\S]*?from '[^']+';/gm, '');
    return [...text.matchAll(/^(?:import|export)\s[^'";]*?from\s+'(\.[^']+)'/gm)].map(([, name]) =>
      normalize(join(dirname(file), name ?? '')),
    );
  };
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const target of valueImports(file)) visit(target, [...path, file]);
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
