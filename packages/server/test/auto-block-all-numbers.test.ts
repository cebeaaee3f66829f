// Shows auto-block rules that block on all numbers: also where the user has not written, after a restart, and not against the
// will of a person.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNumber, type Running, startServer } from './harness.ts';
import { eventually } from './waiting.ts';

const ana = '16505551234';
const ben = '14155559876';

const other = '77';

/** A server with a second number, and a rule about loans. Ben has written to both numbers. */
async function start(t: Parameters<typeof startServer>[0], action: object) {
  const running = await startServer(t);
  await running.call('POST', '/blockhouse/v1/numbers', {
    body: { id: other, display_phone_number: '+49 30 123456' },
  });
  const { status, body: rule } = await running.call('POST', '/blockhouse/v1/rules', {
    body: { name: 'Loans', mode: 'enforce', when: { text: { words: ['loan'] } }, action },
  });
  assert.equal(status, 201, JSON.stringify(rule));
  await write(running, other, ben, 'hello');
  await write(running, demoNumber, ben, 'hello');
  return { ...running, rule };
}

function write({ call }: Pick<Running, 'call'>, number: string, from: string, body: string) {
  return call('POST', `/blockhouse/v1/numbers/${number}/inbound`, {
    body: { messages: [{ from, type: 'text', text: { body } }] },
  });
}

/** The users with a block on a number, and those with a standing block. */
async function listed({ call }: Pick<Running, 'call'>, number: string) {
  const users = async (list: string): Promise<readonly string[]> =>
    (await call('GET', `/blockhouse/v1/numbers/${number}/${list}`)).body.data.map(
      ({ wa_id: waId }: { wa_id: string }) => waId,
    );
  return { blocked: await users('blocks'), standing: await users('standing-blocks') };
}

test('a rule blocks on all numbers, and its undo ends the blocks on all', async (t) => {
  const server = await start(t, { type: 'block', for: '30d', note: 'Loan spam', numbers: '*' });
  for (const from of [ana, ben]) await write(server, demoNumber, from, 'a loan');
  await eventually('both are on the other number', async () => {
    const { blocked, standing } = await listed(server, other);
    return blocked.includes(ben) && standing.includes(ana);
  });
  const blockOfBen = async (number: string) => {
    const path = `/blockhouse/v1/numbers/${number}/blocks?search=${ben}`;
    const [{ source, key, note, until }] = (await server.call('GET', path)).body.data;
    return { source, by: key.name, note, until };
  };
  const first = await blockOfBen(demoNumber);
  assert.deepEqual([first.source, first.by, first.note], ['rule', 'Loans', 'Loan spam']);
  assert.deepEqual(await blockOfBen(other), first);

  const undone = await server.call('POST', `/blockhouse/v1/rules/${server.rule.id}/undo`, {
    body: { since: '2020-01-01T00:00:00Z' },
  });
  assert.deepEqual(undone.body, { unblocked: 4, failed: 0 });
  for (const number of [demoNumber, other])
    assert.deepEqual(await listed(server, number), { blocked: [], standing: [] });
});

test('a rule that blocks on its own number touches no other', async (t) => {
  const server = await start(t, { type: 'block' });
  await write(server, demoNumber, ben, 'a loan');
  assert.deepEqual(await listed(server, other), { blocked: [], standing: [] });
});

test('blocks that did not reach all numbers are carried on later, and a person who unblocks is not overruled', async (t) => {
  const server = await start(t, { type: 'block' });
  await write(server, demoNumber, ana, 'a loan');
  await write(server, demoNumber, ben, 'a loan');
  // As if the server had stopped between the block and the other number.
  await server.call('PATCH', `/blockhouse/v1/rules/${server.rule.id}`, {
    body: { action: { type: 'block', numbers: '*' } },
  });
  await server.advance('1m');
  await eventually('both are on the other number', async () => {
    const { blocked, standing } = await listed(server, other);
    return blocked.includes(ben) && standing.includes(ana);
  });
  await server.call('POST', '/blockhouse/v1/unblocks', { body: { users: [ben], numbers: [other] } });
  await server.advance('1m');
  await eventually('the work of the clock is done', async () => {
    const { blocked, standing } = await listed(server, other);
    return blocked.length === 0 && standing.includes(ana);
  });
});
