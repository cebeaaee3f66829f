// Shows who gets in: with a key, as long as the session lasts, to their numbers alone; and what a browser keeps of it.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { launchBrowser } from '../../../tools/browser.ts';
import { listen } from '../../../tools/listen.ts';
import { demoNumber, type Running, startServer } from '../../server/test/harness.ts';
import { openPanel, startPanel, usersFrom, writeMany } from './panel.ts';

async function makeKey(
  { call }: Running,
  role: string,
  numbers: readonly string[],
): Promise<{ id: string; key: string }> {
  return (await call('POST', '/blockhouse/v1/keys', { body: { name: `${role} key`, role, numbers } })).body;
}

test('a wrong key, the key of a program, signing out, and a session that is over', async (t) => {
  const { running, page } = await startPanel(t);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  const field = page.getByRole('textbox', { name: /^Key/ });
  const enter = page.getByRole('button', { name: 'Sign in to Blockhouse' });
  await enter.click();
  await page.getByText('Enter your key.').waitFor();
  await field.fill('pk_test_wrong');
  await enter.click();
  await page.getByText('There is no such key.').waitFor();
  await field.fill((await makeKey(running, 'app', ['*'])).key);
  await enter.click();
  await page.getByText(/is for a program/).waitFor();
  const agent = await makeKey(running, 'agent', ['*']);
  await field.fill(agent.key);
  await enter.click();
  await page.getByRole('heading', { name: 'Blocked', exact: true }).waitFor();
  await running.call('DELETE', `/blockhouse/v1/keys/${agent.id}`);
  // The next request finds out; it may be sent before this.
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page
    .getByLabel('Search by phone, name or note')
    .fill('650', { timeout: 3000 })
    .catch(() => {});
  await page.getByText('Your session has ended.').waitFor();
});

test('the cookie is kept from scripts and other sites, and nothing secret is kept besides', async (t) => {
  const { running, page } = await startPanel(t);
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, 'Strict', '/']);
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
  );
  assert.ok(!kept.includes(running.key) && !kept.includes(cookie?.value ?? '-'));
  // A cookie alone changes nothing: another page could make a browser send it.
  const headers = { cookie: `${cookie?.name}=${cookie?.value}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ users: ['16505551234'], numbers: ['*'] });
  const forged = await fetch(`${running.url}/blockhouse/v1/blocks`, { method: 'POST', headers, body });
  assert.equal(forged.status, 401);
  const own = { ...headers, 'x-blockhouse-source': 'panel' };
  assert.equal(
    (await fetch(`${running.url}/blockhouse/v1/blocks`, { method: 'POST', headers: own, body })).status,
    200,
  );
  // Meta's dialect knows keys alone.
  assert.equal((await fetch(`${running.url}/${demoNumber}/block_users`, { headers: own })).status, 401);
  await fetch(`${running.url}/blockhouse/v1/session`, { method: 'DELETE', headers: own });
  assert.equal((await fetch(`${running.url}/blockhouse/v1/session`, { headers: own })).status, 401);
});

test('agents see only their numbers', async (t) => {
  const running = await startServer(t);
  const { body: other } = await running.call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882', verified_name: 'Other shop' },
  });
  const agent = await makeKey(running, 'agent', [other.id]);
  const browser = await launchBrowser(t);
  const { page, go } = await openPanel(t, { browser, url: running.url, key: agent.key });
  await go('numbers');
  await page.getByRole('heading', { name: 'Other shop' }).waitFor();
  assert.equal(await page.getByText('Blockhouse Demo').count(), 0);
});

test('in a frame of an allowed origin: one number, by a signed link', async (t) => {
  const page = createServer((request, response) => {
    const src = new URL(request.url ?? '/', 'http://x').searchParams.get('src') ?? '';
    response.setHeader('content-type', 'text/html');
    response.end(
      `<!doctype html><title>CRM</title><iframe title="Blocked" src="${src}" width="900" height="600"></iframe>`,
    );
  });
  const crm = await listen(t, page);
  const running = await startServer(t, { embedOrigins: [crm] });
  await writeMany(running, usersFrom(16505550100, 3));
  await running.block(...usersFrom(16505550100, 3));
  const made = await running.call('POST', `/blockhouse/v1/numbers/${demoNumber}/embed-links`, {
    body: { person: 'Ben', expires_in: 60 },
  });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const browser = await launchBrowser(t);
  const tab = await browser.newPage();
  await tab.goto(`${crm}/?src=${encodeURIComponent(running.url + made.body.path)}`);
  const frame = tab.frameLocator('iframe');
  await frame.getByText('3 blocked').waitFor();
  await frame.getByRole('button', { name: 'Block users' }).click();
  await frame.getByRole('textbox', { name: 'Users' }).fill('+1 650 555 0199');
  await writeMany(running, ['16505550199']);
  await frame.getByRole('button', { name: 'Block 1 user' }).click();
  await frame.getByText('1 user is blocked').waitFor();
  const { body } = await running.call('GET', '/blockhouse/v1/activity?limit=1');
  assert.deepEqual([body.data[0].person, body.data[0].source], ['Ben', 'panel']);

  // A person who is signed in by a link can create no other link, and sees only this number.
  const link = made.body.path.split('#')[1];
  const headers = { 'content-type': 'application/json' };
  const opened = await fetch(`${running.url}/blockhouse/v1/session`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ link }),
  });
  const { token } = (await opened.json()) as { token: string };
  const boss = await running.call('POST', `/blockhouse/v1/numbers/${demoNumber}/embed-links`, {
    key: token,
    body: { person: 'The boss' },
  });
  assert.equal(boss.status, 403);
  assert.equal(
    (
      await running.call('POST', '/blockhouse/v1/keys', {
        key: token,
        body: { name: 'x', role: 'admin', numbers: ['*'] },
      })
    ).status,
    403,
  );
  assert.equal((await running.call('GET', '/sandbox/faults', { key: token })).status, 403);
  // It has no cookie, and signs out all the same.
  const read = async () =>
    (await running.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`, { key: token })).status;
  assert.equal(await read(), 200);
  assert.equal((await running.call('DELETE', '/blockhouse/v1/session', { key: token })).status, 200);
  assert.equal(await read(), 401);

  const response = await fetch(`${running.url}/embed/${demoNumber}`);
  assert.match(response.headers.get('content-security-policy') ?? '', new RegExp(`frame-ancestors ${crm}`));
  const own = await fetch(`${running.url}/panel/blocked`);
  assert.match(own.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
  assert.doesNotMatch(own.headers.get('content-security-policy') ?? '', /unsafe/);
  for (const path of ['/panel/', '/panel/index.html', '/panel/numbers'])
    assert.match(
      (await fetch(running.url + path)).headers.get('content-security-policy') ??
        'none of a page that is not there',
      /frame-ancestors 'none'|not there/,
    );
  for (const path of ['/panel/assets/gone.js', '/panel/../package.json', '/panel/%2e%2e/package.json'])
    assert.notEqual((await fetch(running.url + path)).status, 200, path);
  const forged = `${made.body.path.slice(0, -3)}abc`;
  await tab.goto(`${crm}/?src=${encodeURIComponent(running.url + forged)}`);
  await frame.getByText('This link has expired.').waitFor();
});

test('nobody may embed it where no origin is set', async (t) => {
  const { url } = await startServer(t);
  assert.equal((await fetch(`${url}/embed/${demoNumber}`)).status, 403);
});
