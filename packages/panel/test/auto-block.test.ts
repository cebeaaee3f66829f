// Shows auto-block rules in the panel, by keyboard, wide and at 390 px. A ready-made rule counts and is turned on. The
// messages that it holds are decided in the review. A new rule blocks and says why, and undo unblocks everybody.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { metaMessage, metaWebhook } from '../../server/test/gateway/meta-webhook.ts';
import { demoNumber } from '../../server/test/harness.ts';
import { openPanel, seriousProblems, shoot, startPanel, usersFrom } from './panel.ts';

const strangers = usersFrom(254_700_000_000, 5);
const [first = '', second = '', third = ''] = strangers;

const looks = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

for (const [look, size] of Object.entries(looks)) {
  test(`rules and review, ${look}`, async (t) => {
    const { running, page, go } = await startPanel(t, size);
    for (const body of [{ set: '2026-03-02T09:00:00Z' }, { freeze: true }])
      assert.equal((await running.call('POST', '/sandbox/clock', { body })).status, 200);
    const show = async (name: string) => {
      if (look === 'wide') await shoot(page, name);
    };
    const write = async (from: string, body: string, profile = 'Gold Deals') => {
      const { status, body: answer } = await running.call(
        'POST',
        `/blockhouse/v1/numbers/${demoNumber}/inbound`,
        {
          body: {
            contacts: [{ wa_id: from, profile: { name: profile } }],
            messages: [{ from, type: 'text', text: { body } }],
          },
        },
      );
      assert.equal(status, 200, JSON.stringify(answer));
    };
    const settled = async () => {
      assert.deepEqual(await seriousProblems(page), []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} px wider than the window`);
    };

    await go('rules');
    await page.getByText('No rules yet').waitFor();
    await settled();
    await press(page, page.getByRole('link', { name: 'Use this rule: Links from strangers' }), 'Enter');
    await page.getByRole('heading', { name: 'New rule' }).waitFor();
    await page
      .getByText('If the sender is new and the message contains a link: hold the message for review.')
      .waitFor();
    await settled();
    await press(page, page.getByRole('button', { name: 'Save' }), 'Enter');
    await page.getByText('"Links from strangers" is saved.').waitFor();

    const card = page.getByRole('article', { name: 'Links from strangers' });
    await write(first, 'Win gold at https://gold.example');
    await card.getByText('Last 24 hours: 1 matched, 0 acted on').waitFor();
    await press(page, card.getByRole('radio', { name: 'Count only' }), 'ArrowRight');
    await page.getByText('"Links from strangers" is on.').waitFor();
    for (const [index, from] of [second, third, ...strangers.slice(3)].entries())
      await write(from, `Win gold at https://gold.example/${index}`);
    await write(second, 'Are you there?');
    await card.getByText('Last 24 hours: 5 matched, 4 acted on').waitFor();

    await go('review');
    const grid = page.getByRole('grid', { name: 'Review' });
    await grid.getByText('Win gold at https://gold.example/0').waitFor();
    await settled();
    await show('review');
    await grid.getByRole('row').nth(1).focus();
    await page.keyboard.press('Enter');
    const details = page.getByRole('dialog', { name: 'Message' });
    await details.getByText('Links from strangers: If the sender is new').waitFor();
    await settled();
    await page.keyboard.press('Escape');
    await details.waitFor({ state: 'detached' });
    // The focus returns to the row a moment after the dialog is gone.
    await grid.locator('[role="row"]:focus').waitFor();
    await page.keyboard.press('r');
    await page.getByText('1 message is being delivered.').waitFor();
    await grid.getByText('Win gold at https://gold.example/0').waitFor({ state: 'detached' });
    await page.keyboard.press('b');
    const question = page.getByRole('dialog', { name: 'Block this sender?' });
    await question.waitFor();
    await settled();
    await page.keyboard.press('Enter');
    await page.getByText('1 sender is blocked.').waitFor();
    await grid.getByText('Win gold at https://gold.example/1').waitFor({ state: 'detached' });
    await page.keyboard.press('Space');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+Space');
    await page.getByText('2 selected').waitFor();
    await page.keyboard.press('d');
    await page.getByRole('dialog', { name: 'Discard these 2 messages?' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('2 messages are discarded.').waitFor();
    await page.getByText('Nothing to review').waitFor();

    await go('rules');
    await press(page, page.getByRole('link', { name: 'New rule' }), 'Enter');
    await page.getByLabel('Name').fill('Loans');
    await press(page, page.getByRole('button', { name: 'Save' }), 'Enter');
    await page.getByText('Add at least one condition.').waitFor();
    await press(page, page.getByRole('button', { name: 'Add a condition' }), 'Enter');
    await choose(page, { name: 'Text', exact: true });
    await page.getByLabel('Whole words').fill('loan\ncredit\n');
    await press(page, page.getByRole('button', { name: 'Add a condition' }), 'Enter');
    await choose(page, { name: 'Country of the phone' });
    await page.getByRole('combobox', { name: 'Countries' }).fill('keny');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByLabel('Duration').selectOption({ label: '30 days' });
    await page
      .getByText(
        'If the phone is from Kenya and the text contains "loan" or "credit": block the sender for 30 days, and keep the message for review.',
      )
      .waitFor();
    await page.keyboard.press('Escape');
    await settled();
    const webhook = (from: string, body: string) =>
      metaWebhook({ messages: [metaMessage(from, `wamid.${from}`, { text: { body } })] });
    const webhooks = [webhook(first, 'A loan for you'), webhook('16505551234', 'A loan for you')];
    await page.locator('input[type="file"]').setInputFiles({
      name: 'webhooks.jsonl',
      mimeType: 'application/jsonl',
      buffer: Buffer.from(webhooks.join('\n')),
    });
    await page.getByText('The rule would have matched 1 of 2 messages, all from 1 person.').waitFor();
    await settled();
    await press(page, page.getByRole('radio', { name: 'Count only' }), 'ArrowRight');
    await press(page, page.getByRole('button', { name: 'Save' }), 'Enter');
    await page.getByText('"Loans" is saved.').waitFor();

    await write(first, 'Do you need a LOAN?');
    await page.getByRole('article', { name: 'Loans' }).getByText('1 matched, 1 acted on').waitFor();
    await settled();
    await show('rules');
    await go('check');
    await page.getByLabel('Phone number').fill(`+${first}`);
    await page.keyboard.press('Enter');
    await page.getByText('By the auto-block rule "Loans"').waitFor();
    await page.getByText('If the phone is from Kenya and the text contains').waitFor();
    await settled();
    await go('blocked');
    await page
      .getByRole('grid', { name: 'Blocked' })
      .getByText('Loans')
      .first()
      .waitFor({ state: 'attached' });

    await go('rules');
    await press(page, page.getByRole('button', { name: 'Actions for "Loans"' }), 'Enter');
    await choose(page, { name: 'Unblock everybody' });
    const undo = page.getByRole('dialog', { name: 'Unblock everybody whom "Loans" has blocked' });
    await press(page, undo.getByRole('button', { name: 'Unblock everybody' }), 'Enter');
    await undo.getByText('1 user is unblocked.').waitFor();
    await settled();
    await page.keyboard.press('Escape');
    await undo.waitFor({ state: 'detached' });
    const { body } = await running.list('?limit=100');
    assert.deepEqual(
      body.data.map(({ wa_id }: { wa_id: string }) => wa_id),
      [third],
    );
    await press(page, page.getByRole('button', { name: 'Actions for "Loans"' }), 'Enter');
    await choose(page, { name: 'Delete' });
    await press(page, page.getByRole('dialog').getByRole('button', { name: 'Delete' }), 'Enter');
    await page.getByText('"Loans" is deleted.').waitFor();
    await page.getByLabel('Phone number').fill('+254 700 000003');
    await page.keyboard.press('Enter');
    await page.getByText('+254 700 000003').waitFor();
  });
}

test('a rule is tried on the messages that were kept, and is asked about before it hits people who are known', async (t) => {
  const { running, page, go } = await startPanel(t, {
    over: { secrets: ['s'.repeat(32)], keepMessagesMs: 7 * 86_400_000 },
  });
  const write = (from: string) =>
    running.call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
      body: { messages: [{ from, type: 'text', text: { body: 'About my loan' } }] },
    });
  await write(first);
  await running.advance('2d');
  await write(first);
  await write(second);
  await running.call('POST', '/blockhouse/v1/rules', {
    body: {
      name: 'Loans',
      when: { text: { words: ['loan'] } },
      action: { type: 'block' },
      includes_customers: true,
    },
  });
  await go('rules');
  const card = page.getByRole('article', { name: 'Loans' });
  await press(page, card.getByRole('radio', { name: 'Count only' }), 'ArrowRight');
  const question = page.getByRole('dialog', { name: 'Turn this rule on?' });
  await question.getByText('1 of them are known to you').waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await press(page, question.getByRole('button', { name: 'Cancel' }), 'Enter');
  await question.waitFor({ state: 'detached' });
  assert.ok(await card.getByRole('radio', { name: 'Count only' }).isChecked());

  await press(page, page.getByRole('button', { name: 'Actions for "Loans"' }), 'Enter');
  await choose(page, { name: 'Edit' });
  await press(page, page.getByRole('button', { name: 'Try it on the last 7 days' }), 'Enter');
  await page.getByText('The rule would have matched 2 of 3 messages, from 2 people.').waitFor();
  await page.getByText('1 later message of blocked people would have been dropped.').waitFor();
  await press(page, page.getByRole('radio', { name: 'Count only' }), 'ArrowRight');
  await press(page, page.getByRole('button', { name: 'Save' }), 'Enter');
  await press(page, question.getByRole('button', { name: 'Turn it on' }), 'Enter');
  await page.getByText('"Loans" is saved.').waitFor();
  await card.locator('input[value="enforce"]:checked').waitFor({ state: 'attached' });
});

test('an agent sees the rules and decides on messages, and changes no rule', async (t) => {
  const { running, browser } = await startPanel(t);
  await running.call('POST', '/blockhouse/v1/rules', {
    body: {
      name: 'Loans',
      mode: 'enforce',
      when: { text: { words: ['loan'] } },
      action: { type: 'hold' },
    },
  });
  await running.call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
    body: { messages: [{ from: first, type: 'text', text: { body: 'a loan' } }] },
  });
  const { body } = await running.call('POST', '/blockhouse/v1/keys', {
    body: { name: 'support', role: 'agent', numbers: [demoNumber] },
  });
  const { page, go } = await openPanel(t, { browser, url: running.url, key: body.key });
  await go('rules');
  await page.getByText('Only an administrator can change rules.').waitFor();
  const card = page.getByRole('article', { name: 'Loans' });
  assert.ok(await card.getByRole('radio', { name: 'Off' }).isDisabled());
  assert.equal(await page.getByRole('link', { name: 'New rule' }).count(), 0);
  assert.deepEqual(await seriousProblems(page), []);
  await go('review');
  await page.getByRole('grid', { name: 'Review' }).getByRole('row').nth(1).focus();
  await page.keyboard.press('r');
  await page.getByText('1 message is being delivered.').waitFor();
});

test('a flagged message has passed: it is seen, and neither delivered nor discarded', async (t) => {
  const { running, page, go } = await startPanel(t);
  await running.call('POST', '/blockhouse/v1/rules', {
    body: {
      name: 'Loans',
      mode: 'enforce',
      when: { text: { words: ['loan'] } },
      action: { type: 'flag' },
    },
  });
  for (const from of [first, second])
    await running.call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
      body: { messages: [{ from, type: 'text', text: { body: 'a loan' } }] },
    });
  await go('review');
  const grid = page.getByRole('grid', { name: 'Review' });
  await grid.getByRole('row').nth(2).waitFor();
  for (const [letter, left] of [
    ['d', 1],
    ['r', 0],
  ] as const) {
    await grid.getByRole('row').nth(1).focus();
    await page.keyboard.press(letter);
    await page.getByText('1 message is done.').first().waitFor();
    // The list has been read again: the next letter is for the next message.
    await grid
      .getByRole('row')
      .nth(left + 1)
      .waitFor({ state: 'detached' });
  }
  await page.getByText('Nothing to review').waitFor();
  assert.equal(await page.getByText('discarded').count(), 0);
  assert.equal(await page.getByText('being delivered').count(), 0);
});

/** Chooses an item of the menu that opens: with the arrow, until the item has the focus. */
async function choose(page: Page, item: { readonly name: string; readonly exact?: boolean }): Promise<void> {
  const wanted = page.getByRole('menuitem', item);
  await wanted.waitFor();
  for (let presses = 0; presses < 30; presses++) {
    if (await wanted.evaluate((one) => one === document.activeElement)) break;
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
}

/** Moves the focus to something, and presses a key. */
async function press(page: Page, what: ReturnType<Page['getByRole']>, key: string): Promise<void> {
  await what.focus();
  await page.keyboard.press(key);
}
