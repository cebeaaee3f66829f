// Shows that the list and the count of a number at Meta are waited for as long as the server may take, and asked for once.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startPanel } from './panel.ts';

test('a list at Meta that takes 59 seconds is shown, and neither it nor its count is asked for twice', async (t) => {
  const meta = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}'),
  );
  await new Promise<void>((resolve) => meta.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    meta.closeAllConnections();
    meta.close();
  });
  const base_url = `http://127.0.0.1:${(meta.address() as AddressInfo).port}`;
  const { running, page, go } = await startPanel(t, { over: { secrets: ['x'.repeat(32)] } });
  const added = await running.call('POST', '/blockhouse/v1/numbers', {
    body: {
      id: '77',
      waba_id: '1',
      display_phone_number: '+1 555 078 3882',
      verified_name: 'At Meta',
      platform: 'cloud',
      upstream: { base_url, token: 'EAAJB' },
    },
  });
  assert.equal(added.status, 201, JSON.stringify(added.body));

  // The browser's timers follow the test's clock.
  await page.clock.install();
  await page.addInitScript(() => {
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException('time is over', 'TimeoutError')), ms);
      return controller.signal;
    };
  });
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
