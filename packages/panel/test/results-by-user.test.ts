// Shows what is said after a block on several numbers: one row a user, counted as users, with the numbers on which they are and are
// not blocked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Refusal } from '@blockhouse/client';
import { demoNumber } from '../../server/test/harness.ts';
import { byUser, summaryOf } from '../src/block/outcomes.ts';
import type { Outcomes } from '../src/block/work.ts';
import { seriousProblems, startPanel, usersFrom, writeMany } from './panel.ts';

const nothing: Outcomes = {
  blocked: [],
  standing: [],
  refused: [],
  unknown: [],
  remaining: [],
  problem: null,
};
const at = (user: string, number: string) => ({ user, number, waId: user, userId: null });
const refused = (user: string, number: string, reason: Refusal['reason'] = 'window_closed') => ({
  ...at(user, number),
  code: 131047,
  reason,
  message: '',
  details: '',
  explanation: 'Why not',
});

test('each user is in one row, and blocked only where they are blocked on every number', () => {
  const results = byUser({
    ...nothing,
    blocked: [at('ana', '1'), at('ana', '2'), at('ben', '1')],
    refused: [
      refused('ben', '2'),
      refused('cleo', '1'),
      refused('cleo', '2'),
      refused('dora', '1', 'not_a_user'),
    ],
    standing: [at('eve', '1'), at('fay', '1')],
    unknown: [{ user: 'dora', number: '2' }],
    remaining: [{ user: 'fay', number: '2' }],
  });
  assert.deepEqual(
    results.map((result) => [result.user, summaryOf(result), result.places.map(({ numbers }) => numbers)]),
    [
      ['ana', 'blocked', [['1', '2']]],
      ['ben', 'partly', [['1'], ['2']]],
      ['eve', 'standing', [['1']]],
      ['fay', 'remaining', [['1'], ['2']]],
      ['cleo', 'refused', [['1', '2']]],
      ['dora', 'unknown', [['1'], ['2']]],
    ],
  );
});

test('3 users on 30 numbers are 3 users in every sentence', async (t) => {
  const { running, page, go } = await startPanel(t);
  const users = usersFrom(16505550100, 3);
  for (let index = 1; index < 30; index++) {
    const added = await running.call('POST', '/blockhouse/v1/numbers', {
      body: { display_phone_number: `+1 555 078 4${100 + index}`, verified_name: `Shop ${index}` },
    });
    assert.equal(added.status, 201);
    // The first of them wrote to every number, the second to the first number alone, the third to none.
    const messages = [{ from: users[0], type: 'text' }];
    await running.call('POST', `/blockhouse/v1/numbers/${added.body.id}/inbound`, { body: { messages } });
  }
  await writeMany(running, users.slice(0, 2));
  await go(`${demoNumber}/blocked`);
  await page.getByRole('button', { name: 'Block users' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Users').fill(users.join('\n'));
  await dialog.getByText('On all numbers').click();
  await dialog.getByRole('button', { name: 'Block 3 users on 30 numbers' }).click();

  const everywhere = dialog.getByRole('region', { name: '1 user is blocked on all 30 numbers' });
  await everywhere.getByText('+1 650 555 0100').waitFor();
  const partly = dialog.getByRole('region', { name: '1 user is blocked on some of the 30 numbers only' });
  assert.equal(await partly.getByRole('listitem').count(), 1);
  await partly.getByText('Blocked on 1 number: Blockhouse Demo').waitFor();
  await partly.getByText('Not blocked on 29 numbers: Shop 1, Shop 2, Shop 3 and 26 more').waitFor();
  const nowhere = dialog.getByRole('region', { name: '1 user is not blocked on any of the 30 numbers' });
  assert.equal(await nowhere.getByRole('listitem').count(), 1);
  assert.deepEqual(await seriousProblems(page), []);
  await partly.getByRole('button', { name: 'Block when they next write' }).click();
  await partly
    .getByText('1 user will be blocked when they next write (29 standing blocks on 29 numbers)')
    .waitFor();
  assert.equal(await dialog.getByText('59').count(), 0);
});
