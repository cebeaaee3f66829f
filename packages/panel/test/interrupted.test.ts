// Shows that after the server was killed half-way through a block of 3,000, the panel says who is blocked, refused,
// unknown and not tried, and resumes the work when the server is back.
import assert from 'node:assert/strict';
import { createServer, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { launchBrowser } from '../../../tools/browser.ts';
import { listen } from '../../../tools/listen.ts';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { demoNumber } from '../../server/test/harness.ts';
import { startProcess } from '../../server/test/process.ts';
import { openPanel, shoot, usersFrom } from './panel.ts';

test('the server dies in the middle of 3,000 users', async (t) => {
  const folder = tempFolder(t);
  const start = () =>
    startProcess({
      env: { BLOCKHOUSE_STORE: `sqlite:${join(folder, 'data.db')}`, BLOCKHOUSE_RATE_LIMIT: 'off' },
    });
  let server = await start();
  t.after(async () => {
    await server.end('SIGKILL');
  });
  const key = /pk_test_[\w-]{43}/.exec(server.banner)?.[0] ?? '';

  // A proxy in front of the server: it kills the server when the page has the results of the first thousand.
  let killAtFirstResults = false;
  const firstResults = Promise.withResolvers<void>();
  const proxy = createServer((request, response) => {
    const { method, headers } = request;
    const onward = httpRequest(server.url + request.url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.on('data', (chunk: Buffer) => {
        const isResults = killAtFirstResults && request.url === '/blockhouse/v1/blocks';
        if (!isResults) return void response.write(chunk);
        const end = chunk.indexOf('\n');
        response.write(end < 0 ? chunk : chunk.subarray(0, end + 1));
        if (end < 0) return;
        killAtFirstResults = false;
        answer.removeAllListeners('data').resume();
        // A browser drops what the page has not read when a stream breaks.
        void firstResults.promise.then(() => server.end('SIGKILL')).then(() => response.destroy());
      });
      answer.on('end', () => response.end());
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
    response.on('close', () => onward.destroy());
  });
  const url = await listen(t, proxy);
  const users = usersFrom(16500000000, 3000);
  const call = (path: string, body?: object) =>
    fetch(server.url + path, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    }).then((answer) => answer.json());
  // Every fourth never wrote.
  const writers = users.filter((_, index) => index % 4 !== 0);
  for (let begin = 0; begin < writers.length; begin += 1000) {
    const messages = writers.slice(begin, begin + 1000).map((from) => ({ from, type: 'text' }));
    await call(`/blockhouse/v1/numbers/${demoNumber}/inbound`, { messages });
  }

  const browser = await launchBrowser(t);
  const { page } = await openPanel(t, { browser, url, key });
  await page.getByRole('button', { name: 'Block users' }).click();
  const dialog = page.getByRole('dialog', { name: 'Block users' });
  await dialog.locator('input[type=file]').setInputFiles({
    name: 'spam.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(['phone', ...users].join('\n')),
  });
  killAtFirstResults = true;
  await dialog.getByRole('button', { name: 'Block 3,000 users' }).click();
  await dialog.getByText('1,000 of 3,000').waitFor();
  firstResults.resolve();

  await dialog.getByText('The work was interrupted').waitFor({ timeout: 60_000 });
  for (const title of [
    '750 users are blocked',
    '250 users are not blocked',
    '1,000 users: not known whether blocked',
    '1,000 users were not tried',
  ])
    await dialog.getByRole('region', { name: title }).waitFor();
  await shoot(page, 'interrupted');

  server = await start();
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByRole('region', { name: '2,250 users are blocked' }).waitFor();
  await dialog.getByRole('region', { name: '750 users are not blocked' }).waitFor();
  assert.equal(await dialog.getByText('not known').count(), 0);
  const { total } = (await call(`/blockhouse/v1/numbers/${demoNumber}/blocks?limit=1`)) as { total: number };
  assert.equal(total, 2250);
});
