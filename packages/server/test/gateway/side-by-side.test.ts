// Shows that in one call for many numbers a number whose platform does not answer delays no other, and that a repeat
// of the call
// retries the unsettled part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, startServer } from '../harness.ts';
import { eventually } from '../waiting.ts';
import { addCloudNumber, startGateway } from './gateway.ts';
import { startProxy, type UpstreamFailure, upstreamFailures } from './upstream-proxy.ts';

test('one of three numbers does not answer: the others are done, and a repeat does the rest', async (t) => {
  const meta = await startServer(t);
  const upstream: { failure: UpstreamFailure | null } = { failure: null };
  const proxy = await startProxy(t, meta.url, () => upstream.failure);
  const { gateway } = await startGateway(t, { meta: { ...meta, url: proxy.url } });
  const users = Array.from({ length: 2500 }, (_, index) => String(16_500_000_000 + index));
  const add = async (phone: string) => {
    const { body } = await meta.call('POST', '/blockhouse/v1/numbers', {
      body: { display_phone_number: phone },
    });
    return body.id as string;
  };
  const others = [await add('+1 555 078 3882'), await add('+1 555 078 3883')];
  await addCloudNumber(
    gateway,
    { base_url: meta.url, token: meta.key },
    { id: others[0] ?? '', phone: '+1 555 078 3882' },
  );
  const local = await gateway.call('POST', '/blockhouse/v1/numbers', {
    body: { display_phone_number: '+1 555 078 3884' },
  });
  for (let start = 0; start < users.length; start += 1000) {
    const messages = users.slice(start, start + 1000).map((from) => ({ from, type: 'text' }));
    for (const id of [demoNumber, ...others])
      await meta.call('POST', `/blockhouse/v1/numbers/${id}/inbound`, { body: { messages } });
  }
  const numbers = [demoNumber, others[0] ?? '', local.body.id];
  const ask = (signal?: AbortSignal) =>
    fetch(`${gateway.url}/blockhouse/v1/blocks`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.key}`,
        'content-type': 'application/json',
        accept: 'application/x-ndjson',
        'idempotency-key': 'once',
      },
      body: JSON.stringify({ users, numbers }),
      ...(signal && { signal }),
    });
  upstream.failure = upstreamFailures['silence before'];
  const hangUp = new AbortController();
  const response = await ask(hangUp.signal);
  const told = new Map<string, number>();
  let text = '';
  for await (const chunk of response.body ?? []) {
    const lines = (text + Buffer.from(chunk).toString()).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const { results = [] } = JSON.parse(line) as { results?: { number: string }[] };
      for (const { number } of results) told.set(number, (told.get(number) ?? 0) + 1);
    }
    if ((told.get(others[0] ?? '') ?? 0) + (told.get(local.body.id) ?? 0) === 5000) break;
  }
  assert.equal(told.get(demoNumber), undefined);
  hangUp.abort();
  upstream.failure = null;
  // The current chunk ends first. The run is not claimed any more then.
  const again = await eventually(
    'the run was free',
    async () => {
      const response = await ask();
      return { status: response.status, text: await response.text() };
    },
    ({ status }) => status !== 409,
  );
  const end = JSON.parse(again.text.trim().split('\n').at(-1) ?? '');
  assert.deepEqual(end.run.counts, { blocked: 5000, refused: 2500 });
});
