import assert from 'node:assert/strict';
import { emptyChange, type Store } from '@blockhouse/engine';

/* The contents of a database of an earlier version, and the contents of a store that was opened on it. The tests of both stores share them. */

/** Names that Meta has reported were kept as records. */
export const earlierUsers: readonly (readonly [name: string, value: string])[] = [
  ['user my portfolio US.1', '{"waId":1000000000000007,"phone":16505551234}'],
  ['user my portfolio 16505551234', 'US.1'],
  ['user my portfolio US.2', '{"waId":14155559876,"phone":null}'],
];

export async function assertUsersKept(store: Store): Promise<void> {
  const names = ['US.1', 'US.2', '5215512345678', '5531988887777', '16505551234'];
  const found = async (directory: string) =>
    (await store.userNames(directory, { names }))
      .map(({ name, kind, user }) => `${kind} ${name} ${user}`)
      .toSorted();
  assert.deepEqual(await found('cloud my portfolio'), [
    'input 5531988887777 5531988887777',
    'user_id US.1 1000000000000007',
    'user_id US.2 14155559876',
    'wa_id 16505551234 1000000000000007',
    'wa_id 5215512345678 5215512345678',
  ]);
  assert.deepEqual(await found('local'), ['wa_id 5215512345678 5215512345678']);

  // A user who wrote before the migration is known to the business, and stays known.
  const ana = 16505551234;
  const knownFromMs = async () => (await store.facts('2', [ana])).users.get(ana)?.knownFromMs;
  assert.equal(await knownFromMs(), 1);
  await store.change('2', { users: [ana] }, () => ({
    answer: null,
    change: { ...emptyChange(50), admitted: new Map([[ana, { count: 1, name: null }]]) },
  }));
  assert.equal(await knownFromMs(), 1);
}

/** When the records expire. */
const untilMs = 9_000_000_000_000_000;

/** Sessions, bulk runs, messages and the time of a webhook were records as well. */
export const earlierRecords: readonly (readonly [name: string, value: string])[] = [
  ['session abc', '{"keyHash":"k","person":"Ana","number":null,"expiresAtMs":5}'],
  ['session def', ''],
  ['run key_1 cleanup', '{"id":"cleanup"}'],
  ['run key_1 cleanup 12', '[1]'],
  ['told 1 wamid.A B', ''],
  ['told 9 wamid.C', ''],
  ['callback 2 wamid.D', 'order 7'],
  ['webhook 1', '1234'],
];

export async function assertRecordsKept(store: Store): Promise<void> {
  const session = { tokenHash: 'abc', keyHash: 'k', person: 'Ana', numberId: null, expiresAtMs: 5 };
  assert.deepEqual([await store.sessions.find('abc'), await store.sessions.find('def')], [session, null]);
  const run = { keyId: 'key_1', id: 'cleanup' };
  assert.equal(await store.bulkRuns.find(run, untilMs - 1), '{"id":"cleanup"}');
  assert.equal(await store.bulkRuns.find(run, untilMs), null);
  assert.deepEqual(
    [await store.bulkRuns.results(run, 12, 0), await store.bulkRuns.results(run, 1, 0)],
    ['[1]', null],
  );
  const messageIds = ['wamid.A B', 'wamid.C'];
  const seen = await store.change('1', { users: [], messageIds }, ({ seenAtMs }) => ({
    answer: seenAtMs,
    change: null,
  }));
  assert.deepEqual(seen, new Map([['wamid.A B', untilMs - 24 * 3_600_000]]));
  assert.equal(await store.callbackData('2', 'wamid.D'), 'order 7');
  assert.deepEqual([await store.lastWebhookMs('1'), await store.lastWebhookMs('2')], [1234, null]);
}
