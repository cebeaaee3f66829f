// Shows the command palette: by keyboard to a page, a person, and another number.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../../server/test/harness.ts';
import { seriousProblems, shoot, startPanel, writeMany } from './panel.ts';

const ana = '16505551234';

test('Control and K lead to a page, a blocked person by name, a phone that is typed, and another number', async (t) => {
  const { page, running } = await startPanel(t);
  await running.call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+49 30 901820', verified_name: 'Berlin' },
  });
  await writeMany(running, [ana], { [ana]: 'Ana' });
  await running.call('POST', `/${demoNumber}/block_users`, {
    body: { messaging_product: 'whatsapp', block_users: [{ user: ana }] },
  });
  await page.reload();
  await page.locator('main#content').waitFor();
  const search = page.getByPlaceholder('Go to a page, a number, or a person');
  const choose = async (typed: string, option: string) => {
    await page.keyboard.press('Control+k');
    await search.fill(typed);
    await page.getByRole('button', { name: option }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await search.waitFor({ state: 'hidden' });
  };
  await choose('activ', 'Activity');
  await page.waitForURL('**/activity');
  await choose('ana', '+1 650 555 1234 · Ana');
  await page.waitForURL(`**/people/${ana}`);
  await choose('+1 415 555 9876', 'Show +1 415 555 9876');
  await page.waitForURL('**/people/%2B14155559876');
  await choose('block users', 'Block users');
  await page.getByRole('dialog', { name: 'Block users' }).waitFor();
  await page.keyboard.press('Escape');
  await choose('berlin', 'Berlin');
  await page.getByText('Nobody is blocked on this number').waitFor();

  await page.getByRole('button', { name: 'Search' }).click();
  await shoot(page, 'palette');
  await search.fill('no such thing');
  await page.getByText('No matches').waitFor();
  assert.deepEqual(await seriousProblems(page), []);
});
