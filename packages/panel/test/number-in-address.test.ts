// Shows that the number whose list is shown is in the address: reloads, bookmarks and several tabs show the right one, and an address
// without a number leads to the one that was shown last.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../../server/test/harness.ts';
import { startPanel } from './panel.ts';

async function startWithTwoNumbers(t: Parameters<typeof startPanel>[0]) {
  const panel = await startPanel(t);
  const { body: other } = await panel.running.call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3882', verified_name: 'Other shop' },
  });
  await panel.go('blocked');
  const chosen = panel.page.getByRole('combobox', { name: 'Number' });
  await chosen.waitFor();
  return { ...panel, other: other.id as string, chosen };
}

test('two tabs on two numbers keep their numbers when they are loaded again', async (t) => {
  const { running, page, other, chosen } = await startWithTwoNumbers(t);
  await page.waitForURL(`**/panel/${demoNumber}/blocked`);
  const tab = await page.context().newPage();
  await tab.goto(`${running.url}/panel/${other}/standing`);
  await tab.getByRole('heading', { level: 1, name: 'Standing blocks' }).waitFor();
  assert.equal(await tab.getByRole('combobox', { name: 'Number' }).inputValue(), other);
  await page.reload();
  await chosen.waitFor();
  assert.equal(await chosen.inputValue(), demoNumber);
  assert.equal(new URL(page.url()).pathname, `/panel/${demoNumber}/blocked`);
});

test('another number is chosen in the address, on the same page, and going back leads back', async (t) => {
  const { page, other, chosen } = await startWithTwoNumbers(t);
  await page.getByRole('link', { name: 'Activity' }).click();
  await chosen.selectOption(other);
  await page.waitForURL(`**/panel/${other}/activity`);
  await page.goBack();
  await page.waitForURL(`**/panel/${demoNumber}/activity`);
  assert.equal(await chosen.inputValue(), demoNumber);
  await page.getByRole('link', { name: 'Numbers' }).click();
  await page.getByRole('button', { name: 'Show who is blocked on Other shop' }).click();
  await page.waitForURL(`**/panel/${other}/blocked`);
});

test('an address without a number leads to the one that was shown last', async (t) => {
  const { page, go, other, chosen } = await startWithTwoNumbers(t);
  await chosen.selectOption(other);
  await page.waitForURL(`**/panel/${other}/blocked`);
  await go('check');
  await page.waitForURL(`**/panel/${other}/check`);
});

test('a number that the key does not open is said to be unknown, and no other list is shown for it', async (t) => {
  const { page, go } = await startWithTwoNumbers(t);
  await go('123456789/blocked');
  await page.getByText('Your key does not open the number 123456789').waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Blocked', exact: true }).count(), 0);
  await page.getByRole('link', { name: 'Show my numbers' }).click();
  await page.getByRole('heading', { name: 'Other shop' }).waitFor();
});
