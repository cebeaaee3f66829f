import type { TestContext } from 'node:test';
import type { Config } from '@blockhouse/server';
import { demoNumber, startServer } from './harness.ts';

/** The users of three requests of 1,000 for each number. */
export const users = Array.from({ length: 2500 }, (_, index) => String(16_500_000_000 + index));
/** The path of bulk calls. */
export const bulkPath = '/blockhouse/v1/blocks';

/** A server with two numbers. All users have written to both. */
export async function startTwoNumbers(t: Pick<TestContext, 'after'>, over: Partial<Config> = {}) {
  const running = await startServer(t, over);
  const second = { id: '77', display_phone_number: '+49 30 123456' };
  await running.call('POST', '/blockhouse/v1/numbers', { body: second });
  for (const id of [demoNumber, '77']) {
    for (let from = 0; from < users.length; from += 1000) {
      const messages = users.slice(from, from + 1000).map((user) => ({ from: user }));
      await running.call('POST', `/blockhouse/v1/numbers/${id}/inbound`, { body: { messages } });
    }
  }
  return running;
}
