// Shows that somebody who never saw the panel blocks a spammer, is refused for one who wrote two days ago and understands why,
// places a standing block, and finds out why Ana's messages stopped. The README's screenshots are taken on the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../../server/test/harness.ts';
import { seriousProblems, shoot, startPanel, usersFrom, writeMany } from './panel.ts';

const spammer = '16505551234';
const silent = '447911123456';
const ana = '4915123456789';

test('from the first sign-in to "why is Ana silent?"', async (t) => {
  const { running, page, go } = await startPanel(t);
  for (const body of [{ set: '2026-03-02T09:00:00Z' }, { freeze: true }])
    assert.equal((await running.call('POST', '/sandbox/clock', { body })).status, 200);
  await writeMany(running, [silent, ana], { [ana]: 'Ana' });
  await running.call('POST', '/blockhouse/v1/blocks', {
    body: { users: [ana], numbers: ['*'], note: 'wrong person?' },
  });
  await running.advance('2d');
  await writeMany(running, [spammer, ana, ...usersFrom(16505550100, 12)], { [spammer]: 'Gold Deals' });
  await running.call('POST', '/blockhouse/v1/blocks', {
    body: { users: usersFrom(16505550100, 12), numbers: [demoNumber], note: 'Spam about gold' },
  });
  await go('blocked');

  await page.getByRole('button', { name: 'Block users' }).click();
  const dialog = page.getByRole('dialog', { name: 'Block users' });
  await dialog.getByLabel('Users').fill(`+1 650 555 1234\n+44 7911 123456\nnonsense\n0016505551234`);
  await dialog.getByText('2 users · 1 duplicate, left out').waitFor();
  await dialog.getByText('1 entry was not understood and is left out').waitFor();
  await dialog.getByText('This is not a phone number.').waitFor();
  await dialog.getByLabel('Reason').fill('Spam about gold');
  assert.deepEqual(await seriousProblems(page), []);
  await shoot(page, 'block');
  await dialog.getByRole('button', { name: 'Block 2 users' }).click();

  const blocked = dialog.getByRole('region', { name: '1 user is blocked' });
  await blocked.getByText('+1 650 555 1234').waitFor();
  const refused = dialog.getByRole('region', { name: '1 user is not blocked' });
  await refused.getByText('+44 7911 123456').waitFor();
  await refused
    .getByText('Only people who messaged you in the last 24 hours can be blocked right now.')
    .waitFor();
  await refused.getByText('Last wrote 2 days ago').waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await shoot(page, 'refused');
  await refused.getByRole('button', { name: 'Block when they next write' }).click();
  await refused.getByText('1 user will be blocked when they next write').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();

  const grid = page.getByRole('grid', { name: 'Blocked' });
  await grid.getByText('Gold Deals').waitFor();
  assert.equal(await grid.getByText('+44 7911 123456').count(), 0);
  await shoot(page, 'blocked');

  await page.getByRole('link', { name: 'Standing blocks' }).click();
  await page.getByRole('grid', { name: 'Standing blocks' }).getByText('+44 7911 123456').waitFor();

  await page.getByRole('link', { name: 'Check a customer' }).click();
  await page.getByLabel('Phone number').fill('+49 1512 3456789');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText('Ana: Blocked').waitFor();
  await page.getByText('Note: wrong person?').waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await shoot(page, 'check');
  await page.getByRole('button', { name: 'Unblock on this number' }).click();
  await page.getByText('Ana is unblocked: what they write from now on arrives.').waitFor();
  await page.getByText('Ana: Blocked').waitFor({ state: 'detached' });
  const { body } = await running.list('?limit=100');
  assert.ok(body.data.every(({ wa_id }: { wa_id: string }) => wa_id !== ana));
});
