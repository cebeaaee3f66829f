// Shows every screen: by keyboard, light and dark, from 320 to 1440 px, in three languages and both directions, empty and full, with
// nothing serious for axe and nothing against the security policy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../../server/test/harness.ts';
import { type PanelOptions, seriousProblems, shoot, startPanel, usersFrom, writeMany } from './panel.ts';

const person = '16505550100';

const screens = [
  'phone',
  'overview',
  'blocked',
  'standing',
  'review',
  'rules',
  'rules/new',
  'check',
  `people/${person}`,
  'activity',
  'numbers',
  'numbers/new',
  `numbers/${demoNumber}/settings`,
  'keys',
];

const looks: Readonly<Record<string, PanelOptions>> = {
  'English, 1440 px, light': { width: 1440, height: 900 },
  'Portuguese, 1024 px, dark': { width: 1024, height: 768, dark: true, language: 'pt-BR' },
  'Arabic, 1440 px, dark': { width: 1440, height: 900, dark: true, language: 'ar' },
  'Arabic, 390 px, light': { width: 390, height: 844, language: 'ar' },
  'English, 320 px, dark': { width: 320, height: 640, dark: true },
};

for (const [look, options] of Object.entries(looks)) {
  test(`every screen: ${look}`, async (t) => {
    const { running, page, go } = await startPanel(t, options);
    const found: Record<string, readonly string[]> = {};
    const visit = async (state: string) => {
      for (const screen of screens) {
        await go(screen);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.locator('.mantine-Loader-root').waitFor({ state: 'detached' });
        const problems = await seriousProblems(page);
        if (problems.length > 0) found[`${screen}, ${state}`] = problems;
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(wide <= 0, `${screen} is ${wide} px wider than the window`);
      }
    };
    if (look.startsWith('English, 1440')) await visit('empty');
    const users = usersFrom(Number(person), 30);
    await writeMany(running, users, { [person]: 'Gold Deals' });
    await running.call('POST', '/blockhouse/v1/blocks', { body: { users, numbers: ['*'], note: 'Spam' } });
    await running.call('POST', '/blockhouse/v1/standing-blocks', {
      body: { users: ['14155559876'], numbers: ['*'] },
    });
    await visit('full');
    assert.deepEqual(found, {});
  });
}

test('the menu of a row has what a narrow list leaves out', async (t) => {
  const { running, page, go } = await startPanel(t, { width: 320, height: 640 });
  await writeMany(running, [person]);
  await running.call('POST', '/blockhouse/v1/blocks', {
    body: { users: [person], numbers: ['*'], note: 'Spam' },
  });
  await go('blocked');
  await page.getByRole('button', { name: 'Actions for' }).click();
  assert.equal(await page.title(), 'Blocked · Blockhouse');
  const menu = page.getByRole('menu');
  for (const detail of ['Note: Spam', 'Until: Permanent', 'Dropped: 0'])
    await menu.getByText(detail).waitFor();
  assert.deepEqual(await seriousProblems(page), []);
});

test('a language is chosen in the panel, and stays', async (t) => {
  const { page } = await startPanel(t);
  await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
  await page.getByRole('heading', { level: 1, name: 'Blockiert' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Blockiert' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
});

test('the whole work by keyboard: sign in, block, select, unblock, undo', async (t) => {
  const { running, page } = await startPanel(t);
  await writeMany(running, usersFrom(16505550100, 5));
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
  await page.getByRole('button', { name: 'Block users' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('+1 650 555 0100\n+1 650 555 0101\n+1 650 555 0102');
  const submit = page.getByRole('button', { name: 'Block 3 users' });
  for (let tabs = 0; tabs < 10 && !(await submit.evaluate((one) => one === document.activeElement)); tabs++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('3 users are blocked').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const grid = page.getByRole('grid', { name: 'Blocked' });
  await grid.getByRole('row').nth(1).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await page.getByText('1 selected').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Unblock' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('menuitem', { name: 'Unblock' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('is unblocked.').waitFor();
  await page.getByText('2 blocked').waitFor();
  await page.keyboard.press('Control+z');
  await page.getByText('Blocked again.').waitFor();
  await page.getByText('3 blocked').waitFor();
});

test('64,000 rows: the end is reached, searched and sorted, and little of it is in the page', async (t) => {
  const { running, page, go } = await startPanel(t);
  const users = usersFrom(16500000000, 64_000);
  await writeMany(running, users);
  for (let start = 0; start < users.length; start += 32_000) {
    const body = { users: users.slice(start, start + 32_000), numbers: [demoNumber] };
    await running.call('POST', '/blockhouse/v1/blocks', { body });
  }
  await go('blocked');
  await page.getByText('64,000 blocked').waitFor();
  const grid = page.getByRole('grid', { name: 'Blocked' });
  assert.equal(await grid.getAttribute('aria-rowcount'), '64001');
  await grid.getByRole('row').nth(1).focus();
  for (let times = 0; times < 4; times++) await page.keyboard.press('End');
  await grid.getByText('+1 650 006 3500').or(grid.getByText('+1 650 006')).first().waitFor();
  assert.ok((await grid.getByRole('row').count()) < 80);
  await page.getByLabel('Search by phone, name or note').fill('650 006 3999');
  await grid.getByText('+1 650 006 3999').waitFor();
  assert.equal(await grid.getByRole('row').count(), 2);
});

test('what changes elsewhere appears by itself, and the reader stays where they are', async (t) => {
  const { running, page, go } = await startPanel(t);
  const users = usersFrom(16505550000, 400);
  await writeMany(running, users);
  await running.block(...users.slice(0, 300));
  await go('blocked');
  const grid = page.getByRole('grid', { name: 'Blocked' });
  await page.getByText('300 blocked').waitFor();
  await grid.getByRole('row').nth(1).focus();
  for (let times = 0; times < 6; times++) await page.keyboard.press('PageDown');
  const active = () => page.evaluate(() => document.activeElement?.getAttribute('data-key'));
  const before = await active();
  const top = async () => (await grid.locator(`[data-key="${before}"]`).boundingBox())?.y;
  const place = await top();
  await running.block(...users.slice(300));
  await page.getByText('400 blocked').waitFor();
  assert.equal(await active(), before);
  assert.ok(Math.abs(((await top()) ?? 0) - (place ?? 0)) <= 2);
});

test('the phone: a tick, two ticks, and what a block does to them', async (t) => {
  const { page, go } = await startPanel(t);
  await go('phone');
  const say = async (text: string) => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('list', { name: 'Message' }).getByText(text).waitFor();
  };
  await say('buy gold');
  await page.getByRole('list', { name: 'Inbox' }).getByText('buy gold').waitFor();
  await page.getByRole('button', { name: 'Block this customer' }).click();
  await page.getByText('No longer sees the business online').waitFor();
  await say('hello?');
  await page.getByRole('img', { name: 'One gray tick: not delivered' }).waitFor();
  assert.equal(await page.getByRole('list', { name: 'Inbox' }).getByText('hello?').count(), 0);
  await shoot(page, 'phone');
  await page.getByRole('button', { name: 'Unblock this customer' }).click();
  await page.getByText('Sees the business online', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Advance 25 hours' }).click();
  await page.getByRole('button', { name: 'Block this customer' }).click();
  await page
    .getByText('Only people who messaged you in the last 24 hours can be blocked right now.')
    .waitFor();
});
