// Shows that an import reads several encodings, headers in many languages, and national numbers, refuses
// other text with the reason, and does not delay other requests.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';
import { within } from './waiting.ts';

async function start(t: TestContext) {
  const { url, key, call } = await startServer(t);
  const send = async (body: string | Uint8Array<ArrayBuffer>, query = '?when_closed=standing') => {
    const response = await fetch(`${url}/blockhouse/v1/numbers/${demoNumber}/blocks/import${query}`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'text/csv' },
      body,
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape.
    return { status: response.status, body: (await response.json()) as any };
  };
  return { url, key, call, send };
}

test('an import reads a header in Portuguese, in UTF-16 and in Windows-1252', async (t) => {
  const { send, call } = await start(t);
  const csv = 'CPF;Telefone;Observação\n12345678909;+55 11 98765-4321;Não\n';
  for (const bytes of [Buffer.from(`\ufeff${csv}`, 'utf16le'), Buffer.from(csv, 'latin1')]) {
    const { body } = await send(new Uint8Array(bytes));
    assert.deepEqual(
      body.results.map(({ user, outcome }: { user: string; outcome: string }) => [user, outcome]),
      [['+55 11 98765-4321', 'standing']],
    );
  }
  const { data } = (await call('GET', `/blockhouse/v1/numbers/${demoNumber}/standing-blocks`)).body;
  assert.deepEqual(
    data.map(({ wa_id, note }: { wa_id: string; note: string }) => [wa_id, note]),
    [['5511987654321', 'Não']],
  );
});

test('a row that cannot be parsed is refused with its line and the reason', async (t) => {
  const { send, call } = await start(t);
  const { status, body } = await send(
    'phone\n98765 43210\n5.51199E+12\n5511987654321.0\n2026-11-20\n123.456.789-09\nnobody\n',
  );
  assert.equal(status, 200);
  assert.deepEqual(
    body.results.map(({ user, outcome, code, reason }: Record<string, unknown>) => [
      user,
      outcome,
      code,
      reason,
    ]),
    [
      ['98765 43210', 'refused', 131047, 'invalid_format'],
      ['5.51199E+12', 'refused', 131047, 'invalid_format'],
      ['5511987654321.0', 'standing', undefined, undefined],
      ['2026-11-20', 'refused', 131047, 'invalid_format'],
      ['123.456.789-09', 'refused', 131047, 'invalid_format'],
      ['nobody', 'refused', 131047, 'invalid_format'],
    ],
  );
  assert.match(body.results[0].explanation, /^Line 2: It is a national number\. Write it with \+/);
  assert.match(body.results[1].explanation, /^Line 3: The spreadsheet has rounded it/);
  const { data } = (await call('GET', `/blockhouse/v1/numbers/${demoNumber}/standing-blocks`)).body;
  assert.equal(data.length, 1);
});

test('a column and the country of national numbers can be named', async (t) => {
  const { send } = await start(t);
  const csv = 'Kunde;Auftrag\n98765 43210;4915123456789\n';
  const asked = await send(csv);
  assert.equal(asked.status, 400);
  assert.match(asked.body.error.message, /1 "Kunde" .*, 2 "Auftrag" .* query parameter "column"/);
  const { body } = await send(csv, '?when_closed=standing&column=Kunde&country=IN');
  assert.deepEqual([body.results[0].user, body.results[0].wa_id], ['98765 43210', '919876543210']);
  const wrong = await send(csv, '?country=XX');
  assert.match(wrong.body.error.message, /country must be an ISO 3166 code such as BR - got "XX"/);
});

test('the error for a workbook says how to export it', async (t) => {
  const { send } = await start(t);
  const { status, body } = await send(new Uint8Array(Buffer.from('PK\u0003\u0004xl/workbook.xml')));
  assert.equal(status, 400);
  assert.match(body.error.message, /Excel workbook\. Open it, save the sheet as CSV/);
});

test('other requests are answered while a large list is read', async (t) => {
  const { url, send } = await start(t);
  // The last line is invalid, so the import ends after the parsing.
  const rows = Array.from({ length: 300_000 }, (_, index) => `${16500000000 + index},note ${index}`);
  let isRead = false;
  const importing = within(
    'the list was read',
    send(`phone,note\n${rows.join('\n')}\n16505551234\n`),
  ).finally(() => {
    isRead = true;
  });
  let answered = 0;
  while (!isRead) {
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    answered++;
  }
  assert.match((await importing).body.error.message, /line 300002/);
  assert.ok(answered > 20, `${answered} requests were answered meanwhile`);
});

test('a repeated import has the same result, even if rows had expired or have expired since', async (t) => {
  const { url, key, call } = await startServer(t);
  const send = async (body: string) => {
    const response = await fetch(
      `${url}/blockhouse/v1/numbers/${demoNumber}/blocks/import?when_closed=standing`,
      {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'text/csv', 'idempotency-key': 'list-1' },
        body,
      },
    );
    const { results } = (await response.json()) as { results: readonly { user: string }[] };
    return [response.status, response.headers.get('x-blockhouse-over'), results?.map(({ user }) => user)];
  };
  await call('POST', '/sandbox/clock', { body: { set: '2026-01-01T00:00:00Z' } });
  const csv = [
    'phone,until',
    '+16505551234,2025-06-01T00:00:00Z',
    '+16505551235,2026-01-02T00:00:00Z',
    '+16505551236,',
  ].join('\n');
  const first = await send(csv);
  assert.deepEqual(first, [200, '1', ['+16505551235', '+16505551236']]);
  assert.deepEqual(await send(csv), first);
  await call('POST', '/sandbox/clock', { body: { advance: '23h' } });
  assert.deepEqual(await send(csv), first);
});
