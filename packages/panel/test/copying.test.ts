// Shows that copying a phone says whether it was copied, with the browser's clipboard, without it, and where nothing helps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPanel, writeMany } from './panel.ts';

const ana = '16505551234';

const clipboards: Readonly<Record<string, () => void>> = {
  'a browser that has no clipboard over plain http': () =>
    Object.defineProperty(navigator, 'clipboard', { value: undefined }),
  'a frame that may not use the clipboard': () => {
    const refuse = () => Promise.reject(new DOMException('not allowed', 'NotAllowedError'));
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: refuse } });
  },
};

async function startWithAna(t: Parameters<typeof startPanel>[0], script: () => void) {
  const panel = await startPanel(t);
  await panel.page.addInitScript(() => {
    document.addEventListener('copy', () => {
      const { activeElement } = document;
      const text = activeElement instanceof HTMLTextAreaElement ? activeElement.value : '';
      document.documentElement.dataset['copied'] = text;
    });
  });
  await panel.page.addInitScript(script);
  await writeMany(panel.running, [ana]);
  await panel.running.block(ana);
  await panel.go('blocked');
  await panel.page.getByRole('button', { name: 'Actions for +1 650 555 1234' }).click();
  return panel;
}

for (const [situation, script] of Object.entries(clipboards))
  test(`${situation}: the phone is copied all the same, and that is said`, async (t) => {
    const { page } = await startWithAna(t, script);
    await page.getByRole('menuitem', { name: 'Copy the number' }).click();
    await page.getByText('+16505551234 is copied.').waitFor();
    assert.equal(await page.locator('html').getAttribute('data-copied'), '+16505551234');
  });

test('where nothing may be copied, that is said, with the phone to copy by hand', async (t) => {
  const { page } = await startWithAna(t, () => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    Document.prototype.execCommand = () => false;
  });
  await page.getByRole('menuitem', { name: 'Copy the number' }).click();
  await page.getByText('Your browser did not allow copying').waitFor();
  await page.getByText('copy it yourself: +16505551234').waitFor();
});
