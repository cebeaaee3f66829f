// Shows that the phone page shows webhooks of any shape: what it does not know, it shows as it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClock, readIsOnline } from '../src/phone/customer.ts';
import { readWebhooks } from '../src/phone/webhooks.ts';
import { startPanel } from './panel.ts';

const sent = (body: unknown, id = '1') => ({
  id,
  state: 'delivered',
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const change = (value: unknown, field?: string) => ({ entry: [{ changes: [{ value, field }] }] });

test('the kind of a webhook is its message, its status, or the field that has changed', () => {
  const kinds = (...bodies: unknown[]) =>
    readWebhooks({ data: bodies.map((body) => sent(body)) }).map(({ kind }) => kind);
  assert.deepEqual(
    kinds(
      change({ messages: [{ type: 'text' }] }),
      change({ statuses: [{ status: 'delivered' }] }),
      change({ event: 'VERIFIED_ACCOUNT' }, 'account_update'),
    ),
    ['text', 'delivered', 'account_update'],
  );
  assert.deepEqual(kinds({ entry: [] }, { entry: null }, change(null), [], null, 7, 'no JSON', ''), [
    ...Array.from({ length: 8 }, () => ''),
  ]);
});

test('an answer of another shape is no webhooks, no clock and a customer who is online', () => {
  for (const answer of [null, undefined, 'text', [], {}, { data: null }, { data: [null, 7, { id: 1 }] }]) {
    assert.deepEqual(readWebhooks(answer), []);
    assert.equal(readClock(answer), null);
    assert.equal(readIsOnline(answer, '1'), true);
  }
  assert.equal(readClock({ now: 'yesterday' }), null);
});

test('the phone page shows webhooks that are of no known shape', async (t) => {
  const { page, go } = await startPanel(t);
  const bodies = ['no JSON', '{"object":"page"}', '{"entry":[{"changes":[{"field":"account_update"}]}]}'];
  await page.route('**/sandbox/webhooks?*', (route) =>
    route.fulfill({ json: { data: bodies.map((body, index) => sent(body, String(index))) } }),
  );
  await go('phone');
  await page.getByText('account_update').first().waitFor();
  assert.equal(await page.getByText('This could not be loaded').count(), 0);
  await page.locator('summary').first().click();
  await page.getByText('no JSON').waitFor();
});
