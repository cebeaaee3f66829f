// Shows the ways through the panel besides the first: ends of blocks, undo, withdrawing, filters and export, a server
// that is away,
// a platform that fails, and how little of it is loaded at first.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../../../tools/browser.ts';
import { listen } from '../../../tools/listen.ts';
import { demoNumber, startServer } from '../../server/test/harness.ts';
import { addNumberAtMeta, openPanel, startPanel, usersFrom, writeMany } from './panel.ts';

const ana = '16505551234';

test('a block for an hour leaves the list by itself when it has expired', async (t) => {
  const { running, page } = await startPanel(t);
  await writeMany(running, [ana]);
  await page.getByRole('button', { name: 'Block users' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Users').fill(ana);
  await dialog.getByLabel('Duration').selectOption({ label: '1 hour' });
  await dialog.getByRole('button', { name: 'Block 1 user' }).click();
  await dialog.getByText('1 user is blocked').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('grid').getByText('+1 650 555 1234').waitFor();
  await running.advance('61m');
  await page.getByText('Nobody is blocked on this number').waitFor();
  await page.getByRole('link', { name: 'Activity' }).click();
  await page.getByRole('cell', { name: 'Expired' }).waitFor();
  await page.getByLabel('Outcome').selectOption({ label: 'Done' });
  await page.getByRole('cell', { name: 'Expired' }).waitFor({ state: 'detached' });
  await page.getByLabel('User', { exact: true }).fill('16505559999');
  await page.getByText('No matches for these filters').waitFor();
  await page.getByLabel('User', { exact: true }).fill('');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as CSV' }).click();
  assert.equal((await download).suggestedFilename(), 'activity.csv');
});

test('an unblock is undone as far as the rules allow, and the panel says how far', async (t) => {
  const { running, page } = await startPanel(t);
  await writeMany(running, [ana]);
  await running.block(ana);
  await running.advance('25h');
  await page.getByRole('grid').getByText('+1 650 555 1234').waitFor();
  await page.getByRole('button', { name: 'Actions for +1 650 555 1234' }).click();
  await page.getByRole('menuitem', { name: 'Unblock' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('1 user will be blocked when they next write').waitFor();
  await page.getByRole('link', { name: 'Standing blocks' }).click();
  await page.getByRole('button', { name: 'Withdraw the standing block of +1 650 555 1234' }).click();
  await page.getByText('No standing blocks on this number').waitFor();
});

test('on all numbers, and refused on one of them', async (t) => {
  const { running, page, go } = await startPanel(t);
  await running.call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882', verified_name: 'Other shop' },
  });
  await writeMany(running, [ana]);
  await go('blocked');
  await page.getByRole('button', { name: 'Block users' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Users').fill(ana);
  await dialog.getByText('On all numbers').click();
  await dialog.getByRole('button', { name: 'Block 1 user' }).click();
  const refused = dialog.getByRole('region', { name: '1 user is blocked on some of the 2 numbers only' });
  await refused.getByText('Blocked on 1 number: Blockhouse Demo').waitFor();
  await refused.getByText('Not blocked on 1 number: Other shop').waitFor();
  await refused.getByText('Never wrote to this number').waitFor();
  await refused.getByRole('button', { name: 'Block when they next write' }).click();
  await refused.getByText('1 user will be blocked when they next write').waitFor();
});

test('while the server is away the panel says so, and what has changed is there when it is back', async (t) => {
  const running = await startServer(t);
  let isAway = false;
  const open = new Set<() => void>();
  const proxy = createServer((request, response) => {
    if (isAway) return void request.socket.destroy();
    const { method, headers } = request;
    const onward = httpRequest(running.url + request.url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
    open.add(() => onward.destroy());
    response.on('close', () => onward.destroy());
  });
  const url = await listen(t, proxy);
  const browser = await launchBrowser(t);
  const { page } = await openPanel(t, { browser, url, key: running.key });
  await page.getByText('Nobody is blocked on this number').waitFor();
  isAway = true;
  for (const end of open) end();
  proxy.closeAllConnections();
  await page.getByText('The server cannot be reached just now.').waitFor();
  await writeMany(running, [ana]);
  await running.block(ana);
  isAway = false;
  await page.getByRole('grid').getByText('+1 650 555 1234').waitFor({ timeout: 60_000 });
  await page.getByText('The server cannot be reached just now.').waitFor({ state: 'detached' });
});

test('a number at Meta whose token is refused: its health says so, and its list says why it is not there', async (t) => {
  const meta = createServer((_request, response) => {
    const error = { message: 'Session has expired on Friday.', type: 'OAuthException', code: 190 };
    const body = asked++ === 0 ? { data: [] } : { error };
    response
      .writeHead(asked === 1 ? 200 : 401, { 'content-type': 'application/json' })
      .end(JSON.stringify(body));
  });
  let asked = 0;
  const baseUrl = await listen(t, meta);
  const { running, page, go } = await startPanel(t, { over: { secrets: ['x'.repeat(32)] } });
  await addNumberAtMeta(running, baseUrl);
  await go('numbers');
  await page.getByRole('button', { name: 'Show who is blocked on At Meta' }).click();
  await page.getByText(/token that Blockhouse holds/).waitFor();
  await page.getByRole('link', { name: 'Numbers' }).click();
  await page.getByText(/Meta fails: .*Session has expired/).waitFor();
});

test('the first load is at most 200 kB, and with the list at most 250 kB, compressed', () => {
  const dist = fileURLToPath(new URL('../dist/', import.meta.url));
  type Chunk = { file: string; css?: string[]; imports?: string[]; src?: string; isEntry?: boolean };
  const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8')) as Record<string, Chunk>;
  const filesOf = (isLoaded: (name: string) => boolean) => {
    const files = new Set(['index.html']);
    const load = (name: string) => {
      const { file, css = [], imports = [] } = manifest[name] ?? { file: '' };
      if (files.has(file)) return;
      for (const one of [file, ...css]) files.add(one);
      for (const one of imports) load(one);
    };
    for (const name of Object.keys(manifest))
      if (manifest[name]?.isEntry || /catalog\/en$/.test(name) || isLoaded(name)) load(name);
    // The styles of all pages are in one file, which the page names.
    for (const { file } of Object.values(manifest)) if (file.endsWith('.css')) files.add(file);
    return [...files];
  };
  const bytesOf = (files: readonly string[]) =>
    files.map((file) => statSync(sentOf(dist + file)).size).reduce((sum, size) => sum + size, 0);
  const first = filesOf(() => false);
  const withList = filesOf((name) => /BlockedPage/.test(name));
  assert.ok(first.some((file) => /en-.*js$/.test(file)));
  assert.ok(first.some((file) => /style.*css$/.test(file)));
  assert.ok(withList.some((file) => /BlockedPage.*js$/.test(file)));
  assert.ok(bytesOf(first) > 100_000 && bytesOf(first) <= 200_000, `${bytesOf(first)} bytes`);
  assert.ok(bytesOf(withList) <= 250_000, `${bytesOf(withList)} bytes`);
});

/** The file that the server sends to a browser that takes Brotli; a small one is not compressed. */
function sentOf(path: string): string {
  return existsSync(`${path}.br`) ? `${path}.br` : path;
}

test('styles know no left and right, so that the page can be turned round', () => {
  const root = fileURLToPath(new URL('../src', import.meta.url));
  const physical =
    /(?:margin|padding|border)-(?:left|right)|(?:^|\s)(?:left|right)\s*:|text-align:\s*(?:left|right)/;
  const wrong = globSync('**/*.css', { cwd: root }).filter((file) =>
    physical.test(readFileSync(`${root}/${file}`, 'utf8')),
  );
  assert.deepEqual(wrong, []);
});

test('a list of two pages is read to its end', async (t) => {
  const { running, page } = await startPanel(t);
  const users = usersFrom(16500000000, 1500);
  await writeMany(running, users);
  await running.call('POST', '/blockhouse/v1/blocks', { body: { users, numbers: [demoNumber] } });
  await page.getByText('1,500 blocked').waitFor();
  await page.getByLabel('Sort by').selectOption({ label: 'Oldest first' });
  const grid = page.getByRole('grid', { name: 'Blocked' });
  await grid.getByText('+1 650 000 0000').waitFor();
  await grid.getByRole('row').nth(1).focus();
  // The end is that of what is loaded; the next page comes on the way.
  const last = grid.getByText('+1 650 000 1499');
  for (let times = 0; times < 20 && !(await last.isVisible()); times++) {
    await page.keyboard.press('End');
    await last.waitFor({ timeout: 500 }).catch(() => {});
  }
  await last.waitFor();

  // A message of another user changes no list: nothing of it is read again, whatever was loaded. Before the first such message the
  // page does not know which entry of the activity is the newest, so one of the first may read the list.
  let asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const read = (path: string) => asked.filter((one) => one.endsWith(path)).length;
  const hasRead = async (path: string) => {
    while (read(path) === 0) await page.waitForRequest((request) => request.url().includes(path));
  };
  let isListRead = true;
  for (let messages = 0; messages < 4 && isListRead; messages++) {
    asked = [];
    await writeMany(running, ['14155559876']);
    await hasRead('/activity');
    // The page asks for everything that it reads again at the same time.
    await hasRead('/reviews');
    isListRead = read('/blocks') > 0;
  }
  assert.equal(isListRead, false);
  await running.call('POST', '/blockhouse/v1/unblocks', {
    body: { users: [users[0]], numbers: [demoNumber] },
  });
  await page.getByText('1,499 blocked').waitFor();
});
