// Shows that the activity says of standing blocks what was done to them, and finds them by those words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../../server/test/harness.ts';
import { startPanel, usersFrom } from './panel.ts';

test('a standing block that was placed, one in place of a block, and one that was withdrawn are told apart', async (t) => {
  const { running, page, go } = await startPanel(t);
  const [ana, ben] = usersFrom(16505550100, 2);
  const numbers = [demoNumber];
  for (const [path, body] of [
    ['standing-blocks', { users: [ana], numbers }],
    ['blocks', { users: [ben], numbers, when_closed: 'standing' }],
    ['standing-blocks/withdrawals', { users: [ben], numbers }],
  ] as const)
    assert.equal((await running.call('POST', `/blockhouse/v1/${path}`, { body })).status, 200);
  await go(`${demoNumber}/activity`);
  const rows = () => page.getByRole('region', { name: 'Activity' }).getByRole('row').allInnerTexts();
  await page.getByRole('cell', { name: 'Standing block placed', exact: true }).waitFor();
  await page.getByRole('cell', { name: 'Standing block placed instead' }).waitFor();
  await page.getByRole('cell', { name: 'Standing block withdrawn' }).waitFor();
  assert.equal(await page.getByRole('cell', { name: 'Done', exact: true }).count(), 0);

  await page.getByLabel('Outcome').selectOption({ label: 'Standing block placed' });
  await page.getByRole('cell', { name: 'Standing block withdrawn' }).waitFor({ state: 'detached' });
  assert.deepEqual(
    (await rows()).slice(1).map((row) => row.includes('+1 650 555 0100')),
    [true],
  );
  await page.getByLabel('What').selectOption({ label: 'Block' });
  assert.equal(await page.getByLabel('Outcome').inputValue(), '');
});
