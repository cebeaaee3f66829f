// Shows that the status of a response with refusals is configurable, and that the body does not depend on it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from './harness.ts';

test('the status is 200 by default, and 400 if configured', async (t) => {
  const usual = await startServer(t);
  const older = await startServer(t, { partialFailureStatus: 400 });
  const answers = await Promise.all(
    [usual, older].map(async ({ write, block, unblock }) => {
      await write('16505551234');
      return [
        await block('16505551234', '14155559876'),
        await unblock('1'),
        await block('16505551234'),
      ] as const;
    }),
  );
  assert.deepEqual(
    answers.map((list) => list.map(({ status }) => status)),
    [
      [200, 200, 200],
      [400, 400, 200],
    ],
  );
  const [one, other] = answers.map((list) =>
    list.map(({ body }) =>
      JSON.parse(JSON.stringify(body).replace(/"fbtrace_id":"[^"]+"/, '"fbtrace_id":""')),
    ),
  );
  assert.deepEqual(one, other);
});
