// Shows how messages that rules hold, keep, or flag are reviewed: the order of each user's messages stays, and each
// message is decided once.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { demoNumber, startServer } from './harness.ts';
import { startReceiver } from './receiver.ts';

const ana = '16505551234';
const ben = '14155559876';
const reviews = `/blockhouse/v1/numbers/${demoNumber}/reviews`;

async function start(t: TestContext, rule: object) {
  const server = await startServer(t, { webhookTargets: 'loopback' });
  const { call } = server;
  const receiver = await startReceiver(t);
  await call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: receiver.webhook() });
  const made = await call('POST', '/blockhouse/v1/rules', {
    body: { name: 'Doubtful', mode: 'enforce', when: { text: { words: ['loan'] } }, ...rule },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const write = async (from: string, body: string) => {
    const answer = await call('POST', `/blockhouse/v1/numbers/${demoNumber}/inbound`, {
      body: { messages: [{ from, type: 'text', text: { body } }] },
    });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body as { admitted: string[]; dropped: string[]; held: string[] };
  };
  const waiting = async () =>
    (await call('GET', reviews)).body as { data: { id: string; kind: string }[]; total: number };
  const decide = async (decision: string, ...ids: string[]) =>
    (await call('POST', reviews, { body: { ids, decision } })).body as { decided: string[]; gone: string[] };
  const heard = () =>
    receiver.received.map(({ value }) => `${value.messages[0].from} ${value.messages[0].text.body}`);
  return { ...server, receiver, write, waiting, decide, heard };
}

const hold = { action: { type: 'hold' } };

test('a held message keeps the later ones of its sender behind it, and nobody else’s', async (t) => {
  const { write, waiting, decide, receiver, heard, call } = await start(t, hold);
  await write(ana, 'one');
  assert.equal((await write(ana, 'a loan?')).held.length, 1);
  assert.equal((await write(ana, 'three')).admitted.length, 1);
  await write(ben, 'hello');
  await receiver.until(2);
  assert.deepEqual(heard().toSorted(), [`${ben} hello`, `${ana} one`].toSorted());

  const why = await call('GET', `/blockhouse/v1/users/${ana}`);
  assert.deepEqual(
    [why.body.verdict, (await call('GET', `/blockhouse/v1/users/${ben}`)).body.verdict],
    ['held', 'fine'],
  );

  const { data, total } = await waiting();
  const [held] = data;
  assert.ok(held);
  assert.deepEqual([total, held.kind], [1, 'held']);
  assert.deepEqual(await decide('release', held.id), { decided: [held.id], gone: [] });
  await receiver.until(4);
  assert.deepEqual(
    heard().filter((one) => one.startsWith(ana)),
    [`${ana} one`, `${ana} a loan?`, `${ana} three`],
  );
  assert.deepEqual(
    await decide('discard', held.id),
    { decided: [], gone: [held.id] },
    'it is decided already',
  );
});

test('a held message that is discarded never arrives, and the later ones do', async (t) => {
  const { write, waiting, decide, receiver, heard, call } = await start(t, hold);
  await write(ana, 'a loan?');
  await write(ana, 'another loan?');
  await write(ana, 'three');
  const { data } = await waiting();
  const [first, second] = data.map(({ id }) => id);
  assert.ok(first && second);
  await decide('discard', first);
  await decide('release', second);
  await receiver.until(2);
  assert.deepEqual(heard(), [`${ana} another loan?`, `${ana} three`]);
  assert.equal((await waiting()).total, 0);
  const { body } = await call('GET', '/blockhouse/v1/activity');
  assert.deepEqual(
    body.data.map(({ operation, user }: { operation: string; user: string }) => [operation, user]),
    [
      ['release', ana],
      ['discard', ana],
    ],
  );
});

test('the message that blocked its sender can be kept, and delivered after all', async (t) => {
  const { write, waiting, decide, receiver, heard, list } = await start(t, {
    action: { type: 'block', keep_message: true },
  });
  assert.equal((await write(ana, 'a loan?')).dropped.length, 1);
  assert.equal((await write(ana, 'loan! loan!')).dropped.length, 1);
  const { data } = await waiting();
  assert.deepEqual(
    data.map(({ kind }) => kind),
    ['kept'],
    'one message for each block',
  );
  assert.equal((await list()).body.data.length, 1);
  await decide('release', data[0]?.id ?? '');
  await receiver.until(1);
  assert.deepEqual(heard(), [`${ana} a loan?`]);
  assert.equal((await list()).body.data.length, 1, 'the sender stays blocked');
});

test('a flagged message passes, and waits for a look', async (t) => {
  const { write, waiting, decide, receiver, heard } = await start(t, { action: { type: 'flag' } });
  assert.equal((await write(ana, 'a loan?')).admitted.length, 1);
  await receiver.until(1);
  const { data } = await waiting();
  assert.deepEqual(
    data.map(({ kind }) => kind),
    ['flagged'],
  );
  await decide('approve', data[0]?.id ?? '');
  assert.equal((await waiting()).total, 0);
  await write(ana, 'two');
  await receiver.until(2);
  assert.deepEqual(heard(), [`${ana} a loan?`, `${ana} two`]);
});

test('what is reviewed on a number without a receiver is kept until then', async (t) => {
  const { call, write, waiting } = await start(t, hold);
  await call('PATCH', `/blockhouse/v1/numbers/${demoNumber}`, { body: { webhook: null } });
  assert.equal((await write(ana, 'a loan?')).held.length, 1);
  assert.equal((await waiting()).total, 1);
});

test('pages of reviews, and IDs that name none', async (t) => {
  const { call, write } = await start(t, hold);
  for (const last of [1, 2, 3]) await write(`1650555000${last}`, 'a loan?');
  const first = await call('GET', `${reviews}?limit=2`);
  assert.deepEqual([first.body.data.length, first.body.total], [2, 3]);
  const second = await call('GET', `${reviews}?limit=2&after=${first.body.paging.after}`);
  assert.deepEqual([second.body.data.length, second.body.paging], [1, {}]);
  for (const id of ['1', 'x.1', `${demoNumber}.x`]) {
    const answer = await call('POST', reviews, { body: { ids: [id], decision: 'release' } });
    assert.equal(answer.status, 400, id);
  }
  const unknown = await call('POST', reviews, { body: { ids: [`${demoNumber}.1`], decision: 'release' } });
  assert.deepEqual(unknown.body, { decided: [], gone: [`${demoNumber}.1`] });
});

test('a message that nobody has reviewed within 30 days is discarded, and the later ones arrive', async (t) => {
  const { write, waiting, receiver, heard, advance } = await start(t, hold);
  await write(ana, 'a loan?');
  await write(ana, 'two');
  await advance('29d');
  assert.equal((await waiting()).total, 1);
  await advance('25h');
  assert.equal((await waiting()).total, 0);
  await receiver.until(1);
  assert.deepEqual(heard(), [`${ana} two`]);
});

/** A step of random traffic: a user writes, doubtful or not, or a person decides on one of the messages that wait. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ from: fc.constantFrom(ana, ben), isDoubtful: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ nth: fc.nat({ max: 3 }), decision: fc.constantFrom('release', 'discard') }),
  },
);

test('whatever is held, released, and discarded: each user is heard in the order in which they wrote', async (t) => {
  const { write, waiting, decide, receiver, heard } = await start(t, hold);
  let written = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const before = receiver.received.length;
      // A naive model: what a user wrote, without what a person has discarded.
      const expected: { from: string; text: string; isHeld: boolean }[] = [];
      const discard = (nth: number) => {
        const [gone] = expected.filter(({ isHeld }) => isHeld).slice(nth);
        if (gone !== undefined) expected.splice(expected.indexOf(gone), 1);
      };
      for (const one of steps) {
        if ('from' in one) {
          const text = `${one.isDoubtful ? 'loan' : 'hello'} ${++written}`;
          await write(one.from, text);
          expected.push({ from: one.from, text, isHeld: one.isDoubtful });
          continue;
        }
        const { data } = await waiting();
        const review = data[one.nth];
        if (review === undefined) continue;
        await decide(one.decision, review.id);
        const held = expected.filter(({ isHeld }) => isHeld)[one.nth];
        if (one.decision === 'discard') discard(one.nth);
        else if (held !== undefined) held.isHeld = false;
      }
      const left = (await waiting()).data.map(({ id }) => id);
      if (left.length > 0) await decide('release', ...left);
      await receiver.until(before + expected.length);
      for (const user of [ana, ben]) {
        const own = heard()
          .slice(before)
          .filter((message) => message.startsWith(`${user} `));
        assert.deepEqual(
          own,
          expected.filter(({ from }) => from === user).map(({ text }) => `${user} ${text}`),
        );
      }
      assert.equal(receiver.received.length, before + expected.length);
    }),
    { numRuns: 40 },
  );
});
