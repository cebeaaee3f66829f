// Builds the panel if it is not built yet, or was built from other sources. `npm start`, `npm test` and `npm run
// build` run it first, and usually it has nothing to do.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const panel = join(root, 'packages/panel');
/** Which sources `dist` was made of. */
const mark = join(panel, '.built-from');

const sources = [
  'packages/panel/{src,build,public,messages}/**/*.*',
  'packages/panel/*.{json,ts,html}',
  'packages/{client,engine,user-lists}/src/**/*.ts',
  'packages/{client,engine,user-lists}/package.json',
  'examples/auto-block-rules.yaml',
  'package-lock.json',
  'tsconfig.base.json',
];
const hash = createHash('sha256');
for (const file of globSync(sources, { cwd: root }).toSorted())
  hash.update(`${file}\n`).update(readFileSync(join(root, file)));
const wanted = hash.digest('hex');

const isBuilt = existsSync(join(panel, 'dist/index.html')) && existsSync(mark);
if (!isBuilt || readFileSync(mark, 'utf8') !== wanted) {
  process.stderr.write('Building the panel …\n');
  // Beside, and then in one move: a server may be serving what is there.
  const fresh = join(panel, `dist-${process.pid}`);
  const args = ['run', '-s', 'build', '-w', 'packages/panel', '--', '--logLevel', 'warn', '--outDir', fresh];
  // npm would leave its compiled code in the temporary folder.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  const { status } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], env });
  if (status !== 0) process.exit(1);
  rmSync(join(panel, 'dist'), { recursive: true, force: true });
  renameSync(fresh, join(panel, 'dist'));
  writeFileSync(mark, wanted);
}
