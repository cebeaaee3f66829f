// Builds the panel where it is not built yet, or from other sources than those that are here: `npm start` and `npm test` run it
// first, and usually it has nothing to do.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const mark = join(root, 'packages/panel/dist/.built-from');

const sources = [
  'packages/panel/**/*',
  'packages/client/src/**/*',
  'packages/engine/src/**/*',
  'package-lock.json',
];
const hash = createHash('sha256');
for (const file of globSync(sources, { cwd: root, withFileTypes: true }).toSorted((one, other) =>
  pathOf(one) < pathOf(other) ? -1 : 1,
)) {
  const path = pathOf(file);
  if (!file.isFile() || /panel\/(dist|node_modules)/.test(path)) continue;
  hash.update(`${path.slice(root.length)}\n`).update(readFileSync(path));
}
const wanted = hash.digest('hex');

if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
  process.stderr.write('Building the panel …\n');
  const args = ['run', '-s', 'build', '-w', 'packages/panel', '--', '--logLevel', 'warn'];
  const { status } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(1);
  writeFileSync(mark, wanted);
}

function pathOf({ parentPath, name }: { parentPath: string; name: string }): string {
  return join(parentPath, name);
}
