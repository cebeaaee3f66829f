// Shows that placing standing blocks for refused users reports the users who were placed, refused and unknown, and
// continues after a failure.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../../server/test/harness.ts';
import { startPanel, usersFrom } from './panel.ts';

test('one refusal among 500: the panel reports 499 standing blocks and the refused user', async (t) => {
  const { running, page } = await startPanel(t);
  const users = usersFrom(16505550100, 500);
  await page.getByRole('button', { name: 'Block users' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Users').fill(users.join('\n'));
  await dialog.getByRole('button', { name: 'Block 500 users' }).click();
  const refused = dialog.getByRole('region', { name: '500 users are not blocked' });
  await refused.waitFor();
  // Meanwhile one of them has left WhatsApp.
  const gone = await running.call('PUT', `/sandbox/users/${users[7]}`, { body: { kind: 'none' } });
  assert.equal(gone.status, 200, JSON.stringify(gone.body));
  await refused.getByRole('button', { name: 'Block when they next write' }).click();
  await refused.getByText('499 users will be blocked when they next write').waitFor();
  await refused.getByText('1 user was refused a standing block:').waitFor();
  const status = refused.getByRole('status');
  await status.getByText('+1 650 555 0107').waitFor();
  await status.getByText('There is no WhatsApp account with this number.').waitFor();
  assert.equal(await page.getByText('This was not done').count(), 0);
  const { body } = await running.call('GET', `/blockhouse/v1/numbers/${demoNumber}/standing-blocks?limit=1`);
  assert.equal(body.total, 499);
});

test('on several numbers, what was placed before a failure is told, and Continue places the rest', async (t) => {
  const { running, page, go } = await startPanel(t);
  const { body: other } = await running.call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882', verified_name: 'Other shop' },
  });
  await go(`${demoNumber}/blocked`);
  await page.getByRole('button', { name: 'Block users' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Users').fill('16505550100\n16505550101');
  await dialog.getByText('On all numbers').click();
  await dialog.getByRole('button', { name: 'Block 2 users' }).click();
  const refused = dialog.getByRole('region', { name: '2 users are not blocked on any of the 2 numbers' });
  const isOther = (data: string | null) => data?.includes(other.id) === true;
  await page.route('**/blockhouse/v1/standing-blocks', (route) =>
    isOther(route.request().postData()) ? route.abort('connectionrefused') : route.fallback(),
  );
  await refused.getByRole('button', { name: 'Block when they next write' }).click();
  await refused.getByText('2 users will be blocked when they next write').waitFor();
  await refused.getByText('2 users: not known whether their standing blocks were placed').waitFor();
  await page.unroute('**/blockhouse/v1/standing-blocks');
  await refused.getByRole('button', { name: 'Continue' }).click();
  await refused
    .getByText('2 users will be blocked when they next write (4 standing blocks on 2 numbers)')
    .waitFor();
  assert.equal(await refused.getByText('not known').count(), 0);
});
