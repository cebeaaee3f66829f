// Shows that the packages install from their tarballs into an empty folder: ESM imports with types, and `npx
// blockhouse`.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { tempFolder } from './temp-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const tarballs = tempFolder({ after });
const clientTarball = 'blockhouse-client-0.1.0.tgz';

/** npm, where the tests themselves were started by it. */
async function npm(cwd: string, ...args: string[]): Promise<string> {
  const own = process.env['npm_execpath'];
  const [file, first] = own === undefined ? ['npm', []] : [process.execPath, [own]];
  const { stdout } = await run(file, [...first, ...args], { cwd, env: outerEnv() });
  return stdout;
}

/** The environment without the workspaces and folders of an outer npm. */
function outerEnv(): Record<string, string | undefined> {
  const isOurs = ([name]: [string, unknown]) =>
    !/^npm_(?!config_(cache|globalconfig|registry|userconfig))/.test(name);
  // Programs that npm has linked run on the Node that runs the tests.
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`;
  return { ...Object.fromEntries(Object.entries(process.env).filter(isOurs)), PATH };
}

/** An empty folder with packages of ours installed; what they need of others' comes from npm's cache where it can. */
async function install(...files: string[]): Promise<string> {
  const cwd = tempFolder({ after });
  writeFileSync(join(cwd, 'package.json'), '{"type":"module","private":true}');
  const paths = files.map((file) => join(tarballs, file));
  await npm(cwd, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--omit=dev', ...paths);
  return cwd;
}

const tsc = (cwd: string, ...args: string[]) =>
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], { cwd });

before(async () => {
  await npm(root, 'run', 'pack', '--', tarballs);
});

test('the client installs alone, without anything else, and imports with its types', async () => {
  const cwd = await install(clientTarball);
  assert.deepEqual(
    readdirSync(join(cwd, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['@blockhouse'],
  );
  writeFileSync(
    join(cwd, 'use.ts'),
    `import { BlockUsersClient, type Refusal } from '@blockhouse/client';
     import { refusals } from '@blockhouse/client/wire';
     const client = new BlockUsersClient({ token: 't', phoneNumberId: '1', fetch: async () => new Response('{"data":[]}') });
     const none: readonly Refusal[] = [];
     console.log((await client.list()).users.length, none.length, refusals.window_closed.code);`,
  );
  const { stdout } = await run(process.execPath, ['use.ts'], { cwd });
  assert.equal(stdout, '0 0 131047\n');
  const check = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--types',
    '',
    '--lib',
    'es2024,dom',
    'use.ts',
  ];
  await tsc(cwd, ...check);
});

test('CommonJS projects load the client, and TypeScript lets them', async () => {
  const cwd = await install(clientTarball);
  writeFileSync(
    join(cwd, 'use.cts'),
    `import { BlockUsersClient, isAmbiguous, type Refusal } from '@blockhouse/client';
     import { refusals } from '@blockhouse/client/wire';
     const client: BlockUsersClient = new BlockUsersClient({ token: 't', phoneNumberId: '1' });
     const none: readonly Refusal[] = [];
     console.log(typeof client.block, none.length, isAmbiguous(null), refusals.window_closed.code);`,
  );
  const options = ['--strict', '--types', '', '--lib', 'es2024,dom', '--skipLibCheck', 'false'];
  await tsc(cwd, ...options, '--module', 'node16', 'use.cts');
  const { stdout } = await run(process.execPath, ['use.cjs'], { cwd });
  assert.equal(stdout, 'function 0 false 131047\n');
});

test('a project with a condition of its own, such as source, loads what is in the package', async () => {
  const cwd = await install(clientTarball);
  writeFileSync(
    join(cwd, 'use.js'),
    `import { isAmbiguous } from '@blockhouse/client'; console.log(isAmbiguous(null));`,
  );
  const { stdout } = await run(process.execPath, ['--conditions=source', 'use.js'], { cwd });
  assert.equal(stdout, 'false\n');
});

test('every way of TypeScript to find the client finds its types', async () => {
  const tarball = new Uint8Array(readFileSync(join(tarballs, clientTarball)));
  const checked = await checkPackage(createPackageFromTarballData(tarball));
  assert.ok(checked.types !== false);
  // The code for require() is an ES module: Node loads it from 22.12 on, and the package needs a later one.
  const problems = checked.problems.filter(({ kind }) => kind !== 'FalseCJS' && kind !== 'CJSResolvesToESM');
  assert.deepEqual(problems, []);
});

test('every package that another one needs is packed beside it', () => {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const manifests = (workspaces as string[]).map((path) =>
    JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')),
  );
  const names = manifests.map(({ name }) => name);
  assert.equal(readdirSync(tarballs).length, names.length);
  for (const { dependencies = {} } of manifests)
    for (const name of Object.keys(dependencies).filter((one) => one.startsWith('@blockhouse/')))
      assert.ok(names.includes(name), name);
});

test('the server and the command line install, without a compiler', async (t) => {
  const cwd = await install(...readdirSync(tarballs));
  const manifest = (name: string) =>
    JSON.parse(readFileSync(join(cwd, 'node_modules', name, 'package.json'), 'utf8'));
  for (const name of ['@blockhouse/server', 'blockhouse']) assert.equal(manifest(name).engines.node, '>=24');
  const addons = readdirSync(join(cwd, 'node_modules'), { recursive: true }).filter((path) =>
    /\.node$|binding\.gyp$/.test(String(path)),
  );
  assert.deepEqual(addons, []);

  writeFileSync(
    join(cwd, 'embed.js'),
    `import { createServer, readConfig } from '@blockhouse/server';
     const server = await createServer(readConfig({ PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' }, { sandbox: true }));
     const url = await server.listen();
     console.log((await fetch(url + '/healthz')).status);
     await server.close();`,
  );
  assert.equal((await run(process.execPath, ['embed.js'], { cwd })).stdout, '200\n');

  const { url, key } = await serve(t, cwd);
  const env = { ...outerEnv(), BLOCKHOUSE_URL: url, BLOCKHOUSE_KEY: key };
  const bin = join(cwd, 'node_modules/.bin/blockhouse');
  const { stdout } = await run(bin, ['block', '15550100001', '--json'], { cwd, env });
  assert.equal(JSON.parse(stdout).outcome, 'blocked');
  assert.equal((await run(bin, ['--version'], { cwd, env })).stdout, '0.1.0\n');
});

/** `npx blockhouse serve --sandbox`, in a folder of its own. */
async function serve(t: TestContext, cwd: string): Promise<{ url: string; key: string }> {
  const env = { ...outerEnv(), BLOCKHOUSE_LOG: 'silent', PORT: '0' };
  // A group of its own, since npx starts a process that starts a process.
  const child = spawn('npx', ['--no-install', 'blockhouse', 'serve', '--sandbox'], {
    cwd,
    env,
    detached: true,
  });
  t.after(async () => {
    const exit = once(child, 'exit');
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    await exit;
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const banner = await new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (/Store {2,}\S+/.test(said)) resolve(said);
    });
    child.once('exit', () => resolve(said));
  });
  const url = /http:\/\/[\d.]+:\d+/.exec(banner)?.[0];
  const key = /pk_test_\S+/.exec(banner)?.[0];
  assert.ok(url && key, banner);
  return { url, key };
}
