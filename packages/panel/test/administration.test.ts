// Shows the work of an administrator: numbers here and at Meta, the receiver with a test, deliveries, and keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Blockhouse } from '@blockhouse/client';
import { launchBrowser } from '../../../tools/browser.ts';
import { demoNumber, startServer } from '../../server/test/harness.ts';
import { startReceiver } from '../../server/test/receiver.ts';
import { openPanel, seriousProblems, shoot, startPanel } from './panel.ts';

const secrets = ['a secret of the gateway that is long enough'];

test('a number is added and renamed, and one at Meta gets an app secret and is deleted', async (t) => {
  const meta = await startServer(t);
  const { page, running, go } = await startPanel(t, {
    width: 1440,
    height: 900,
    over: { secrets, webhookTargets: 'loopback' },
  });
  const client = new Blockhouse({ baseUrl: running.url, token: running.key });
  await go('numbers');
  await page.getByRole('link', { name: 'Add a number' }).click();
  await page.getByRole('heading', { name: 'Add a number' }).waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await page.getByRole('button', { name: 'Check and add' }).click();
  assert.equal(await page.getByText('Fill in this field.').count(), 4);

  await page.getByRole('radio', { name: 'On this server' }).check();
  await page.getByRole('textbox', { name: 'Phone number', exact: true }).fill('nonsense');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('alert').getByText('possible phone number').waitFor();
  await page.getByRole('textbox', { name: 'Phone number', exact: true }).fill('+49 30 901820');
  await page.getByRole('textbox', { name: 'Name' }).fill('Berlin');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('heading', { name: 'Settings of Berlin' }).waitFor();
  assert.deepEqual(await seriousProblems(page), []);

  await page.getByRole('textbox', { name: 'Name' }).fill('Berlin, new');
  await page.getByRole('region', { name: 'Details' }).getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Settings of Berlin, new' }).waitFor();
  const added = (await client.numbers.list()).find(({ verifiedName }) => verifiedName === 'Berlin, new');
  assert.equal(added?.displayPhoneNumber, '+49 30 901820');

  // The address of Meta is set through the API, because only tests have another one.
  await meta.call('POST', '/blockhouse/v1/numbers', {
    body: { id: '77', waba_id: '1', display_phone_number: '+1 555 078 3882' },
  });
  await client.numbers.create({
    id: '77',
    wabaId: '1',
    displayPhoneNumber: '+1 555 078 3882',
    verifiedName: 'At Meta',
    platform: 'cloud',
    upstream: { baseUrl: meta.url, token: meta.key },
  });
  await go('numbers/77/settings');
  const connection = page.getByRole('region', { name: 'Connection to Meta' });
  await connection.getByText('/webhooks/meta').waitFor();
  await connection.getByText('App secret: Not set').waitFor();
  await connection.getByRole('textbox', { name: 'App secret' }).fill('the secret of the app');
  await connection.getByRole('button', { name: 'Save' }).click();
  await connection.getByText('App secret: Set').waitFor();
  assert.equal(await connection.getByRole('textbox', { name: 'App secret' }).inputValue(), '');
  assert.deepEqual(await seriousProblems(page), []);

  await page.getByRole('button', { name: 'Delete this number' }).click();
  await page.getByRole('dialog').getByText('Delete At Meta?').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete this number' }).click();
  await page.getByText('At Meta is deleted.').waitFor();
  assert.equal(
    (await client.numbers.list()).some(({ id }) => id === '77'),
    false,
  );
});

test('a receiver is set and tested, and webhooks that it refused are sent again', async (t) => {
  let status = 500;
  const receiver = await startReceiver(t, (_request, response) => response.writeHead(status).end());
  const { page, running, go } = await startPanel(t, { width: 390, height: 844 });
  await go(`numbers/${demoNumber}/settings`);
  const section = page.getByRole('region', { name: 'Your receiver' });
  const { webhook } = receiver.webhook();
  await section.getByRole('textbox', { name: 'URL' }).fill(webhook.url);
  await section.getByRole('textbox', { name: 'App secret' }).fill(webhook.app_secret);
  await section.getByRole('textbox', { name: 'Verify token' }).fill('wrong');
  await section.getByRole('button', { name: 'Save' }).click();
  await section.getByRole('alert').getByText('Param webhook.url').waitFor();
  await section.getByRole('textbox', { name: 'Verify token' }).fill(webhook.verify_token);
  await section.getByRole('button', { name: 'Save' }).click();
  await section.getByRole('button', { name: 'Send a test' }).click();
  await section.getByText('Your receiver did not accept the test').waitFor();
  assert.equal(await page.getByText('Your receiver accepted the test.').count(), 0);

  await running.call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
    body: { messages: [{ from: '16505551234', type: 'text' }] },
  });
  await receiver.until(2);
  await page.reload();
  const deliveries = page.getByRole('region', { name: 'Deliveries' }).first();
  await deliveries.getByRole('cell', { name: /status 500/ }).waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  status = 200;
  await deliveries.getByRole('button', { name: 'Send all now' }).click();
  await receiver.until(3);
  await deliveries.getByLabel('Show').selectOption('delivered');
  await deliveries.getByRole('button', { name: 'Send the webhook of +1 650 555 1234 again' }).click();
  await receiver.until(4);
  await section.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('Your receiver accepted the test.').waitFor();
  const isScrolled = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(isScrolled, false);
});

test('a key is made for an agent, shown once, and revoked; an agent sees no administration', async (t) => {
  const { page, running, browser, go } = await startPanel(t, { width: 1440, height: 900 });
  await go('keys');
  await page.getByRole('button', { name: 'New key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Create the key' }).click();
  await dialog.getByRole('alert').getByText('Enter a name.').waitFor();
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Ben');
  await dialog.getByLabel('Expires').selectOption('30d');
  assert.deepEqual(await seriousProblems(page), []);
  await dialog.getByRole('button', { name: 'Create the key' }).click();
  await dialog.getByText('It is shown only once.').waitFor();
  const key = (await dialog.locator('pre').textContent()) ?? '';
  assert.deepEqual(await seriousProblems(page), []);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('cell', { name: 'Ben', exact: true }).waitFor();
  assert.equal(await page.getByText(key).count(), 0);
  assert.deepEqual(await seriousProblems(page), []);
  await shoot(page, 'keys');

  const ben = await openPanel(t, { browser, url: running.url, key });
  await ben.page.getByRole('link', { name: 'Activity' }).waitFor();
  assert.equal(await ben.page.getByRole('link', { name: 'Keys and people' }).count(), 0);
  await ben.go('numbers');
  await ben.page.getByRole('heading', { name: 'Blockhouse Demo' }).waitFor();
  assert.equal(await ben.page.getByRole('link', { name: 'Add a number' }).count(), 0);
  await ben.go('keys');
  await ben.page.waitForURL('**/phone');

  await page.getByRole('button', { name: 'Revoke "Ben"' }).click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('"Ben" is revoked.').waitFor();
  await ben.page.reload();
  await ben.page.getByRole('textbox', { name: /^Key/ }).waitFor();
});

test('an installation without numbers asks the administrator for the first one', async (t) => {
  const running = await startServer(t, {
    sandbox: false,
    adminKey: 'bh_live_an-admin-key-that-is-long-enough',
  });
  const browser = await launchBrowser(t);
  const { page } = await openPanel(t, { browser, url: running.url, key: running.key });
  await page.getByRole('heading', { name: 'Add a number' }).waitFor();
  await page.getByRole('radio', { name: 'On this server' }).check();
  await page.getByRole('textbox', { name: 'Phone number', exact: true }).fill('+1 555 078 3881');
  await page.getByRole('textbox', { name: 'Name' }).fill('First');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('heading', { name: 'Settings of First' }).waitFor();
});
