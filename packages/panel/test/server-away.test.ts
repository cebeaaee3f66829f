// Shows what an agent reads when the server goes away at a bad moment: plain words, no outcome that nobody knows, and
// a page that
// stays where it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../../server/test/harness.ts';
import { startPanel, usersFrom, writeMany } from './panel.ts';

const unreachable = 'The server cannot be reached. Check your connection, then try again.';

test('Unblock while the server is away: it is not known, the row stays selected, and trying again works', async (t) => {
  const { running, page, go } = await startPanel(t);
  const [ana = ''] = usersFrom(16505550100, 1);
  await writeMany(running, [ana]);
  await running.block(ana);
  await go(`${demoNumber}/blocked`);
  await page.getByRole('checkbox', { name: 'Select +1 650 555 0100' }).check();
  await page.route('**/blockhouse/v1/unblocks', (route) => route.abort('connectionrefused'));
  await page.getByRole('button', { name: 'Unblock', exact: true }).click();
  const told = page.getByRole('alert').filter({ hasText: 'Not known whether +1 650 555 0100 is unblocked' });
  await told.getByText(unreachable).waitFor();
  assert.equal(await page.getByText(/POST|0 done|This was not done/).count(), 0);
  await page.getByText('1 selected').waitFor();
  await page.unroute('**/blockhouse/v1/unblocks');
  await page.getByRole('button', { name: 'Unblock', exact: true }).click();
  await page.getByText('+1 650 555 0100 is unblocked.').waitFor();
});

test('Withdraw and the unblock of a check while the server is away: it is not known whether it was done', async (t) => {
  const { running, page, go } = await startPanel(t);
  const [ana = '', ben = ''] = usersFrom(16505550100, 2);
  await writeMany(running, [ana]);
  await running.block(ana);
  await running.call('POST', '/blockhouse/v1/standing-blocks', {
    body: { users: [ben], numbers: [demoNumber] },
  });
  await page.route(/\/(?:unblocks|withdrawals)$/, (route) => route.abort('connectionrefused'));
  await go(`${demoNumber}/standing`);
  await page.getByRole('button', { name: 'Withdraw the standing block of +1 650 555 0101' }).click();
  await page.getByText('It is not known whether this was done').waitFor();
  await go(`${demoNumber}/check`);
  await page.getByLabel('Phone number').fill(ana);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByRole('button', { name: 'Unblock on this number' }).click();
  await page.getByText('It is not known whether this was done').waitFor();
  await page.getByText(unreachable).waitFor();
});

test('the form to block comes with its page, so that it opens although the server is away', async (t) => {
  const { page } = await startPanel(t);
  await page.getByText('Nobody is blocked on this number').waitFor();
  await page.route('**/*', (route) => route.abort('connectionrefused'));
  await page.getByRole('button', { name: 'Block users' }).click();
  await page.getByRole('dialog', { name: 'Block users' }).getByLabel('Users').waitFor();
  await page.getByText('Nobody is blocked on this number').waitFor();
});

test('a page that cannot be loaded takes no other page along', async (t) => {
  const { page, problems } = await startPanel(t);
  await page.route('**/assets/StandingPage-*', (route) => route.abort('connectionrefused'));
  await page.getByRole('link', { name: 'Standing blocks' }).click();
  await page.getByText('A part of this page could not be loaded.').waitFor();
  await page.getByRole('link', { name: 'Blocked', exact: true }).click();
  await page.getByText('Nobody is blocked on this number').waitFor();
  // The browser reports the file that did not arrive.
  assert.ok(problems.every((problem) => /dynamically imported module/.test(problem)));
  problems.length = 0;
});
