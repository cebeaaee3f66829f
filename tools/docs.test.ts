// Shows that the pages say what the code does: the error table, the settings, the magic users, and the README's
// commands.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type CatalogueEntry,
  type RefusalEntry,
  refusals,
  requestErrors,
  statusErrors,
  verdicts,
} from '@blockhouse/client/wire';
import { magicUsers } from '@blockhouse/engine';
import { createServer, readConfig, settings } from '@blockhouse/server';
import { assertMatches } from '../conformance/runner.ts';
import { exitCodes } from '../packages/cli/src/failure.ts';
import { program, withChildren } from '../packages/cli/src/program.ts';
import { settings as cliSettings } from '../packages/cli/src/settings.ts';
import { commandLineVariables } from '../packages/server/src/config/environment.ts';
import { notPassedThrough } from '../packages/server/src/http/gateway/passed-path.ts';
import { createMetrics } from '../packages/server/src/observability/metrics.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = (path: string) => readFileSync(join(root, path), 'utf8');

/** The rows of a page's tables: cells without the code marks. */
function rows(path: string): string[][] {
  return rowsOf(page(path));
}

function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s:|-]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

test('errors.md lists every error of a request, and no other', () => {
  const listed = rows('docs/reference/errors.md').filter(
    (row) => row.length === 5 && /^\d+/.test(row[0] ?? ''),
  );
  const entries = Object.values(requestErrors as Record<string, CatalogueEntry>);
  const expected = entries.map(({ code, subcode, status, title, type, explanation }) => [
    subcode === undefined ? String(code) : `${code} / ${subcode}`,
    String(status),
    title,
    type,
    explanation,
  ]);
  assert.deepEqual(listed, expected);
});

test('errors.md lists every refusal of a user and every late failure of a message, and no other', () => {
  const listed = rows('docs/reference/errors.md').filter(
    (row) => row.length === 4 && /^\d+$/.test(row[0] ?? ''),
  );
  const expected = [
    ...Object.values(refusals).map(({ code, message, details, explanation }) => [
      code,
      message,
      details,
      explanation,
    ]),
    ...Object.values(statusErrors).map(({ code, title, details, explanation }) => [
      code,
      title,
      details,
      explanation,
    ]),
  ];
  assert.deepEqual(
    listed,
    expected.map((row) => row.map(String)),
  );
});

test('configuration.md lists every setting, and no other', () => {
  const listed = rows('docs/reference/configuration.md').slice(1);
  const expected = Object.values(settings).map(({ name, accepts, fallback, about }) => [
    name,
    accepts,
    fallback === '' ? '–' : fallback,
    about.replaceAll('`', ''),
  ]);
  assert.deepEqual(listed, expected);
});

test('the server knows every variable of the command line', () => {
  const variables = Object.values(cliSettings).map(({ variable }) => variable);
  assert.deepEqual(commandLineVariables, variables);
});

test('gateway.md names the requests that are not passed on', () => {
  const listed = rows('docs/operating/gateway.md').map(([request, instead]) => [request, instead]);
  for (const { what, instead } of notPassedThrough)
    assert.deepEqual(
      listed.find(([one]) => one === what),
      [what, instead],
    );
});

test('sandbox.md names the magic users', () => {
  const listed = rows('docs/sandbox.md').map(([first]) => first);
  for (const waId of magicUsers.keys()) assert.ok(listed.includes(String(waId)), String(waId));
});

/** The anchors that GitHub gives to the headings of a page. */
function anchors(path: string): string[] {
  return [...page(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('monitoring.md lists every metric, and its alerts name no other', async () => {
  const { registry } = createMetrics();
  const labelsOf = (metric: object) => {
    const { labelNames = [] } = metric as { readonly labelNames?: readonly string[] };
    return labelNames.length === 0 ? '–' : labelNames.join(', ');
  };
  const expected = registry
    .getMetricsAsArray()
    .map((metric) => [metric.name, String(metric.type), labelsOf(metric), metric.help]);
  const names = expected.map(([name = '']) => name);
  const listed = rows('docs/operating/monitoring.md').filter(([name = '']) => /^[a-z]+_/.test(name));
  assert.deepEqual(listed, expected);
  const text = page('docs/operating/monitoring.md');
  const alerts = [...(/```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '').matchAll(/blockhouse_\w+/g)];
  assert.ok(alerts.length >= 3);
  for (const [name] of alerts) assert.ok(names.includes(name), name);
});

test('errors.md says what a refusal means when unblocking', () => {
  const listed = rows('docs/reference/errors.md').filter(([reason = '']) => reason in refusals);
  const expected = Object.entries(refusals as Record<string, RefusalEntry>).flatMap(
    ([reason, { explanationWhenUnblocking: words }]) => (words === undefined ? [] : [[reason, words]]),
  );
  assert.deepEqual(listed, expected);
});

test('blockhouse.md lists every field of the health of a number', async (t) => {
  const own = { PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };
  const server = await createServer(readConfig(own, { sandbox: true }));
  t.after(() => server.close());
  // biome-ignore lint/suspicious/noExplicitAny: the document has every shape.
  const { paths } = (await (await fetch(`${await server.listen()}/openapi.json`)).json()) as any;
  const { schema } = paths['/blockhouse/v1/numbers/{id}'].get.responses['200'].content['application/json'];
  const expected = ['upstream', 'webhook'].flatMap((of) => {
    const { health } = schema.properties[of].anyOf[0].properties;
    return Object.keys(health.properties).map((field) => `${of}.health.${field}`);
  });
  const listed = rows('docs/reference/blockhouse.md').map(([field = '']) => field);
  assert.deepEqual(
    listed.filter((field) => /^\w+\.health\./.test(field)),
    expected,
  );
});

test('links between pages lead somewhere', () => {
  const pages = globSync(['*.md', 'docs/**/*.md', 'examples/*.md'], { cwd: root });
  for (const path of pages) {
    for (const [, target = '', anchor] of page(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
      const linked = target === '' ? path : join(dirname(path), target);
      assert.ok(existsSync(join(root, linked)), `${path} → ${target}`);
      if (anchor !== undefined) assert.ok(anchors(linked).includes(anchor), `${path} → ${target}#${anchor}`);
    }
  }
});

test('CONTRIBUTING.md answers ten questions, each with one file', () => {
  const [, section = ''] = page('CONTRIBUTING.md').split('## Where would you change …?');
  const answers = rowsOf(section.split('\n## ')[0] ?? '').slice(1);
  assert.equal(answers.length, 10);
  for (const [, file = ''] of answers) assert.ok(existsSync(join(root, file)), file);
});

test('pages are wrapped at 120 columns, except tables and code', () => {
  const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root });
  for (const path of pages) {
    const lines = page(path)
      .replaceAll(/^```[\s\S]*?^```$/gm, '')
      .split('\n');
    assert.deepEqual(
      lines.filter((line) => line.length > 120 && !line.startsWith('|')),
      [],
      path,
    );
  }
});

/** The shell blocks of a page, each with the JSON that stands right behind it, if any. */
function shellBlocks(path: string) {
  const blocks = page(path).matchAll(/```sh\n([\s\S]*?)```(?:\s*```json\n([\s\S]*?)```)?/g);
  return [...blocks].map(([, commands = '', answer]) => ({ commands, answer }));
}

/** Names that zsh reserves: a value for one of these breaks the shell that the line is pasted into. */
const zshOwn = ['path', 'cdpath', 'fpath', 'mailpath', 'manpath', 'argv', 'status', 'options', 'signals'];

test('no line to paste gives a value to a variable that zsh keeps for itself', () => {
  for (const path of globSync(['*.md', 'docs/**/*.md', 'examples/*.sh'], { cwd: root })) {
    const shell = path.endsWith('.sh') ? [page(path)] : shellBlocks(path).map(({ commands }) => commands);
    for (const [, name = ''] of shell.join('\n').matchAll(/(?:^|[\s;{(])([A-Za-z_]\w*)=/g))
      assert.ok(!zshOwn.includes(name), `${path}: ${name}`);
  }
});

test("the README's curl lines answer what it says", async (t) => {
  const own = { PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };
  const server = await createServer(readConfig(own, { sandbox: true }));
  t.after(() => server.close());
  const url = await server.listen();
  assert.ok((await runReadme(url, server.demoKey ?? '')) >= 4);
});

/** Runs the README's curl lines, compares what they answer, and answers how many blocks there were. */
async function runReadme(url: string, key: string): Promise<number> {
  const blocks = shellBlocks('README.md').filter(({ commands }) => commands.includes('curl'));
  for (const { commands, answer } of blocks) {
    const script = commands.replaceAll('http://127.0.0.1:4080', url).replace(/^KEY=.*$/m, '');
    const env = { PATH: process.env['PATH'], KEY: key };
    const { stdout } = await promisify(execFile)('sh', ['-ec', script], { env });
    if (answer !== undefined) assertMatches(JSON.parse(stdout), JSON.parse(answer));
  }
  return blocks.length;
}

test('after the README, every step of the sandbox guide runs and answers what it says', async (t) => {
  const own = { PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };
  const server = await createServer(readConfig(own, { sandbox: true }));
  t.after(() => server.close());
  const url = await server.listen();
  await runReadme(url, server.demoKey ?? '');
  const [preamble, ...steps] = shellBlocks('docs/sandbox.md');
  assert.ok(steps.length > 10);
  let receiver = 'http://127.0.0.1:4081/';
  for (const { commands, answer } of steps) {
    if (commands.startsWith('node ')) {
      receiver = await startExample(t, commands.trim().replace('4081', '0').split(' ').slice(1));
      continue;
    }
    const script = `${preamble?.commands.replace(/^KEY=.*$/m, '')}\n${commands}`
      .replaceAll('http://127.0.0.1:4080', url)
      .replaceAll('http://127.0.0.1:4081/', receiver);
    const env = { PATH: process.env['PATH'], KEY: server.demoKey ?? '' };
    const { stdout } = await promisify(execFile)('sh', ['-ec', script], { env });
    if (answer !== undefined) assertMatches(JSON.parse(stdout), JSON.parse(answer));
    else assert.ok(!stdout.includes('"error"'), stdout);
  }
});

test('every step of the gateway guide runs, with a sandbox for Meta', async (t) => {
  const own = { PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };
  const meta = await createServer(readConfig(own, { sandbox: true }));
  t.after(() => meta.close());
  const metaUrl = await meta.listen();
  const adminKey = 'a'.repeat(32);
  const secret = {
    BLOCKHOUSE_SECRET: 'x'.repeat(32),
    BLOCKHOUSE_ADMIN_KEY: adminKey,
    BLOCKHOUSE_WEBHOOK_TARGETS: 'loopback',
  };
  const gateway = await createServer(readConfig({ ...own, ...secret }));
  t.after(() => gateway.close());
  const receiver = await startExample(t, ['examples/receiver.mjs', '0', 'let me in']);
  const env = {
    PATH: process.env['PATH'],
    KEY: adminKey,
    URL: await gateway.listen(),
    PHONE_NUMBER_ID: '106540352242922',
    PHONE: '+1 555 078 3881',
    WABA_ID: '102290129340398',
    TOKEN: meta.demoKey ?? '',
    APP_SECRET: 'secret of the app',
    VERIFY_TOKEN: 'let me in',
    OWN_URL: receiver,
    OWN_SECRET: 'app secret',
    OWN_VERIFY_TOKEN: 'let me in',
  };
  const steps = shellBlocks('docs/operating/gateway.md');
  assert.ok(steps.length >= 5);
  for (const { commands } of steps) {
    const script = commands.replace(
      '"upstream": { "token"',
      `"upstream": { "base_url": "${metaUrl}", "token"`,
    );
    const { stdout } = await promisify(execFile)('sh', ['-ec', script], { env });
    assert.ok(stdout.startsWith('{') && !stdout.includes('"error"'), stdout);
  }
});

test('the link of the embedding guide opens the panel', async (t) => {
  const own = { PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };
  const server = await createServer(readConfig(own, { sandbox: true }));
  t.after(() => server.close());
  const url = await server.listen();
  const env = {
    PATH: process.env['PATH'],
    URL: url,
    KEY: server.demoKey ?? '',
    PHONE_NUMBER_ID: '106540352242922',
  };
  for (const { commands } of shellBlocks('docs/operating/embed.md')) {
    const { stdout } = await promisify(execFile)('sh', ['-ec', commands], { env });
    const link = (JSON.parse(stdout) as { path: string }).path.split('#')[1];
    const body = JSON.stringify({ link });
    const headers = { 'content-type': 'application/json' };
    const signedIn = await fetch(`${url}/blockhouse/v1/session`, { method: 'POST', headers, body });
    const session = (await signedIn.json()) as { person: string; number: string };
    assert.deepEqual([session.person, session.number], ['Ben', '106540352242922']);
  }
});

/** Starts an example that listens, and answers its address. */
async function startExample(t: TestContext, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  const [said] = await once(child.stdout, 'data');
  child.stdout.resume();
  const address = /http:\S+/.exec(String(said))?.[0];
  assert.ok(address, `${args.join(' ')} did not say where it listens`);
  return address;
}

test('the test of testing.md runs', async (t) => {
  const code = /```ts\n([\s\S]*?)```/.exec(page('docs/testing.md'))?.[1];
  assert.ok(code);
  const file = join(root, `tools/from-testing-page-${process.pid}.ts`);
  writeFileSync(file, code);
  t.after(() => rmSync(file));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@blockhouse/source', '--test', file],
    {
      env,
    },
  );
  assert.match(stdout, /pass 1/);
});

test('client.md names everything that the SDK exports, and its example runs', async (t) => {
  const text = page('docs/reference/client.md');
  const lists = page('packages/client/src/index.ts').matchAll(/export (?:type )?\{([^}]*)\}/g);
  const exported = [...lists].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.replace('type ', '').trim()),
  );
  assert.ok(exported.includes('BlockUsersClient') && exported.includes('User'));
  for (const name of exported) assert.ok(text.includes(name), name);

  const own = { PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };
  const server = await createServer(readConfig(own, { sandbox: true }));
  t.after(() => server.close());
  const url = await server.listen();
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1];
  assert.ok(code);
  const file = join(root, `tools/from-client-page-${process.pid}.ts`);
  writeFileSync(file, code.replace('http://127.0.0.1:4080', url).replace('pk_test_…', server.demoKey ?? ''));
  t.after(() => rmSync(file));
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@blockhouse/source', file]);
  assert.deepEqual(stdout.trim().split('\n'), [
    '15550100001 is blocked (15550100001)',
    `+16505551234: window_closed. ${refusals.window_closed.explanation}`,
    '15550100001',
    'true',
  ]);
});

test('blockhouse.md lists every call of our own, and every verdict with its advice', async (t) => {
  const text = page('docs/reference/blockhouse.md');
  const own = { PORT: '0', BLOCKHOUSE_STORE: 'sqlite::memory:', BLOCKHOUSE_LOG: 'silent' };
  const server = await createServer(readConfig(own, { sandbox: true }));
  t.after(() => server.close());
  const url = await server.listen();
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> };
  const ours = Object.keys(paths).filter((path) => path.startsWith('/blockhouse/'));
  const named = [...text.matchAll(/`([A-Z ]+) (\/blockhouse\/v1\/[^`]+)`/g)];
  assert.deepEqual(new Set(named.map(([, , path]) => path)), new Set(ours));
  for (const path of ours) {
    const methods = Object.keys(paths[path] ?? {}).filter((method) => method !== 'head');
    const said = named
      .filter(([, , one]) => one === path)
      .flatMap(([, all = '']) => all.toLowerCase().split(' '));
    assert.deepEqual(said.toSorted(), methods.toSorted(), path);
  }
  const advice = rows('docs/reference/blockhouse.md').filter(([verdict = '']) => verdict in verdicts);
  assert.deepEqual(Object.fromEntries(advice.map(([verdict, words]) => [verdict, words])), verdicts);
});

test('cli.md shows the help of every command as it is, every setting and every exit code', () => {
  const text = page('docs/reference/cli.md');
  const shownHelp = [...text.matchAll(/```text\n(Usage: [\s\S]*?)```/g)].map(([, help]) => help);
  const expected = withChildren(program()).map((command) => command.helpInformation());
  assert.deepEqual(shownHelp, expected);
  const listed = rows('docs/reference/cli.md').filter(([flag]) => flag?.startsWith('--'));
  assert.deepEqual(
    listed,
    Object.values(cliSettings).map(({ flag, variable, fallback, about }) => [
      flag,
      variable,
      fallback ?? '–',
      about,
    ]),
  );
  for (const code of Object.values(exitCodes)) assert.match(text, new RegExp(`^\\| ${code} `, 'm'));
});

test("the README's npm commands exist", () => {
  const { scripts } = JSON.parse(page('package.json'));
  for (const path of ['README.md', 'CONTRIBUTING.md']) {
    for (const [, run, name] of page(path).matchAll(/npm (run )?(?:-s )?([a-z:]+)/g)) {
      // npm's own.
      if (run === undefined && ['ci', 'install', 'run'].includes(name ?? '')) continue;
      assert.ok(name !== undefined && name in scripts, `${path}: npm ${run ?? ''}${name}`);
    }
  }
});
