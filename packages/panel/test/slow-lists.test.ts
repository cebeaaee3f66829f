// Shows that the list and the count of a number at Meta are waited for as long as the server may take, and asked for once.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { listen } from '../../../tools/listen.ts';
import { addNumberAtMeta, startPanel } from './panel.ts';

test('a list at Meta that takes 59 seconds is shown, and neither it nor its count is asked for twice', async (t) => {
  const meta = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}'),
  );
  const baseUrl = await listen(t, meta);
  const { running, page, go } = await startPanel(t, { over: { secrets: ['x'.repeat(32)] } });
  await addNumberAtMeta(running, baseUrl);

  // The browser's timers follow the test's clock.
  await page.clock.install();
  await page.addInitScript(() => {
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException('time is over', 'TimeoutError')), ms);
      return controller.signal;
    };
  });
  // Events say nothing here: after a break in them, what is shown would be read again.
  await page.route('**/events', () => {});
  const row = { waId: '16505551234', userId: null, name: 'Gold Deals' };
  const shown = {
    wa_id: row.waId,
    user_id: null,
    name: row.name,
    blocked_at: null,
    until: null,
    dropped: 0,
    last_dropped_at: null,
    key: null,
    person: null,
    source: 'elsewhere',
    note: null,
  };
  for (const [path, seen] of [
    ['blocked', 'Gold Deals'],
    ['numbers', '4,711'],
  ] as const) {
    let asked = 0;
    const arrived = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    await page.route('**/numbers/77/blocks?*', async (route) => {
      asked++;
      arrived.resolve();
      await answer.promise;
      await route.fulfill({ json: { data: [shown], total: 4711, paging: {} } }).catch(() => {});
    });
    await go(`77/${path}`);
    await arrived.promise;
    await page.clock.fastForward(59_000);
    assert.equal(asked, 1, path);
    answer.resolve();
    await page.getByText(seen).first().waitFor();
    assert.equal(asked, 1, path);
    await page.unroute('**/numbers/77/blocks?*');
  }
});
