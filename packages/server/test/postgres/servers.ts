import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Member, startMember, wholeList } from '../process.ts';
import { eventually } from '../waiting.ts';

/** Starts sandboxes over one database, each in a process of its own; they go when the test ends. */
export async function startMembers(
  t: Pick<TestContext, 'after'>,
  store: string,
  { count = 2, env = {} }: { count?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<Member[]> {
  const members: Member[] = [];
  // The first one makes the number and the key that the others find.
  for (let made = 0; made < count; made++) members.push(await startMember(t, store, { env }));
  return members;
}

/** Clients that spread over servers, write as ever new users and block them, until they are stopped. */
export function startLoad(members: readonly Member[], clients: number) {
  let isStopped = false;
  let nextUser = 16_500_000_000;
  const acknowledged: number[] = [];
  const refusals: unknown[] = [];
  const client = async (member: Member) => {
    while (!isStopped) {
      const user = nextUser++;
      const written = await member.write(user);
      const answer = written.status === 200 ? await member.block(user) : written;
      if (answer.status === 200 && answer.body.block_users?.added_users.length === 1) acknowledged.push(user);
      else refusals.push(answer.body);
    }
  };
  const running = Promise.all(
    Array.from({ length: clients }, (_, nth) => client(members[nth % members.length] ?? assert.fail())),
  );
  return {
    acknowledged,
    refusals,
    /** Fulfilled when so many more blocks were acknowledged; rejected with the first client that fails. */
    async more(count: number): Promise<void> {
      const goal = acknowledged.length + count;
      const reached = eventually(`${count} more blocks were acknowledged`, () => acknowledged.length >= goal);
      await Promise.race([running, reached]);
    },
    async stop(): Promise<void> {
      isStopped = true;
      await running;
    },
  };
}

/** Everybody whose block was acknowledged is on the list, and nobody twice. */
export async function assertAllThere(member: Member, acknowledged: readonly number[]): Promise<void> {
  const users = await wholeList(member);
  assert.equal(new Set(users).size, users.length, 'nobody is listed twice');
  const there = new Set(users);
  assert.deepEqual(
    acknowledged.filter((user) => !there.has(String(user))),
    [],
  );
}

/** A refused operation may be tried again. */
export function assertTransient(refusals: readonly unknown[]): void {
  for (const refusal of refusals) {
    const { error } = refusal as { error: { code: number; is_transient: boolean } };
    assert.deepEqual([error.code, error.is_transient], [139103, true]);
  }
}
