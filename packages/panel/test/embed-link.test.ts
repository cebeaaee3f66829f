// Shows what an embedded panel says when signing in by its link fails: only the server's refusal of the link is an expired link.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchBrowser } from '../../../tools/browser.ts';
import { demoNumber, startServer } from '../../server/test/harness.ts';

async function openLink(t: Parameters<typeof startServer>[0]) {
  const running = await startServer(t, { embedOrigins: ['http://127.0.0.1:1'] });
  const { body } = await running.call('POST', `/blockhouse/v1/numbers/${demoNumber}/embed-links`, {
    body: {},
  });
  const browser = await launchBrowser(t);
  const page = await browser.newPage();
  return { page, address: `${running.url}${body.path}` };
}

for (const [failure, fulfil] of Object.entries({
  'no connection': null,
  'a server that fails': { status: 503, json: { error: { message: 'The store does not answer.', code: 2 } } },
  'a proxy that fails': { status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' },
}))
  test(`${failure}: the link is not called expired, and trying again signs in by it`, async (t) => {
    const { page, address } = await openLink(t);
    await page.route('**/blockhouse/v1/session', (route) =>
      fulfil === null ? route.abort('connectionrefused') : route.fulfill(fulfil),
    );
    await page.goto(address);
    const retry = page.getByRole('button', { name: 'Try again' });
    await retry.waitFor();
    assert.equal(await page.getByText('This link has expired').count(), 0);
    assert.equal(new URL(page.url()).hash, '', 'the link stays out of the address');
    await page.unroute('**/blockhouse/v1/session');
    await retry.click();
    await page.getByText('Nobody is blocked on this number').waitFor();
  });

test('a link that the server refuses has expired', async (t) => {
  const { page, address } = await openLink(t);
  await page.goto(`${address.slice(0, -3)}abc`);
  await page.getByText('This link has expired.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0);
});

test('the link is read once, before React runs effects twice', async (t) => {
  const { page, address } = await openLink(t);
  const links: unknown[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/blockhouse/v1/session')) links.push(request.postDataJSON().link);
  });
  await page.goto(address);
  await page.getByText('Nobody is blocked on this number').waitFor();
  assert.deepEqual(links, [new URL(address).hash.slice(1)]);
});
