// Shows that every code of the catalogue, a delay, and a broken connection can be injected, and which faults
// are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CatalogueEntry, type RefusalEntry, refusals, requestErrors } from '@blockhouse/client/wire';
import { injectableCodes, injectedCode } from '../src/sandbox/fault-injection.ts';
import { demoNumber, type Running, startServer } from './harness.ts';
import { startReceiver } from './receiver.ts';

const ana = '16505551234';
const ben = '14155559876';
const inject = ({ call }: Running, body: object) => call('POST', '/sandbox/faults', { body });

test('every entry of the catalogue has a code that can be injected', () => {
  const entries: (CatalogueEntry | RefusalEntry)[] = [
    ...Object.values(requestErrors),
    ...Object.values(refusals),
  ];
  for (const entry of entries) {
    const code = 'subcode' in entry && entry.subcode !== undefined ? entry.subcode : entry.code;
    assert.ok(injectableCodes.includes(code), String(code));
  }
});

for (const code of injectableCodes) {
  test(`injecting ${code} for a block`, async (t) => {
    const running = await startServer(t);
    await running.write(ana, ben);
    assert.equal(
      (await inject(running, { operation: 'block', when: { times: 1 }, what: { code } })).status,
      201,
    );
    const { status, body, headers } = await running.block(ana, ben);
    const meant = injectedCode(code);
    if (meant?.kind === 'users' || code === 139100) {
      const entry = meant?.kind === 'users' ? refusals[meant.reason] : refusals.window_closed;
      const errors = body.block_users.failed_users.map((one: { errors: unknown }) => one.errors);
      const { message, details } = entry;
      assert.deepEqual(errors, Array(2).fill([{ message, code: entry.code, error_data: { details } }]));
      assert.deepEqual([status, body.error.code, body.block_users.added_users], [200, 139100, []]);
    } else {
      const entry: CatalogueEntry = requestErrors[meant?.error ?? 'internal'];
      assert.deepEqual(
        [status, body.error.code, body.error.error_subcode],
        [entry.status, entry.code, entry.subcode],
      );
      assert.equal(headers.get('retry-after'), code === 130429 ? '1' : null);
      assert.deepEqual((await running.list()).body, { data: [] }, 'nothing was applied');
    }
    assert.equal((await running.block(ana, ben)).body.error, undefined, 'the fault is used up');
  });
}

test('a refusal can be injected for one user of many', async (t) => {
  const running = await startServer(t);
  await running.write(ana, ben);
  await inject(running, { operation: 'block', user: `+${ana}`, number: demoNumber, what: { code: 139101 } });
  const { body } = await running.block(ana, ben);
  assert.deepEqual(body.block_users.added_users, [{ input: ben, wa_id: ben }]);
  assert.deepEqual(
    [body.block_users.failed_users[0].input, body.block_users.failed_users[0].errors[0].code],
    [ana, 139101],
  );
});

test('a fault can be injected into every operation, every second time', async (t) => {
  const running = await startServer(t);
  const { call, block, unblock, list, write } = running;
  const operations = {
    block: () => block(ana),
    unblock: () => unblock(ana),
    list: () => list(),
    send: () => call('POST', `/${demoNumber}/messages`, { body: { messaging_product: 'whatsapp', to: ben } }),
    inbound: () => write(ana),
  };
  for (const [operation, run] of Object.entries(operations)) {
    await inject(running, { operation, when: { every: 2 }, what: { code: 139103 } });
    const statuses = [(await run()).status, (await run()).status, (await run()).status, (await run()).status];
    assert.deepEqual(statuses, [200, 500, 200, 500], operation);
  }
  await call('DELETE', '/sandbox/faults');
  await inject(running, { operation: 'inbound', user: ana, what: { code: 130429 } });
  assert.equal((await call('POST', `/sandbox/users/${ana}/messages`, { body: { text: 'x' } })).status, 429);
  assert.equal((await call('POST', `/sandbox/users/${ben}/messages`, { body: { text: 'x' } })).status, 200);
});

test('faults apply to bulk calls: one refuses a user, and one fails a whole chunk', async (t) => {
  const running = await startServer(t);
  await running.write(ana, ben);
  const blockBoth = async () => {
    const body = { users: [ana, ben], numbers: [demoNumber] };
    const answer = await running.call('POST', '/blockhouse/v1/blocks', { body });
    return answer.body.results.map(({ outcome, code }: { outcome: string; code?: number }) => [
      outcome,
      code,
    ]);
  };
  await inject(running, { operation: 'block', user: ben, when: { times: 1 }, what: { code: 139101 } });
  assert.deepEqual(await blockBoth(), [
    ['blocked', undefined],
    ['refused', 139101],
  ]);
  for (const what of [{ code: 139103 }, { disconnect: true }]) {
    await inject(running, { operation: 'block', when: { times: 1 }, what });
    assert.deepEqual(
      (await blockBoth()).map(([outcome]: [string]) => outcome),
      ['not_tried', 'not_tried'],
    );
  }
  assert.deepEqual(
    (await running.list()).body.data.map(({ wa_id }: { wa_id: string }) => wa_id),
    [ana],
  );
});

test('a delay and a broken connection can be injected', async (t) => {
  const running = await startServer(t);
  await inject(running, { operation: 'list', when: { times: 1 }, what: { delay_ms: 1000 } });
  const finished: string[] = [];
  const first = running.list().then(({ status }) => finished.push(`first ${status}`));
  await Promise.all([first, running.call('GET', '/healthz').then(() => finished.push('healthz'))]);
  assert.deepEqual(finished, ['healthz', 'first 200'], 'the one that waits is overtaken');
  await running.write(ana);
  await inject(running, { operation: 'block', when: { times: 1 }, what: { disconnect: true } });
  await assert.rejects(running.block(ana), TypeError);
  assert.deepEqual((await running.list()).body, { data: [] }, 'nothing was applied');
  assert.equal((await running.block(ana)).status, 200);
});

test('a fault can make a delivery fail or lose its acknowledgment', async (t) => {
  const running = await startServer(t);
  const { webhook, received, until } = await startReceiver(t);
  await running.call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: webhook() });
  await inject(running, { operation: 'webhook', when: { times: 1 }, what: { code: 503 } });
  await inject(running, { operation: 'webhook', when: { times: 2 }, what: { disconnect: true } });
  await running.call('POST', `/sandbox/users/${ana}/messages`, { body: { text: 'x' } });
  // The first attempt is not sent, the second one loses its acknowledgment, and the third one succeeds.
  await running.advance('1s');
  await until(1);
  await running.advance('3s');
  await until(2);
  assert.equal(received[0]?.raw, received[1]?.raw);
  const { body } = await running.call('GET', '/sandbox/webhooks?state=delivered&wait=10s');
  assert.deepEqual(
    body.data[0].attempts.map(({ status, problem }: { status: number | null; problem: string | null }) => [
      status,
      problem,
    ]),
    [
      [503, 'status 503, by an injected fault'],
      [null, 'the acknowledgement was lost, by an injected fault'],
      [200, null],
    ],
  );
});

test('faults are listed and removed', async (t) => {
  const running = await startServer(t);
  const { call } = running;
  const { body: made } = await inject(running, { operation: 'send', user: ana, what: { delay_ms: 5 } });
  assert.deepEqual(made, {
    id: made.id,
    operation: 'send',
    number: null,
    user: ana,
    when: 'always',
    what: { delay_ms: 5 },
  });
  await inject(running, { operation: 'list', what: { code: 190 } });
  assert.deepEqual((await call('GET', '/sandbox/faults')).body.data[0], made);
  assert.equal((await call('DELETE', `/sandbox/faults/${made.id}`)).status, 200);
  assert.equal((await call('DELETE', `/sandbox/faults/${made.id}`)).body.error.error_subcode, 33);
  assert.equal((await call('GET', '/sandbox/faults')).body.data.length, 1);
  await call('DELETE', '/sandbox/faults');
  assert.equal((await running.list()).status, 200);
});

test('a fault that cannot be injected is refused with the reason', async (t) => {
  const running = await startServer(t);
  for (const [body, names] of [
    [{}, /operation/],
    [{ operation: 'dance', what: { code: 1 } }, /operation must be one of/],
    [{ operation: 'list', what: {} }, /what/],
    [{ operation: 'list', what: { code: 190, delay_ms: 1 } }, /what/],
    [{ operation: 'list', what: { code: 42 } }, /what\.code must be one of \{.*139103.*\} - got "42"/],
    [{ operation: 'send', what: { code: 131047 } }, /what\.code: 131047 refuses single users/],
    [{ operation: 'webhook', what: { code: 139103 } }, /what\.code must be a status/],
    [{ operation: 'list', what: { delay_ms: 60_001 } }, /what/],
    [{ operation: 'list', what: { disconnect: false } }, /what/],
    [{ operation: 'list', when: { times: 0 }, what: { code: 190 } }, /when/],
    [{ operation: 'list', when: 'never', what: { code: 190 } }, /when/],
    [{ operation: 'list', number: '7', what: { code: 190 } }, /number/],
    [{ operation: 'block', user: 'x', what: { code: 190 } }, /user/],
  ] as const) {
    const { status, body: answer } = await inject(running, body);
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(answer.error.message, names);
  }
  assert.deepEqual((await running.call('GET', '/sandbox/faults')).body, { data: [] });
});
