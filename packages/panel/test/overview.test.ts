// Shows the overview: that everything works, or what needs attention, and the messages and refusals of thirty days.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber } from '../../server/test/harness.ts';
import { startReceiver } from '../../server/test/receiver.ts';
import { barsByDay } from '../src/overview/days.ts';
import { seriousProblems, shoot, startPanel, usersFrom, writeMany } from './panel.ts';

const path = `/blockhouse/v1/numbers/${demoNumber}`;

test('the overview counts the messages of each day, and what was refused, and names what is wrong', async (t) => {
  const receiver = await startReceiver(t, (_request, response) => response.writeHead(503).end());
  const { page, running, go } = await startPanel(t, { width: 1440, height: 900 });
  const { call } = running;
  const spammers = usersFrom(16505550100, 40);
  await writeMany(running, spammers);
  await call('POST', '/blockhouse/v1/blocks', {
    body: { users: [...spammers, '14155559999'], numbers: [demoNumber], note: 'Loans' },
  });
  for (let day = 0; day < 12; day++) {
    await writeMany(running, usersFrom(14155550100, 30 + ((day * 17) % 25)));
    await writeMany(running, spammers.slice(0, (day * 7) % 23));
    await call('POST', '/sandbox/clock', { body: { advance: '24h' } });
  }
  await go('overview');
  const figures = page.getByRole('list').filter({ hasText: 'Blocked now' });
  await figures.getByText('40', { exact: true }).waitFor();
  await page.getByText('Everything works').waitFor();
  const refusals = page.getByRole('region', { name: 'Why blocks were refused, last 30 days' });
  const reason = refusals.getByRole('link', { name: 'Refused: did not write within 24 hours' });
  await reason.waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await shoot(page, 'overview');

  await call('PATCH', path, { body: receiver.webhook() });
  await writeMany(running, ['14155550100']);
  await receiver.until(1);
  const attention = page.getByRole('region', { name: 'Needs attention' });
  await attention.getByText(/Blockhouse Demo: your receiver did not accept the last webhook/).waitFor();
  assert.deepEqual(await seriousProblems(page), []);
  await reason.click();
  await page.waitForURL('**/activity?outcome=window_closed');
  await page.getByRole('cell', { name: '+1 415 555 9999' }).waitFor();
});

test('a day has its messages, also those around midnight, and days without any are there', () => {
  const hours = ['2026-03-01T00:00:00', '2026-03-01T23:00:00', '2026-03-03T05:00:00'].map((hour, index) => ({
    hour: new Date(hour).toISOString(),
    admitted: 10 ** index,
    dropped: index,
    held: 0,
  }));
  const bars = barsByDay(hours, Date.parse('2026-03-03T12:00:00'), 4, (day) => String(day.getDate()));
  assert.deepEqual(
    bars.map(({ label, admitted, dropped }) => [label, admitted, dropped]),
    [
      ['28', 0, 0],
      ['1', 11, 1],
      ['2', 0, 0],
      ['3', 100, 2],
    ],
  );
});
