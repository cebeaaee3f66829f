// Shows work on many people at the same time: a range is selected and changed, blocking is stopped and continued in another tab, and reasons are
// offered again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { demoNumber, type Running } from '../../server/test/harness.ts';
import { seriousProblems, startPanel, usersFrom, writeMany } from './panel.ts';

const users = usersFrom(16500000000, 3000);

async function blockedCount({ call }: Running): Promise<number> {
  return (await call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks?limit=1`)).body.total;
}

/** Lets the page have the results of the first thousand, and no more until the returned function is called. */
async function holdAfterFirstResults(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const original = window.fetch;
    window.fetch = async (input, init) => {
      const response = await original(input, init);
      const isBlocks = String(input instanceof Request ? input.url : input).endsWith('/blockhouse/v1/blocks');
      if (!isBlocks || response.body === null || sessionStorage.getItem('held') !== null) return response;
      sessionStorage.setItem('held', 'once');
      const reader = response.body.getReader();
      const lineEnd = 10;
      let isHeld = false;
      const signal = init?.signal;
      const body = new ReadableStream({
        start(controller) {
          // As the browser's own stream does.
          signal?.addEventListener('abort', () => {
            controller.error(signal.reason);
            void reader.cancel().catch(() => {});
          });
        },
        async pull(controller) {
          if (isHeld) return new Promise(() => {});
          const { value } = await reader.read();
          const end = value?.indexOf(lineEnd) ?? -1;
          isHeld = end >= 0;
          if (value !== undefined) controller.enqueue(isHeld ? value.subarray(0, end + 1) : value);
        },
      });
      return new Response(body, { status: response.status, headers: response.headers });
    };
  });
}

/** Pastes a text into the field that has the focus. */
async function paste(page: Page, text: string): Promise<void> {
  await page.locator('[role="dialog"] textarea:focus').waitFor();
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    document.activeElement?.dispatchEvent(event);
  }, text);
}

test('a paste of 100,000 lines is read beside the page: the next field takes keys meanwhile', async (t) => {
  const { page } = await startPanel(t);
  await page.getByRole('button', { name: 'Block users' }).click();
  const dialog = page.getByRole('dialog');
  const many = usersFrom(16500000000, 100_000);
  await paste(page, many.map((user) => `+${user}`).join('\n'));
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('typed while it is read');
  await dialog.getByRole('button', { name: 'Block 100,000 users' }).waitFor();
  assert.equal(await dialog.getByRole('textbox', { name: 'Users' }).inputValue(), '');
});

test('blocking 3,000 is stopped after the first results, and continued in another tab', async (t) => {
  const { page, running } = await startPanel(t);
  await writeMany(running, users);
  await holdAfterFirstResults(page);
  await page.reload();
  await page.getByRole('button', { name: 'Block users' }).click();
  const dialog = page.getByRole('dialog');
  await paste(page, users.map((user) => `+${user}`).join('\n'));
  await dialog.getByText('Pasted list').waitFor();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Flood');
  await dialog.getByRole('button', { name: 'Block 3,000 users' }).click();
  await dialog.getByText('1,000 of 3,000').waitFor();
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await dialog.getByText('You stopped the work').waitFor();
  await dialog.getByRole('heading', { name: '1,000 users are blocked' }).waitFor();
  assert.deepEqual(await seriousProblems(page), []);

  const other = await page.context().newPage();
  await page.close();
  await other.goto(`${running.url}/panel/${demoNumber}/blocked?dialog=block`);
  const continued = other.getByRole('dialog');
  await continued.getByText('An earlier list is not finished').waitFor();
  assert.deepEqual(await seriousProblems(other), []);
  await continued.getByRole('button', { name: 'Continue' }).click();
  await continued.getByRole('heading', { name: '3,000 users are blocked' }).waitFor();
  assert.equal(await blockedCount(running), 3000);
  await continued.getByRole('button', { name: 'Done' }).click();
  await other.reload();
  await other.getByRole('button', { name: 'Block users' }).click();
  await continued.getByRole('textbox', { name: 'Users' }).waitFor();
  assert.equal(await continued.getByText('An earlier list is not finished').count(), 0);
  await continued.getByRole('button', { name: 'Flood' }).click();
  assert.equal(await continued.getByRole('textbox', { name: 'Reason' }).inputValue(), 'Flood');
});

test('a range of blocks gets another reason and end, and is unblocked', async (t) => {
  const { page, running, go } = await startPanel(t);
  const some = users.slice(0, 5);
  await writeMany(running, some);
  await running.call('POST', '/blockhouse/v1/blocks', {
    body: { users: some, numbers: [demoNumber], note: 'Old' },
  });
  await go('blocked?sort=blocked_at');
  const boxes = page.getByRole('checkbox', { name: /^Select/ });
  await boxes.nth(0).click();
  await boxes.nth(3).click({ modifiers: ['Shift'] });
  await page.getByText('4 selected').waitFor();
  await page.getByRole('button', { name: 'Change reason or expiry' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change 4 blocks' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Enter a reason, or choose a duration.').waitFor();
  await dialog.getByLabel('Duration').selectOption('7d');
  assert.deepEqual(await seriousProblems(page), []);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('4 blocks are changed.').waitFor();
  const { body } = await running.call('GET', `/blockhouse/v1/numbers/${demoNumber}/blocks?sort=blocked_at`);
  const rows = body.data as { note: string; until: string | null }[];
  assert.deepEqual(
    rows.map(({ note, until }) => [note, until !== null]),
    [true, true, true, true, false].map((ends) => ['Old', ends]),
  );
});
