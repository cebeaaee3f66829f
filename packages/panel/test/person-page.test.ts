// Shows the page of a person at an address of its own: blocked, changed, and unblocked in place, with the history below.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../../server/test/harness.ts';
import { seriousProblems, shoot, startPanel, writeMany } from './panel.ts';

const ana = '16505551234';

for (const [title, options] of Object.entries({
  'wide and light': { width: 1440, height: 900 },
  'in a sidebar of 320 px, and dark': { width: 320, height: 700, dark: true },
}))
  test(`a person is blocked, the reason and the expiry are changed, and they are unblocked: ${title}`, async (t) => {
    const { page, running, go } = await startPanel(t, options);
    await writeMany(running, [ana], { [ana]: 'Ana' });
    await go(`${demoNumber}/people/${ana}`);
    await page.getByText(/^Ana: /).waitFor();
    assert.equal(await page.title(), 'Check a customer · Blockhouse');

    await page.getByRole('button', { name: 'Block', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Threatened us');
    await dialog.getByLabel('Duration').selectOption('24h');
    assert.deepEqual(await seriousProblems(page), []);
    await dialog.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByText('Note: Threatened us').waitFor();
    const before = await readBlock(running);
    assert.equal(before.note, 'Threatened us');
    assert.ok(before.until !== null);

    await page.getByRole('button', { name: 'Change reason or expiry' }).click();
    await page.waitForURL(`**/people/${ana}?edit=${demoNumber}.${ana}`);
    assert.equal(await dialog.getByLabel('Reason').inputValue(), 'Threatened us');
    await dialog.getByLabel('Reason').fill('Spam');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Note: Spam').waitFor();
    assert.deepEqual(
      await readBlock(running),
      { note: 'Spam', until: before.until },
      'the expiry is as it was',
    );

    await page.reload();
    await page.getByRole('button', { name: 'Change reason or expiry' }).click();
    await dialog.getByLabel('Duration').selectOption('date');
    await dialog.getByLabel('Date and time').fill('2001-01-01T00:00');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Choose a date and time in the future.').waitFor();
    await dialog.getByLabel('Date and time').fill('2099-01-31T18:00');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/^Until .*2099/).waitFor();
    assert.equal((await readBlock(running)).until, '2099-01-31T18:00:00.000Z');

    const history = page.getByRole('region', { name: 'History' });
    await history.getByRole('row').nth(3).waitFor();
    assert.deepEqual(await seriousProblems(page), []);
    const isScrolled = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(isScrolled, false, 'the page is as wide as the window');
    if (title === 'wide and light') await shoot(page, 'person');

    await running.call('POST', '/sandbox/clock', { body: { advance: '25h' } });
    await page.reload();
    await page.getByText('you cannot block them again until they write').waitFor();
    await page.getByRole('button', { name: 'Unblock on this number' }).click();
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await dialog.getByText('the block begins when they next write').waitFor();
    await dialog.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByText('will be blocked when they next write').waitFor();
    await page.getByRole('button', { name: 'Withdraw the standing block' }).waitFor();
  });

async function readBlock({ call }: Awaited<ReturnType<typeof startPanel>>['running']) {
  const { body } = await call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks`);
  const [{ note, until }] = body.data;
  return { note, until };
}

test('the name in the list leads to the page of the person, and back leads to the search', async (t) => {
  const { page, running, go } = await startPanel(t);
  await writeMany(running, [ana], { [ana]: 'Ana' });
  await running.call('POST', `/${demoNumber}/block_users`, {
    body: { messaging_product: 'whatsapp', block_users: [{ user: ana }] },
  });
  await go('blocked');
  await page.getByRole('searchbox').fill('ana');
  await page.waitForURL('**/blocked?search=ana');
  await page.getByRole('link', { name: '+1 650 555 1234' }).click();
  await page.getByText('Ana: Blocked').waitFor();
  await page.goBack();
  assert.equal(await page.getByRole('searchbox').inputValue(), 'ana');
  await page.reload();
  assert.equal(await page.getByRole('searchbox').inputValue(), 'ana');
  await page.getByRole('combobox', { name: 'Sort by' }).selectOption('name');
  await page.getByRole('button', { name: 'Block users' }).click();
  await page.waitForURL('**/blocked?search=ana&sort=name&dialog=block');
  await page.goBack();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
});
