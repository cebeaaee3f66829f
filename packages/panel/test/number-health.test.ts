// Shows on the numbers page how things stand with a number at Meta, who has to act, whether webhooks come, and the receiver.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { listen } from '../../../tools/listen.ts';
import { type FakeAnswer, startFakeMeta } from '../../server/test/gateway/fake-meta.ts';
import { graphError } from '../../server/test/gateway/upstream-proxy.ts';
import { addNumberAtMeta, openPanel, seriousProblems, startPanel } from './panel.ts';

const json = { 'content-type': 'application/json' };
const empty: FakeAnswer = { headers: json, body: '{"data":[]}' };
const subscribed: FakeAnswer = {
  headers: json,
  body: '{"data":[{"whatsapp_business_api_data":{"id":"67","name":"Shop"}}]}',
};
const failure = (status: number, code: number): FakeAnswer => ({
  status,
  headers: json,
  body: graphError(code, `(#${code}) Meta's own words`),
});

async function start(t: TestContext, webhook?: object) {
  const now = { list: empty, apps: empty };
  const meta = await startFakeMeta(t, ({ method, path, query }) => {
    if (query.get('fields') === 'verified_name') return { headers: json, body: '{"id":"1"}' };
    if (!path.endsWith('/subscribed_apps')) return now.list;
    if (method !== 'POST') return now.apps;
    now.apps = subscribed;
    return { headers: json, body: '{"success":true}' };
  });
  const panel = await startPanel(t, {
    over: { secrets: ['x'.repeat(32)], upstreamDeadlineMs: 200, webhookTargets: 'loopback' },
  });
  await addNumberAtMeta(panel.running, meta.url, { ...(webhook && { webhook }) });
  const cardOf = (page: typeof panel.page) =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'At Meta' }) });
  return { ...panel, meta, now, cardOf };
}

test('a number that Meta sends no webhooks for is told so, and subscribed with a button', async (t) => {
  const { page, go, cardOf } = await start(t);
  await go('numbers');
  const card = cardOf(page);
  await card.getByText(/^Meta answers\. Last good answer: /).waitFor();
  await card.getByText('No webhook from Meta yet: standing blocks cannot be placed').waitFor();
  await card.getByText('Meta sends no webhooks: no app is subscribed to the account').waitFor();
  await card.getByText('No webhook is set: no program receives messages').waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await card.getByRole('button', { name: 'Subscribe the app' }).click();
  await card.getByText('Meta sends webhooks to Shop').waitFor();
  await page.getByText('Meta sends webhooks from now on.').waitFor();
});

test('a problem names who has to act; an agent is told that only administrators see the subscription', async (t) => {
  const { running, browser, now, cardOf } = await start(t);
  now.list = failure(403, 368);
  const { body: key } = await running.call('POST', '/blockhouse/v1/keys', {
    body: { name: 'Ben', role: 'agent', numbers: ['77'] },
  });
  const { page, go } = await openPanel(t, { browser, url: running.url, key: key.key });
  await go('numbers');
  const card = cardOf(page);
  await card.getByText(/^Meta fails: .*Meta's own words/).waitFor();
  await card.getByText(/An administrator of your business looks at Account quality/).waitFor();
  await card.getByText('Only an administrator can see whether Meta sends webhooks').waitFor();
  assert.equal(await card.getByRole('button', { name: 'Subscribe the app' }).count(), 0);
  await card.getByRole('button', { name: 'Show who is blocked on At Meta' }).click();
  await page.getByRole('button', { name: 'Block users' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: /^Users/ }).fill('+16505551234');
  await dialog.getByRole('button', { name: 'Block 1 user' }).click();
  await dialog.getByText(/Meta has restricted the business account/).waitFor();
});

test('a receiver that does not accept webhooks is shown with what it answered', async (t) => {
  const receiver = createServer((request, response) => {
    const challenge = new URL(request.url ?? '/', 'http://x').searchParams.get('hub.challenge');
    response.writeHead(challenge === null ? 500 : 200).end(challenge ?? 'no');
    request.resume();
  });
  const address = await listen(t, receiver);
  const url = `${address}/hook`;
  const { running, page, go } = await start(t);
  const webhook = { url, app_secret: 'secret', verify_token: 'let me in' };
  const { body } = await running.call('GET', '/blockhouse/v1/numbers');
  const demo = body.data[0];
  const set = await running.call('PATCH', `/blockhouse/v1/numbers/${demo.id}`, { body: { webhook } });
  assert.equal(set.status, 200, JSON.stringify(set.body));
  await running.write('16505551234');
  await go('numbers');
  const card = page
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name: demo.verified_name }) });
  await card.getByText(/\/hook did not accept the last webhook .*: status 500/).waitFor();
  await card
    .getByText('The operator of this address has to check it. It must answer with status 200.')
    .waitFor();
});
