// Shows that the dialog says what it has understood before anybody is blocked: country, spelling, note and end of
// each user, what was
// not understood and why; and that nobody is blocked by guess.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { demoNumber } from '../../server/test/harness.ts';
import { seriousProblems, startPanel, usersFrom, writeMany } from './panel.ts';

async function openDialog(page: Page) {
  await page.getByRole('button', { name: 'Block users' }).click();
  return page.getByRole('dialog');
}

const csv = (text: string | Buffer, name = 'spam.csv') => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from(text),
});

for (const [look, options] of Object.entries({
  'light and wide': {},
  'dark, 360 px': { dark: true, width: 360, height: 740 },
}))
  test(`a national number is blocked only in the country that was chosen, ${look}`, async (t) => {
    const { running, page } = await startPanel(t, options);
    await writeMany(running, ['919876543210']);
    const dialog = await openDialog(page);
    await dialog.getByLabel('Users').fill('98765 43210\n2026-11-20\n+55 11 98765-4321');
    await dialog.getByText('2 entries were not understood and are left out').waitFor();
    await dialog.getByText('This is a date, not a phone number.').waitFor();
    const understood = dialog.getByRole('region', { name: 'Users to block' });
    await understood.getByText('Brazil').waitFor();
    assert.equal(await understood.getByText('Iran').count(), 0);
    assert.deepEqual(await seriousProblems(page), []);
    await dialog.getByLabel('Which country are the numbers').selectOption('IN');
    await understood.getByText('+91 98765 43210').waitFor();
    await understood.getByText('India').waitFor();
    await dialog.getByText('Brazil: 1 · India: 1').or(dialog.getByText('India: 1 · Brazil: 1')).waitFor();
    assert.deepEqual(await seriousProblems(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(wide <= 0, `${wide} px wider than the window`);
    await dialog.getByRole('button', { name: 'Block 2 users' }).click();
    await dialog.getByRole('region', { name: '1 user is blocked' }).getByText('+91 98765 43210').waitFor();
  });

test('nobody is blocked while the column of phones is not chosen', async (t) => {
  const { running, page } = await startPanel(t);
  await writeMany(running, ['4915123456789']);
  const dialog = await openDialog(page);
  await dialog.locator('input[type=file]').setInputFiles(csv('Kunde;Auftrag\n16505551234;4915123456789\n'));
  await dialog.getByText('Which column holds the phone numbers?').waitFor();
  await dialog.getByRole('button', { name: 'Block 0 users' }).click();
  await dialog.getByText('Choose the column that holds the phone numbers first.').waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await dialog.getByRole('button', { name: 'Auftrag: 4915123456789' }).click();
  await dialog.getByRole('button', { name: 'Block 1 user' }).click();
  await dialog.getByRole('region', { name: '1 user is blocked' }).getByText('+49 1512 3456789').waitFor();
});

test('notes and ends of a CSV go to their users, and what the dialog says to the others', async (t) => {
  const { running, page } = await startPanel(t);
  const [ana = '', ben = '', cleo = ''] = usersFrom(16505550100, 3);
  await writeMany(running, [ana, ben]);
  const dialog = await openDialog(page);
  const until = new Date(Date.now() + 86_400_000 * 90).toISOString();
  await dialog
    .locator('input[type=file]')
    .setInputFiles(csv(`Telefon;Notiz;Bis\n${ana};Gold;${until}\n${ben};;\n${cleo};Silver;${until}\n`));
  const understood = dialog.getByRole('region', { name: 'Users to block' });
  await understood.getByText('Gold').waitFor();
  await dialog.getByLabel('Reason').fill('Spam');
  await dialog.getByLabel('Duration').selectOption({ label: '7 days' });
  await dialog.getByRole('button', { name: 'Block 3 users' }).click();
  const refused = dialog.getByRole('region', { name: '1 user is not blocked' });
  await refused.getByRole('button', { name: 'Block when they next write' }).click();
  await refused.getByText('1 user will be blocked when they next write').waitFor();
  const { body } = await running.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
  const blocks = new Map<string, { note: string; until: string }>(
    body.data.map((row: { wa_id: string }) => [row.wa_id, row]),
  );
  assert.deepEqual([blocks.get(ana)?.note, blocks.get(ana)?.until], ['Gold', until]);
  assert.equal(blocks.get(ben)?.note, 'Spam');
  assert.ok(Date.parse(blocks.get(ben)?.until ?? '') < Date.parse(until));
  const standing = await running.call('GET', `/blockhouse/v1/numbers/${demoNumber}/standing-blocks`);
  assert.deepEqual(
    [standing.body.data[0].wa_id, standing.body.data[0].note, standing.body.data[0].until],
    [cleo, 'Silver', until],
  );
});

test('a list in which each user has a note of their own is blocked in a few calls', async (t) => {
  const { running, page } = await startPanel(t);
  const users = usersFrom(16505550100, 120);
  await writeMany(running, users.slice(1));
  let calls = 0;
  page.on('request', (request) => {
    if (/\/blocks(?:\/import\?.*)?$/.test(request.url()) && request.method() === 'POST') calls++;
  });
  const dialog = await openDialog(page);
  const rows = users.map((user, index) => `${user},Order ${index}`);
  await dialog.locator('input[type=file]').setInputFiles(csv(['phone,note', ...rows].join('\n')));
  await dialog.getByText('keep their expiry').waitFor();
  await dialog.getByRole('button', { name: 'Block 120 users' }).click();
  await dialog.getByRole('region', { name: '119 users are blocked' }).waitFor();
  assert.equal(calls, 1);
  const refused = dialog.getByRole('region', { name: '1 user is not blocked' });
  await refused.getByRole('button', { name: 'Block when they next write' }).click();
  await refused.getByText('1 user will be blocked when they next write').waitFor();
  const { body } = await running.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks?search=Order 77`);
  assert.deepEqual([body.data[0].wa_id, body.data[0].note], [users[77], 'Order 77']);
});

test('a workbook is told to be one, and the file can be taken out again', async (t) => {
  const { page } = await startPanel(t);
  const dialog = await openDialog(page);
  const workbook = Buffer.from('PK\u0003\u0004 [Content_Types].xml xl/workbook.xml', 'latin1');
  await dialog.locator('input[type=file]').setInputFiles(csv(workbook, 'spam.xlsx'));
  await dialog.getByText('This is an Excel workbook. Open it, save it as CSV').waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await dialog.getByRole('button', { name: 'Remove spam.xlsx' }).click();
  await dialog.getByText('This is an Excel workbook').waitFor({ state: 'detached' });
  await dialog.getByRole('button', { name: 'Choose a CSV file' }).waitFor();
});

test('a permanent block removes the expiry that was there', async (t) => {
  const { running, page } = await startPanel(t);
  await writeMany(running, ['16505551234']);
  const until = new Date(Date.now() + 86_400_000 * 7).toISOString();
  await running.call('POST', '/blockhouse/v1/blocks', {
    body: { users: ['16505551234'], numbers: [demoNumber], until, note: 'Spam' },
  });
  const dialog = await openDialog(page);
  await dialog.getByLabel('Users').fill('+1 650 555 1234');
  await dialog.getByRole('button', { name: 'Block 1 user' }).click();
  await dialog.getByRole('region', { name: '1 user is blocked' }).waitFor();
  const { body } = await running.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
  assert.deepEqual([body.data[0].until, body.data[0].note], [null, 'Spam']);
});
