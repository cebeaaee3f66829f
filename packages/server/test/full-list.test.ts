// Shows a list of 64,000 users: the limit, a retry beyond it, complete pages in order, and a stale cursor.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Running, startServer } from './harness.ts';

const count = 64_000;
const users = Array.from({ length: count }, (_, index) => String(16_500_000_000 + index));

async function blockAll({ write, block }: Running): Promise<void> {
  for (let start = 0; start < count; start += 1000) {
    const batch = users.slice(start, start + 1000);
    await write(...batch);
    const { status, body } = await block(...batch);
    assert.deepEqual([status, body.block_users.added_users.length], [200, 1000]);
  }
}

/** Reads at most `pagesMax` pages from `query` on, by the URL of the neighbor in each page. */
async function follow({ call }: Running, query: string, direction: 'next' | 'previous', pagesMax = Infinity) {
  const pages: string[][] = [];
  let path: string | undefined = `/v25.0/106540352242922/block_users${query}`;
  while (path !== undefined && pages.length < pagesMax) {
    const { body } = await call('GET', path);
    pages.push(body.data.map((row: { wa_id: string }) => row.wa_id));
    const neighbour: string | undefined = body.paging?.[direction];
    path = neighbour === undefined ? undefined : neighbour.slice(new URL(neighbour).origin.length);
  }
  return pages;
}

test('a list of 64,000 blocked users', async (t) => {
  const running = await startServer(t);
  const { write, block, unblock, list } = running;
  await blockAll(running);

  await t.test('the next one is refused with 139101; somebody on the list is still a success', async () => {
    const oneMore = '14155559876';
    await write(oneMore);
    const { body } = await block(oneMore, users[0] ?? '');
    assert.deepEqual(body.block_users.failed_users[0].errors[0], {
      message: 'Blocklist limit reached',
      code: 139101,
      error_data: { details: 'The blocklist has reached its 64,000 user limit.' },
    });
    assert.deepEqual(body.block_users.added_users, [{ input: users[0], wa_id: users[0] }]);
    assert.equal(body.error.code, 139100);
  });

  await t.test('it reads back complete and in order at limit 1,000, forward and back', async () => {
    const forward = await follow(running, '?limit=1000', 'next');
    assert.equal(forward.length, 64);
    assert.deepEqual(forward.flat(), users);
    const last = await list('?limit=1000');
    const end = encode(`{"offset":64000,"versionId":"${versionOf(last.body.paging.cursors.before)}"}`);
    const backward = await follow(running, `?limit=1000&before=${end}`, 'previous');
    assert.deepEqual(backward.reverse().flat(), users);
  });

  await t.test('at limit 7 around both edges', async () => {
    assert.deepEqual((await follow(running, '?limit=7', 'next', 4)).flat(), users.slice(0, 28));
    const version = versionOf((await list('?limit=1')).body.paging.cursors.before);
    const near = encode(`{"offset":63980,"versionId":"${version}"}`);
    const tail = await follow(running, `?limit=7&after=${near}`, 'next');
    assert.deepEqual(
      tail.map((page) => page.length),
      [7, 7, 5],
    );
    assert.deepEqual(tail.flat(), users.slice(63_981));
    const beyond = encode(`{"offset":63999,"versionId":"${version}"}`);
    assert.deepEqual((await list(`?limit=7&after=${beyond}`)).body, { data: [] });
  });

  await t.test(
    'a change while paging is 139102; the rest of the list is still in order after it',
    async () => {
      const { body: first } = await list('?limit=1000');
      await unblock(users[5] ?? '');
      const { status, body } = await list(`?limit=1000&after=${first.paging.cursors.after}`);
      assert.equal(status, 400);
      assert.equal(body.messaging_product, 'whatsapp');
      assert.equal(body.error.code, 139102);
      const expected = users.filter((user) => user !== users[5]);
      assert.deepEqual((await follow(running, '?limit=1000', 'next')).flat(), expected);
    },
  );
});

const encode = (json: string) =>
  btoa(json).replace(
    /[Z+/=]/g,
    (character) => ({ Z: 'ZA', '+': 'ZB', '/': 'ZC', '=': 'ZD' })[character] ?? '',
  );

function versionOf(cursor: string): string {
  const base64 = cursor.replace(
    /Z[A-D]/g,
    (escaped) => ({ ZA: 'Z', ZB: '+', ZC: '/', ZD: '=' })[escaped] ?? '',
  );
  return JSON.parse(atob(base64)).versionId;
}
