// Shows the panel in a frame beside a conversation: in Chatwoot, and in any page that speaks the frame's protocol.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { FrameLocator, Page } from 'playwright-core';
import { launchBrowser } from '../../../tools/browser.ts';
import { listen } from '../../../tools/listen.ts';
import { demoNumber, type Running, startServer } from '../../server/test/harness.ts';
import { readHostMessage } from '../src/embed/host.ts';
import { seriousProblems, writeMany } from './panel.ts';

const ana = '16505551234';
const ben = '14155559876';

/** A page of another origin with the frame in it, at the width of a sidebar. */
async function openHost(t: TestContext, { script = '', query = '', hasLink = true } = {}) {
  let frame = '';
  const host = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><html lang="en"><title>CRM</title><main><h1>A conversation</h1>
      <iframe title="Blocked" src="${frame}" width="320" height="700"></iframe></main>
      <script>const frame = document.querySelector('iframe'); ${script}</script></html>`);
  });
  const hostUrl = await listen(t, host);
  const running = await startServer(t, { embedOrigins: [hostUrl] });
  await writeMany(running, [ana, ben], { [ana]: 'Ana', [ben]: 'Ben' });
  frame = `${running.url}/embed/${demoNumber}${query}${hasLink ? await linkFor(running) : ''}`;
  const browser = await launchBrowser(t);
  const context = await browser.newContext({ viewport: { width: 360, height: 800 }, locale: 'en-US' });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  t.after(() => assert.deepEqual(problems, []));
  await page.goto(hostUrl);
  return { page, running, frame: page.frameLocator('iframe') };
}

async function linkFor({ call }: Running): Promise<string> {
  const { body } = await call('POST', `/blockhouse/v1/numbers/${demoNumber}/embed-links`, { body: {} });
  return `#${new URL(body.url).hash.slice(1)}`;
}

const say = (page: Page, message: unknown) =>
  page.evaluate((sent) => document.querySelector('iframe')?.contentWindow?.postMessage(sent, '*'), message);

async function blockFrom(frame: FrameLocator): Promise<void> {
  await frame.getByRole('button', { name: 'Block', exact: true }).click();
  await frame.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click();
  await frame.getByText('Ana: Blocked').waitFor();
}

test('Chatwoot: the person of the conversation is shown, blocked there, and followed to the next conversation', async (t) => {
  // As the documentation of dashboard apps describes it: the app asks, and the conversation comes as JSON.
  const script = `
    const context = (contact) => JSON.stringify({ event: 'appContext', data: {
      conversation: { id: 7, meta: { sender: contact } }, contact, currentAgent: { id: 1, name: 'Ben', email: 'ben@example.com' } } });
    let contact = { id: 3, name: 'Ana', phone_number: '+${ana}' };
    window.show = (next) => { contact = next; frame.contentWindow.postMessage(context(contact), '*'); };
    window.addEventListener('message', ({ data }) => {
      if (data === 'chatwoot-dashboard-app:fetch-info') frame.contentWindow.postMessage(context(contact), '*');
    });`;
  const { page, frame, running } = await openHost(t, { script });
  await frame.getByText(/^Ana: /).waitFor();
  await blockFrom(frame);
  const { body } = await running.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
  assert.deepEqual(
    body.data.map(({ wa_id: waId }: { wa_id: string }) => waId),
    [ana],
  );
  assert.deepEqual(await seriousProblems(page), []);
  await page.evaluate(`show({ id: 4, name: 'Ben', phone_number: '+${ben}' })`);
  await frame.getByText(/^Ben: /).waitFor();
  await page.evaluate(`show({ id: 5, name: 'Web visitor', phone_number: null })`);
  await frame.getByText('This contact has no phone number').waitFor();
});

test('any page: the frame says that it listens, and follows person, language, and theme', async (t) => {
  const script = `window.addEventListener('message', ({ data, origin }) => {
    if (data?.type === 'blockhouse.ready') window.readyFrom = origin;
  });`;
  const { page, frame, running } = await openHost(t, { script });
  await page.waitForFunction('window.readyFrom');
  assert.equal(await page.evaluate('window.readyFrom'), running.url);
  await frame.getByText('Nobody is blocked on this number').waitFor();
  await say(page, { type: 'blockhouse.person', phone: `+${ana}` });
  await frame.getByText(/^Ana: /).waitFor();
  await say(page, { type: 'blockhouse.theme', theme: 'dark' });
  await frame.locator('html[data-mantine-color-scheme="dark"]').waitFor();
  await say(page, { type: 'blockhouse.language', language: 'ar-EG' });
  await frame.locator('html[lang="ar"][dir="rtl"]').waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await say(page, { type: 'blockhouse.language', language: 'en' });
  await say(page, { type: 'blockhouse.list' });
  await frame.getByText('Nobody is blocked on this number').waitFor();
});

test('Bitrix24: the card of a contact shows its phones, for a user whom the portal confirms', async (t) => {
  const asked: URLSearchParams[] = [];
  let contact: object = { PHONE: [{ VALUE: `+${ana}` }, { VALUE: `+${ben}` }] };
  // The portal, as the documentation of placements and of batch requests describes it.
  const portal = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url === '/rest/batch.json') {
      const form = new URLSearchParams(body);
      asked.push(form);
      const isKnown = form.get('auth') === 'token.of.ben';
      const app = isKnown ? { CODE: 'local.66ba', STATUS: 'L' } : { CODE: 'local.other' };
      const result = { app, user: { NAME: 'Бен', LAST_NAME: 'Ли' }, card: [contact] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ result: { result, result_error: [] } }));
      return;
    }
    const token = request.url === '/stranger' ? 'token.of.nobody' : 'token.of.ben';
    const fields = {
      DOMAIN: new URL(portalUrl).host,
      PROTOCOL: '0',
      LANG: 'en',
      AUTH_ID: token,
      member_id: 'a',
      PLACEMENT: 'CRM_CONTACT_DETAIL_TAB',
      PLACEMENT_OPTIONS: '{"ID":"15"}',
    };
    const inputs = Object.entries(fields).map(
      ([name, value]) => `<input type="hidden" name="${name}" value='${value}'>`,
    );
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><html lang="en"><title>CRM</title><main><h1>A contact</h1><iframe name="card" title="Blocked" width="320"
      height="700"></iframe></main><form method="post" target="card" action="${handler}">${inputs.join('')}</form>
      <script>document.forms[0].submit()</script></html>`);
  });
  let handler = '';
  const portalUrl = await listen(t, portal);
  const key = 'bh_live_a-key-of-the-portal-that-is-long-enough';
  const running = await startServer(t, {
    embedOrigins: [portalUrl],
    bitrix24Url: portalUrl,
    bitrix24App: 'local.66ba',
    bitrix24Key: key,
    adminKey: key,
    webhookTargets: 'loopback',
  });
  await writeMany(running, [ana, ben], { [ana]: 'Ana', [ben]: 'Ben' });
  handler = `${running.url}/embed/${demoNumber}/bitrix24`;
  const browser = await launchBrowser(t);
  const page = await (await browser.newContext({ viewport: { width: 360, height: 800 } })).newPage();
  await page.goto(portalUrl);
  const frame = page.frameLocator('iframe');
  await frame.getByText(/^Ana: /).waitFor();
  await frame.getByText(/^Ben: /).waitFor();
  assert.equal(asked[0]?.get('cmd[card]'), 'crm.contact.list?filter[ID]=15&select[]=PHONE');
  await frame.getByRole('button', { name: 'Block', exact: true }).first().click();
  await frame.getByRole('dialog').getByRole('button', { name: 'Block', exact: true }).click();
  await frame.getByText('Ana: Blocked').waitFor();
  const { body } = await running.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
  assert.equal(body.data[0].person, 'Бен Ли');
  contact = {};
  await page.reload();
  await frame.getByText('This contact has no phone number').waitFor();
  await page.goto(`${portalUrl}/stranger`);
  await frame.getByText('Bitrix24 does not confirm who you are').waitFor();
});

test('the address names person, language, and theme; without a link people sign in with a key, once', async (t) => {
  const query = `?person=%2B${ana}&language=pt-BR&theme=dark`;
  const { page, frame, running } = await openHost(t, { query, hasLink: false });
  await frame.locator('html[lang="pt-BR"][data-mantine-color-scheme="dark"]').waitFor();
  const key = frame.locator('input[autocomplete="current-password"]');
  await key.fill('no such key');
  await frame.locator('button[type="submit"]').click();
  await frame.getByText('There is no such key.').waitFor();
  await key.fill(running.key);
  await frame.locator('button[type="submit"]').click();
  await frame.getByText(/^Ana: /).waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await page.reload();
  await frame.getByText(/^Ana: /).waitFor();
});

test('a frame signed in by a key has the rights of an agent at this number alone', async (t) => {
  const running = await startServer(t);
  const session = (body: object) => running.call('POST', '/blockhouse/v1/session', { body });
  const { status, body, headers } = await session({ key: running.key, number: demoNumber });
  assert.equal(status, 200);
  assert.equal(headers.get('set-cookie'), null);
  assert.deepEqual([body.key.role, body.number], ['agent', demoNumber]);
  const asFrame = { headers: { authorization: `Bearer ${body.token}` } };
  const numbers = await fetch(`${running.url}/blockhouse/v1/numbers`, asFrame);
  assert.equal(numbers.status, 200);
  const keys = await fetch(`${running.url}/blockhouse/v1/keys`, asFrame);
  assert.equal(keys.status, 403);
  assert.equal((await session({ key: running.key, number: '99' })).status, 403);
});

test('other messages are none of ours', () => {
  const contexts = (contact: object) => JSON.stringify({ event: 'appContext', data: { contact } });
  assert.deepEqual(readHostMessage(contexts({ phone_number: ' +55 11 99999-0001 ' })), {
    kind: 'person',
    users: ['+55 11 99999-0001'],
  });
  for (const data of [
    null,
    7,
    'webpackOk',
    '{',
    '{"event":"other"}',
    { type: 'blockhouse.theme', theme: 'pink' },
    { type: 'react-devtools' },
  ])
    assert.equal(readHostMessage(data), null, JSON.stringify(data));
  assert.deepEqual(readHostMessage({ type: 'blockhouse.person', phone: 'x'.repeat(300) }), {
    kind: 'person',
    users: [],
  });
});
