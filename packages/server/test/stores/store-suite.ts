import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ActivityQuery,
  activityPurgeBatch,
  allActivity,
  type BlockDetails,
  type BlocklistRequest,
  type BlockQuery,
  type Claim,
  decideBlocklist,
  decideDirectory,
  decideInbound,
  emptyChange,
  firstEntry,
  hourOf,
  knownAfterMs,
  type MessageRecord,
  type NamesWanted,
  type NumberRecord,
  NumberUnknown,
  namesIn,
  type ReviewDecision,
  type ReviewReason,
  type Store,
  type UserName,
  type WaId,
} from '@blockhouse/engine';

/** An instant that tests count from. */
export const startMs = Date.UTC(2026, 1, 23);

/** The version of the list of a number that was made then. */
const startVersion = startMs * 1000 + 881;

export function numberRecord(over: Partial<NumberRecord> = {}): NumberRecord {
  return {
    id: '106540352242922',
    waId: 15550783881,
    displayPhoneNumber: '+1 555 078 3881',
    verifiedName: 'Test',
    wabaId: '102290129340398',
    portfolioId: 'default',
    createdAtMs: startMs,
    webhook: null,
    upstream: null,
    ...over,
  };
}

const actor = { keyId: 'key_test', person: null, source: 'api' } as const;
export const cause = { ...actor, note: null };

/** The fields of a change that leaves lists and messages as they are. */
export const unchanged = {
  blocklist: null,
  amended: [],
  standing: [],
  endedStanding: [],
  admitted: new Map(),
  messages: [],
  held: 0,
  contacted: [],
  ruleCounts: new Map(),
} as const;

/** The latest activity. */
export const latest = (count: number) => ({ ...allActivity, count });

export function changeRequest(
  operation: 'block' | 'unblock',
  users: readonly WaId[],
  atMs: number,
): BlocklistRequest {
  return {
    operation,
    actor,
    terms: {},
    whenClosed: 'refuse',
    atMs,
    targets: users.map((waId) => ({ input: `+${waId}`, ref: { kind: 'user', waId, by: 'phone' } })),
  };
}

/** Lets users write, so that their windows are open. */
export function write(store: Store, numberId: string, users: readonly WaId[], atMs: number) {
  const messages = users.map((from) => ({
    id: `m${from}`,
    from,
    name: from % 3 === 0 ? null : `Name ${from % 3}`,
    content: { type: 'text' },
  }));
  const subjects = { users: [...new Set(users)], messageIds: messages.map(({ id }) => id) };
  return store.change(numberId, subjects, (facts) =>
    decideInbound(facts, messages, { atMs, render: ({ id }) => `{"id":"${id}","at":${atMs}}` }),
  );
}

export function change(
  store: Store,
  numberId: string,
  operation: 'block' | 'unblock',
  users: readonly WaId[],
  atMs: number,
) {
  const request = changeRequest(operation, users, atMs);
  return store.change(numberId, { users: [...new Set(users)] }, (facts) => decideBlocklist(facts, request));
}

/** Requirements on every store. The test file of a store only opens it. */
export function storeSuite({ name, open }: { name: string; open: () => Promise<Store> }): void {
  const { id } = numberRecord();
  const ana = 16505551234;
  const ben = 14155559876;
  const cem = 905321234567;

  const check = (what: string, body: (store: Store) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const store = await open();
      try {
        await store.changeNumbers(() => ({ put: numberRecord() }));
        await body(store);
      } finally {
        await store.close();
      }
    });

  check('every user asked for has facts, known or not', async (store) => {
    const facts = await store.facts(id, [ana, numberRecord().waId]);
    assert.deepEqual(facts.number, numberRecord());
    assert.deepEqual(facts.blocklist, { version: startVersion, size: 0 });
    const unknown = {
      profile: null,
      isNumber: false,
      blocked: false,
      block: null,
      standing: null,
      name: null,
      dropped: 0,
      lastInboundMs: null,
      lastOutboundMs: null,
      knownFromMs: null,
      ticks: 0,
    };
    assert.deepEqual(facts.users.get(ana), unknown);
    assert.deepEqual(facts.users.get(numberRecord().waId), { ...unknown, isNumber: true });
  });

  check('a change is seen by the next one, and by nobody else', async (store) => {
    const other = numberRecord({ id: '2', waId: 15550783882 });
    await store.changeNumbers(() => ({ put: other }));
    await write(store, id, [ana], startMs);
    await change(store, id, 'block', [ana], startMs + 5);
    assert.deepEqual((await store.facts(id, [ana])).users.get(ana), {
      profile: null,
      isNumber: false,
      blocked: true,
      block: { keyId: 'key_test', source: 'api', sinceMs: startMs + 5, untilMs: null },
      standing: null,
      name: 'Name 1',
      dropped: 0,
      lastInboundMs: startMs,
      lastOutboundMs: null,
      knownFromMs: startMs + knownAfterMs,
      ticks: 2,
    });
    const elsewhere = await store.facts(other.id, [ana]);
    assert.equal(elsewhere.users.get(ana)?.blocked, false);
    assert.deepEqual(elsewhere.blocklist, { version: startVersion + 1, size: 0 });
  });

  check('a dropped message opens no window and leaves one tick', async (store) => {
    await write(store, id, [ana], startMs);
    await change(store, id, 'block', [ana], startMs);
    await write(store, id, [ana], startMs + 60_000);
    const facts = (await store.facts(id, [ana])).users.get(ana);
    assert.deepEqual([facts?.lastInboundMs, facts?.ticks], [startMs, 1]);
  });

  check('the list keeps the order of the blocks, with gaps where somebody was taken out', async (store) => {
    await write(store, id, [ana, ben, cem], startMs);
    await change(store, id, 'block', [cem, ana], startMs);
    await change(store, id, 'block', [ben], startMs + 1);
    await change(store, id, 'unblock', [ana], startMs + 2);
    await change(store, id, 'block', [ana], startMs + 3);
    const { rows, size, version } = await store.rows(id, { start: 0, count: 10, seek: null });
    assert.deepEqual(
      rows.map(({ waId }) => waId),
      [cem, ben, ana],
    );
    assert.deepEqual([size, version], [3, startVersion + 3000]);

    const [first, second, third] = rows.map(({ position }) => position) as [number, number, number];
    const after = await store.rows(id, { start: 1, count: 1, seek: { after: first } });
    assert.deepEqual(after.rows, [rows[1]]);
    const before = await store.rows(id, { start: 0, count: 2, seek: { before: third } });
    assert.deepEqual(before.rows, rows.slice(0, 2));
    const counted = await store.rows(id, { start: 2, count: 5, seek: null });
    assert.deepEqual(counted.rows, [rows[2]]);
    assert.ok(first < second && second < third);
  });

  check('changes that arrive together are applied one after the other', async (store) => {
    const users = Array.from({ length: 50 }, (_, index) => 16500000000 + index);
    await write(store, id, users, startMs);
    const outcomes = await Promise.all(
      users.flatMap((waId) => [
        change(store, id, 'block', [waId], startMs),
        change(store, id, 'block', [waId], startMs),
      ]),
    );
    assert.equal(outcomes.filter(([outcome]) => outcome?.done && outcome.changed).length, 50);
    const { rows, size, version } = await store.rows(id, { start: 0, count: 100, seek: null });
    assert.deepEqual(
      rows.map(({ waId }) => waId),
      users,
    );
    assert.deepEqual([size, version], [50, startVersion + 50]);
  });

  check('a decision that throws writes nothing and harms nobody beside it', async (store) => {
    await write(store, id, [ana, ben], startMs);
    const [good, bad, alsoGood] = await Promise.allSettled([
      change(store, id, 'block', [ana], startMs),
      store.change(id, { users: [ben] }, () => {
        throw new Error('a bug');
      }),
      change(store, id, 'block', [ben], startMs),
    ]);
    assert.deepEqual([good.status, bad.status, alsoGood.status], ['fulfilled', 'rejected', 'fulfilled']);
    const { rows } = await store.rows(id, { start: 0, count: 10, seek: null });
    assert.deepEqual(
      rows.map(({ waId }) => waId),
      [ana, ben],
    );
  });

  check('activity is kept, newest first, refusals included', async (store) => {
    await write(store, id, [ana], startMs);
    await change(store, id, 'block', [ana, ben], startMs + 1);
    await change(store, id, 'unblock', [ana], startMs + 2);
    const entries = await store.activity(id, latest(10));
    assert.deepEqual(
      entries.map(({ operation, waId, outcome }) => [operation, waId, outcome]),
      [
        ['unblock', ana, 'done'],
        ['block', ben, 'window_closed'],
        ['block', ana, 'done'],
      ],
    );
    assert.deepEqual(await store.activity(id, latest(1)), entries.slice(0, 1));
  });

  check('a number can be changed without losing its list, and removed with it', async (store) => {
    await write(store, id, [ana], startMs);
    await change(store, id, 'block', [ana], startMs);
    const renamed = numberRecord({ verifiedName: 'Renamed', waId: 15550783889 });
    await store.changeNumbers(() => ({ put: renamed }));
    assert.deepEqual(await store.number(id), renamed);
    assert.equal((await store.rows(id, { start: 0, count: 1, seek: null })).size, 1);
    const facts = await store.facts(id, [numberRecord().waId, renamed.waId]);
    assert.deepEqual(
      [...facts.users.values()].map(({ isNumber }) => isNumber),
      [false, true],
    );

    await store.changeNumbers(() => ({ remove: id }));
    await assert.rejects(
      store.changeNumbers(() => ({ remove: id })),
      NumberUnknown,
    );
    assert.equal(await store.number(id), null);
    await assert.rejects(store.facts(id, [ana]), NumberUnknown);
    await assert.rejects(write(store, id, [ana], startMs), NumberUnknown);
    await assert.rejects(store.rows(id, { start: 0, count: 1, seek: null }), NumberUnknown);

    await store.changeNumbers(() => ({ put: numberRecord() }));
    assert.equal((await store.facts(id, [ana])).users.get(ana)?.lastInboundMs, null);
    assert.equal((await store.rows(id, { start: 0, count: 1, seek: null })).size, 0);
  });

  check('keys are found by hash until they are removed', async (store) => {
    const key = {
      id: 'key_1',
      hash: 'ab'.repeat(32),
      name: 'CRM',
      role: 'app' as const,
      numbers: [id],
      createdAtMs: startMs,
      expiresAtMs: null,
    };
    const all = {
      ...key,
      id: 'key_2',
      hash: 'cd'.repeat(32),
      numbers: '*' as const,
      expiresAtMs: startMs + 1,
    };
    await store.addKey(key);
    await store.addKey(all);
    assert.deepEqual(await store.keyByHash(key.hash), key);
    assert.deepEqual(await store.keys(), [key, all]);
    assert.equal(await store.removeKey('key_1'), true);
    assert.equal(await store.removeKey('key_1'), false);
    assert.equal(await store.keyByHash(key.hash), null);
    assert.deepEqual(await store.keys(), [all]);
  });

  check('the directory and the settings keep the last word', async (store) => {
    assert.equal(await store.user(ana), null);
    const profile = { kind: 'business', name: 'Ana', username: '@ana', phoneHidden: true } as const;
    await store.changeUser(ana, () => ({ ...profile, kind: 'none' }));
    await store.changeUser(ana, (before) => ({ ...profile, name: `${before?.name}!` }));
    assert.deepEqual(await store.user(ana), { ...profile, name: 'Ana!' });
    assert.equal((await store.facts(id, [ana])).users.get(ana)?.profile?.kind, 'business');
    assert.equal(await store.setting('x'), null);
    await store.changeSetting('x', () => '1');
    await store.changeSetting('x', (before) => `${before}2`);
    assert.equal(await store.setting('x'), '12');
  });

  check(
    'changes of a bulk run come one after the other, and are written whole or not at all',
    async (store) => {
      const run = { keyId: 'key_1', id: 'cleanup' };
      const untilMs = startMs + 10;
      const append = (text: string) =>
        store.bulkRuns.change(run, startMs, (record) => ({
          answer: record,
          put: { record: `${record ?? ''}${text}`, results: { chunk: 0, results: `[${text}]` }, untilMs },
        }));
      const texts = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index));
      await Promise.all(texts.map(append));
      const record = await store.bulkRuns.find(run, startMs);
      assert.deepEqual([...(record ?? '')].toSorted(), texts);
      assert.equal(await store.bulkRuns.results(run, 0, startMs), `[${record?.at(-1)}]`);

      const failing = store.bulkRuns.change(run, startMs, () => {
        throw new Error('a bug');
      });
      await assert.rejects(failing, /a bug/);
      const seen = await store.bulkRuns.change(run, startMs + 9, (before) => ({ answer: before, put: null }));
      assert.deepEqual([seen, await store.bulkRuns.find(run, startMs + 9)], [record, record]);
    },
  );

  check('runs of other keys and names are other runs, and expired ones are gone', async (store) => {
    const runs = [
      { keyId: 'key_1', id: 'a' },
      { keyId: 'key_1', id: 'b' },
      { keyId: 'key_2', id: 'a' },
    ];
    for (const [index, run] of runs.entries())
      await store.bulkRuns.change(run, startMs, () => ({
        answer: null,
        put: { record: `\0${index}`, results: { chunk: index, results: '[]' }, untilMs: startMs + 1 + index },
      }));
    const found = (nowMs: number) => Promise.all(runs.map((run) => store.bulkRuns.find(run, nowMs)));
    const nul = (await found(startMs))[0]?.slice(0, -1);
    assert.deepEqual(await found(startMs + 1), [null, `${nul}1`, `${nul}2`]);
    const before = await store.bulkRuns.change(runs[1] ?? { keyId: '', id: '' }, startMs + 2, (record) => ({
      answer: record,
      put: null,
    }));
    assert.equal(before, null);
    assert.equal(await store.bulkRuns.results(runs[2] ?? { keyId: '', id: '' }, 2, startMs + 2), '[]');
  });

  check(
    'a session is found until it is removed, and expired ones are removed with the next',
    async (store) => {
      const session = (tokenHash: string, expiresAtMs: number) => ({
        tokenHash,
        keyHash: 'k',
        person: 'Ana 😀',
        numberId: null,
        expiresAtMs,
      });
      await store.sessions.add(session('a', startMs), startMs - 10);
      await store.sessions.add(session('b', startMs + 10), startMs - 10);
      assert.deepEqual(await store.sessions.find('a'), session('a', startMs));
      await store.sessions.add({ ...session('c', startMs + 10), person: null, numberId: id }, startMs);
      assert.deepEqual(
        [await store.sessions.find('a'), (await store.sessions.find('c'))?.numberId],
        [null, id],
      );
      await store.sessions.remove('b');
      await store.sessions.remove('b');
      assert.equal(await store.sessions.find('b'), null);
    },
  );

  check('messages are remembered until they expire, and go with their number', async (store) => {
    const remember = (atMs: number, messages: readonly MessageRecord[]) =>
      store.change(id, { users: [], messageIds: ['a\0', 'b', 'c'] }, ({ seenAtMs }) => ({
        answer: [...seenAtMs].toSorted(([one], [other]) => (one < other ? -1 : 1)),
        change: { ...emptyChange(atMs), messages },
      }));
    const message = (messageId: string, untilMs: number, callbackData: string | null = null) => ({
      id: messageId,
      callbackData,
      untilMs,
    });
    await remember(startMs, [message('a\0', startMs + 10), message('b', startMs + 20, 'order 7')]);
    assert.deepEqual(await remember(startMs + 1, [message('b', startMs + 20, 'order 8')]), [
      ['a\0', startMs],
      ['b', startMs],
    ]);
    assert.deepEqual(
      [await store.callbackData(id, 'a\0'), await store.callbackData(id, 'b')],
      [null, 'order 8'],
    );
    await remember(startMs + 10, [message('c', startMs + 30)]);
    assert.deepEqual(await remember(startMs + 10, []), [
      ['b', startMs + 1],
      ['c', startMs + 10],
    ]);
    await store.putLastWebhook(id, startMs);
    await store.putLastWebhook(id, startMs + 1);
    assert.equal(await store.lastWebhookMs(id), startMs + 1);
    await store.changeNumbers(() => ({ remove: id }));
    await store.changeNumbers(() => ({ put: numberRecord() }));
    assert.deepEqual(await remember(startMs + 11, []), []);
    assert.deepEqual([await store.callbackData(id, 'b'), await store.lastWebhookMs(id)], [null, null]);
  });

  const webhook = { url: 'https://example.com/hook', appSecret: 'secret', verifyToken: 'token' };
  const listen = (store: Store) => store.changeNumbers(() => ({ put: numberRecord({ webhook }) }));
  const all = { afterEntry: 0, waId: null, state: null, count: 100 };
  const done = { state: 'delivered' as const, dueAtMs: null };
  const attemptAt = (atMs: number) => ({
    atMs,
    status: 200,
    problem: null,
    tookMs: 1,
    signature: 'sha256=0',
  });
  /** The number is the first of its store. */
  const entry = (nth: number) => firstEntry(1) + nth - 1;

  check('a webhook is kept with the change that causes it, and only for who listens', async (store) => {
    await write(store, id, [ana], startMs);
    await listen(store);
    assert.deepEqual((await store.number(id))?.webhook, webhook);
    await change(store, id, 'block', [ana], startMs);
    await write(store, id, [ana, ben], startMs + 1);
    const webhooks = await store.outbox.list(id, all);
    assert.deepEqual(
      webhooks.map(({ waId, messageId, body, state, attempts }) => ({
        waId,
        messageId,
        body,
        state,
        attempts,
      })),
      [
        {
          waId: ben,
          messageId: `m${ben}`,
          body: `{"id":"m${ben}","at":${startMs + 1}}`,
          state: 'waiting',
          attempts: [],
        },
      ],
    );
    assert.equal(await store.outbox.nextDueMs(id), startMs + 1);
    await write(store, id, [ben], startMs + 2);
    assert.equal((await store.outbox.list(id, all)).length, 1, 'the same message is not told twice');
  });

  check('a message ID may hold any character, and is known again', async (store) => {
    await listen(store);
    const id0 = 'a\0b\n\u2028😀';
    const messages = [{ id: id0, from: ana, name: 'A\0', content: { type: 'text' } }];
    for (const atMs of [startMs, startMs + 1]) {
      await store.change(id, { users: [ana], messageIds: [id0] }, (facts) =>
        decideInbound(facts, messages, { atMs, render: () => '{}' }),
      );
    }
    assert.equal((await store.outbox.list(id, all)).length, 1);
  });

  const tell = (store: Store, users: readonly WaId[], atMs: number) =>
    store.change(id, { users }, (facts) => ({
      answer: null,
      change: {
        atMs,
        ...unchanged,
        dropped: new Map(),
        activity: [],
        webhooks: users.map((waId) => ({ waId, messageId: null, body: `${facts.number.id} ${waId}` })),
      },
    }));
  const dueUsers = async (store: Store, nowMs: number) =>
    (await store.outbox.due(id, nowMs, 10)).map(({ waId, entry }) => [waId, entry]);

  const review = (store: Store, waId: WaId, kind: ReviewReason['kind']) =>
    store.change(id, { users: [waId] }, () => ({
      answer: null,
      change: {
        atMs: startMs,
        ...unchanged,
        dropped: new Map(),
        activity: [],
        webhooks: [{ waId, messageId: null, body: kind, review: { ruleId: 'rule_1', kind } }],
      },
    }));
  const reviews = async (store: Store) =>
    (await store.outbox.reviews(id, { afterEntry: 0, count: 10 })).map(({ webhook, kind, ruleId }) => [
      webhook.entry,
      webhook.state,
      kind,
      ruleId,
    ]);

  check(
    'what is held keeps the later webhooks of its user behind it until a person decides',
    async (store) => {
      await store.changeNumbers(() => ({ put: numberRecord({ webhook }) }));
      await review(store, ana, 'held');
      await tell(store, [ana], startMs);
      await review(store, ana, 'held');
      await tell(store, [ana, ben], startMs);
      assert.deepEqual(await dueUsers(store, startMs), [[ben, entry(5)]]);
      assert.deepEqual(await reviews(store), [
        [entry(1), 'waiting', 'held', 'rule_1'],
        [entry(3), 'waiting', 'held', 'rule_1'],
      ]);
      assert.equal(await store.outbox.reviewCount(id), 2);
      const decide = (nth: number, decision: ReviewDecision, atMs: number) =>
        store.outbox.decideReview(id, entry(nth), { decision, atMs });
      assert.equal((await decide(1, 'discard', startMs + 1))?.kind, 'held');
      assert.equal(await decide(1, 'release', startMs + 1), null, 'decided already');
      assert.deepEqual(await dueUsers(store, startMs + 1), [
        [ben, entry(5)],
        [ana, entry(2)],
      ]);
      assert.equal((await decide(3, 'release', startMs + 2))?.webhook.entry, entry(3));
      for (const nth of [2, 3, 4]) {
        assert.deepEqual(
          (await dueUsers(store, startMs + 9)).filter(([waId]) => waId === ana),
          [[ana, entry(nth)]],
        );
        await store.outbox.recordAttempt(id, entry(nth), {
          atMs: startMs + 9,
          ...done,
          attempt: attemptAt(startMs),
        });
      }
      assert.deepEqual(await reviews(store), []);
      const states = (await store.outbox.list(id, { ...all, waId: ana })).map(({ state }) => state);
      assert.deepEqual(states, ['discarded', 'delivered', 'delivered', 'delivered']);
    },
  );

  check('what was dropped is kept for a person, and what is flagged passes', async (store) => {
    await store.changeNumbers(() => ({ put: numberRecord({ webhook }) }));
    await review(store, ana, 'kept');
    await review(store, ben, 'flagged');
    assert.deepEqual(await dueUsers(store, startMs), [[ben, entry(2)]]);
    const dayLater = startMs + 3 * 86_400_000;
    await store.outbox.recordAttempt(id, entry(2), { atMs: startMs, ...done, attempt: attemptAt(startMs) });
    await tell(store, [cem], dayLater);
    await store.outbox.recordAttempt(id, entry(3), { atMs: dayLater, ...done, attempt: attemptAt(dayLater) });
    assert.deepEqual(
      await reviews(store),
      [
        [entry(1), 'kept', 'kept', 'rule_1'],
        [entry(2), 'delivered', 'flagged', 'rule_1'],
      ],
      'nothing is forgotten before somebody has looked',
    );
    assert.equal(await store.outbox.redeliver(id, entry(1), dayLater), true);
    assert.deepEqual(await dueUsers(store, dayLater), [], 'what was dropped leaves by a decision only');
    const verdict = { decision: 'approve', atMs: dayLater } as const;
    for (const nth of [1, 2]) await store.outbox.decideReview(id, entry(nth), verdict);
    const states = (await store.outbox.list(id, all)).map(({ state }) => state);
    assert.deepEqual(states, ['discarded', 'delivered', 'delivered']);
  });

  check('a contact makes a user known, once; rules are counted by the hour', async (store) => {
    const contact = (atMs: number) =>
      store.change(id, { users: [ana] }, () => ({
        answer: null,
        change: {
          ...emptyChange(atMs),
          contacted: [ana],
          ruleCounts: new Map([['rule_1', { matched: 2, acted: 1 }]]),
        },
      }));
    const known = async () => {
      const user = (await store.facts(id, [ana])).users.get(ana);
      return [user?.lastInboundMs, user?.lastOutboundMs, user?.knownFromMs, user?.ticks];
    };
    await contact(startMs);
    assert.deepEqual(await known(), [null, startMs, startMs, 0]);
    await write(store, id, [ana], startMs + 5);
    await contact(startMs + 7);
    assert.deepEqual(await known(), [startMs + 5, startMs + 7, startMs, 2]);
    const hours = await store.ruleCounts(id, startMs - 86_400_000, startMs + 86_400_000);
    const hour = hourOf(startMs);
    assert.deepEqual(hours, [{ hourMs: hour, ruleId: 'rule_1', matched: 4, acted: 2 }]);
    assert.deepEqual(await store.ruleCounts(id, hour + 1, startMs + 86_400_000), []);
  });

  check(
    'messages are kept in batches, read from the newest on, and purged from the oldest on',
    async (store) => {
      const batch = (batchId: string, atMs: number) => ({
        id: batchId,
        atMs,
        messages: 2,
        encrypted: `contents of ${batchId}`,
      });
      const batches = [
        batch('a', startMs),
        batch('b', startMs),
        batch('c', startMs + 5),
        batch('d', startMs + 9),
      ];
      for (const one of batches) await store.keptMessages.add(id, one);
      await store.keptMessages.add('404', batch('a', startMs));
      const all = { sinceMs: 0, before: null, count: 10 };
      assert.deepEqual(await store.keptMessages.list(id, all), batches.toReversed());
      assert.deepEqual(await store.keptMessages.list('404', all), []);
      const [a, b, c] = batches;
      assert.deepEqual(await store.keptMessages.list(id, { ...all, before: c ?? null, count: 1 }), [b]);
      assert.deepEqual(await store.keptMessages.list(id, { ...all, before: b ?? null }), [a]);
      assert.deepEqual(await store.keptMessages.list(id, { ...all, sinceMs: startMs + 9 }), [batches[3]]);
      assert.equal(await store.keptMessages.purge(id, startMs + 5), 2);
      assert.equal(await store.keptMessages.purge(id, startMs + 5), 0);
      assert.equal((await store.keptMessages.list(id, all)).length, 2);
      await store.changeNumbers(() => ({ remove: id }));
      await store.changeNumbers(() => ({ put: numberRecord() }));
      assert.deepEqual(await store.keptMessages.list(id, all), []);
    },
  );

  check('one webhook a user is due at a time; the next moves up when it is done with', async (store) => {
    for (const waId of [ana, ben, ana, ana]) await tell(store, [waId], startMs);
    assert.deepEqual(await dueUsers(store, startMs - 1), []);
    assert.deepEqual(await dueUsers(store, startMs), [
      [ana, entry(1)],
      [ben, entry(2)],
    ]);
    const failed = { ...attemptAt(startMs), status: null, problem: 'no answer' };
    await store.outbox.recordAttempt(id, entry(1), {
      atMs: startMs,
      state: 'waiting',
      dueAtMs: startMs + 500,
      attempt: failed,
    });
    assert.deepEqual(await dueUsers(store, startMs), [[ben, entry(2)]]);
    await store.outbox.recordAttempt(id, entry(2), { atMs: startMs, ...done, attempt: attemptAt(startMs) });
    assert.equal(await store.outbox.nextDueMs(id), startMs + 500);
    assert.deepEqual(await dueUsers(store, startMs + 500), [[ana, entry(1)]]);
    await store.outbox.recordAttempt(id, entry(1), {
      atMs: startMs,
      state: 'given_up',
      dueAtMs: null,
      attempt: failed,
    });
    assert.deepEqual(await dueUsers(store, startMs), [[ana, entry(3)]]);
    const [first] = await store.outbox.list(id, { ...all, state: 'given_up' });
    assert.deepEqual([first?.attemptCount, first?.attempts], [2, [failed, failed]]);
    assert.deepEqual(
      (await store.outbox.list(id, { ...all, afterEntry: entry(2), waId: ana })).map(({ entry }) => entry),
      [entry(3), entry(4)],
    );
  });

  check(
    'what is done with goes out again on demand, before what waits, and is forgotten after a day',
    async (store) => {
      await tell(store, [ana], startMs);
      await store.outbox.recordAttempt(id, entry(1), { atMs: startMs, ...done, attempt: attemptAt(startMs) });
      await tell(store, [ana], startMs + 1);
      assert.equal(await store.outbox.redeliver(id, entry(1), startMs + 2), true);
      assert.equal(await store.outbox.redeliver(id, entry(99), startMs + 2), false);
      assert.deepEqual(await dueUsers(store, startMs + 9), [[ana, entry(1)]]);
      await store.outbox.recordAttempt(id, entry(1), {
        atMs: startMs + 3,
        ...done,
        attempt: attemptAt(startMs + 3),
      });
      assert.deepEqual(await dueUsers(store, startMs + 9), [[ana, entry(2)]]);
      const dayLater = startMs + 3 + 24 * 3_600_000;
      await store.outbox.recordAttempt(id, entry(2), {
        atMs: dayLater,
        ...done,
        attempt: attemptAt(dayLater),
      });
      assert.deepEqual(
        (await store.outbox.list(id, all)).map(({ entry }) => entry),
        [entry(2)],
      );
    },
  );

  check('a number that is made again gives out no entry twice', async (store) => {
    await tell(store, [ana], startMs);
    await store.changeNumbers(() => ({ remove: id }));
    await store.changeNumbers(() => ({ put: numberRecord() }));
    await tell(store, [ben], startMs);
    await store.outbox.recordAttempt(id, entry(1), { atMs: startMs, ...done, attempt: attemptAt(startMs) });
    assert.deepEqual(
      await dueUsers(store, startMs),
      [[ben, firstEntry(2)]],
      'an answer for what is gone counts for nothing',
    );
  });

  check('what is due later can be made due now', async (store) => {
    await tell(store, [ana, ben], startMs + 5000);
    assert.deepEqual(await dueUsers(store, startMs), []);
    await store.outbox.makeDueNow(id, startMs);
    assert.equal((await dueUsers(store, startMs)).length, 2);
  });

  check('names of users are found by any of them, in their own directory alone', async (store) => {
    const row = { user: ana, sinceMs: startMs, untilMs: null };
    const put: UserName[] = [
      { ...row, name: String(ana), kind: 'wa_id' },
      { ...row, name: 'US.1', kind: 'user_id' },
      { ...row, name: 'US.2', kind: 'user_id', user: ben, untilMs: startMs + 1 },
    ];
    await store.changeUserNames('cloud a', [], () => ({ put, moves: [] }));
    const named = async (directory: string, wanted: NamesWanted) =>
      (await store.userNames(directory, wanted)).map(({ name }) => name).toSorted();
    assert.deepEqual(await named('cloud a', { names: ['US.1'] }), [String(ana), 'US.1']);
    assert.deepEqual(await named('cloud a', { names: ['US.2', 'US.9'], users: [ana] }), [
      String(ana),
      'US.1',
      'US.2',
    ]);
    assert.deepEqual(await named('cloud b', { names: ['US.1'], users: [ana] }), []);
    assert.deepEqual(
      (await store.userNames('cloud a', { users: [ben] })).map(({ untilMs }) => untilMs),
      [startMs + 1],
    );
  });

  check('what is kept of a user moves to another key, and joins what is there', async (store) => {
    await write(store, id, [ana, ben, cem], startMs);
    await change(store, id, 'block', [ana, cem, ben], startMs + 1);
    const { size, version } = (await store.facts(id, [])).blocklist;
    const moves = [{ from: ben, to: ana, atMs: startMs + 2 }];
    assert.deepEqual(await store.changeUserNames('local', [], () => ({ put: [], moves })), {
      put: [],
      moves,
    });
    const facts = await store.facts(id, [ana, ben]);
    assert.deepEqual(
      [facts.users.get(ana)?.blocked, facts.users.get(ben)?.blocked, facts.users.get(ben)?.lastInboundMs],
      [true, false, null],
    );
    assert.equal(facts.blocklist.size, size - 1);
    assert.ok(facts.blocklist.version > version);
    const { rows } = await store.rows(id, { start: 0, count: 10, seek: null });
    assert.deepEqual(
      rows.map(({ waId }) => waId),
      [ana, cem],
    );
    await store.changeUserNames('local', [], () => ({
      put: [],
      moves: [{ from: cem, to: ben, atMs: startMs + 3 }],
    }));
    await change(store, id, 'unblock', [ben], startMs + 4);
    assert.equal((await store.facts(id, [])).blocklist.size, 1);
  });

  check('nothing moves on the numbers of another directory', async (store) => {
    await write(store, id, [ana], startMs);
    const moves = [{ from: ana, to: ben, atMs: startMs }];
    await store.changeUserNames('cloud default', [], () => ({ put: [], moves }));
    assert.equal((await store.facts(id, [ana])).users.get(ana)?.lastInboundMs, startMs);
  });

  check('two processes that learn of one user at the same time leave one user', async (store) => {
    const naming = { variantsOf: (phone: WaId) => [phone], placeholderOf: () => cem * 1000 };
    const said = { kind: 'account', username: null, inputs: [], atMs: startMs } as const;
    const learn = (claims: readonly Claim[]) =>
      store.changeUserNames('cloud a', namesIn(claims, naming), (known) =>
        decideDirectory(known, claims, naming),
      );
    await Promise.all([
      learn([{ ...said, waId: null, userId: 'US.1' }]),
      learn([{ ...said, waId: ana, userId: 'US.1' }]),
      learn([{ ...said, waId: null, userId: 'US.1' }]),
    ]);
    const rows = await store.userNames('cloud a', { names: ['US.1'] });
    assert.deepEqual(rows.map(({ name, user }) => `${name} ${user}`).toSorted(), [
      `${ana} ${ana}`,
      `US.1 ${ana}`,
    ]);
  });

  check('the state can be taken out and put back exactly', async (store) => {
    await listen(store);
    await store.changeUser(ana, () => ({ kind: 'consumer', name: 'Ana', username: null, phoneHidden: true }));
    await write(store, id, [ana, ben, cem], startMs);
    await change(store, id, 'block', [cem, ana, ben], startMs + 1);
    await change(store, id, 'unblock', [ana], startMs + 2);
    await write(store, id, [cem, cem], startMs + 3);
    const state = await store.exportState();
    const facts = await store.facts(id, [ana, ben, cem]);
    const rows = await store.rows(id, { start: 0, count: 10, seek: null });

    await change(store, id, 'block', [ana], startMs + 4);
    await store.changeNumbers(() => ({ put: numberRecord({ id: '2', waId: 15550783882 }) }));
    await store.importState(() => ({ names: [], users: [], numbers: [] }));
    assert.deepEqual(await store.exportState(), { names: [], users: [], numbers: [] });
    await store.importState(() => state);
    assert.deepEqual(await store.exportState(), state);
    assert.deepEqual(await store.facts(id, [ana, ben, cem]), facts);
    assert.deepEqual(await store.rows(id, { start: 0, count: 10, seek: null }), rows);
    await change(store, id, 'block', [ana], startMs + 5);
    const { rows: more } = await store.rows(id, { start: 0, count: 10, seek: null });
    assert.deepEqual(
      more.map(({ waId }) => waId),
      [cem, ben, ana],
    );
  });

  check(
    'an import leaves a number that lives elsewhere as it is, with all that belongs to it',
    async (store) => {
      const target = {
        baseUrl: 'https://graph.example',
        version: null,
        token: 't',
        appSecret: null,
        verifyToken: null,
      };
      const elsewhere = numberRecord({ id: '2', waId: 15550783882, upstream: target, webhook });
      await store.changeNumbers(() => ({ put: elsewhere }));
      for (const numberId of [id, elsewhere.id]) {
        await write(store, numberId, [ana, ben], startMs);
        await change(store, numberId, 'block', [ana], startMs + 1);
      }
      const session = { tokenHash: 'a', keyHash: 'k', person: null, numberId: null, expiresAtMs: startMs };
      await store.sessions.add(session, startMs - 1);
      const run = { keyId: 'key_1', id: 'a' };
      const put = { record: '{}', results: { chunk: 0, results: '[]' }, untilMs: startMs + 10 };
      await store.bulkRuns.change(run, startMs, () => ({ answer: null, put }));
      const seen = async () => ({
        facts: await store.facts(elsewhere.id, [ana, ben]),
        rows: await store.rows(elsewhere.id, { start: 0, count: 10, seek: null }),
        activity: await store.activity(elsewhere.id, latest(10)),
        traffic: await store.traffic(elsewhere.id, startMs - 3_600_000, startMs + 3_600_000),
        webhooks: await store.outbox.list(elsewhere.id, all),
      });
      const before = await seen();
      assert.deepEqual([before.activity.length, before.webhooks.length, before.rows.size], [1, 2, 1]);

      const state = await store.exportState();
      assert.deepEqual(
        state.numbers.map(({ record }) => record.id),
        [id],
      );
      await store.importState((staying) => {
        assert.deepEqual(staying, [elsewhere]);
        return state;
      });
      assert.deepEqual(await seen(), before);
      assert.deepEqual(await store.sessions.find('a'), session);
      assert.deepEqual(
        [await store.bulkRuns.find(run, startMs), await store.bulkRuns.results(run, 0, startMs)],
        [null, null],
      );
      assert.deepEqual(await store.activity(id, latest(10)), []);
      assert.deepEqual(await store.exportState(), state);

      const refused = store.importState(() => {
        throw new Error('not like this');
      });
      await assert.rejects(refused, /not like this/);
      assert.deepEqual([await seen(), await store.exportState()], [before, state]);
    },
  );

  check('activity is forgotten some at a time, the oldest first, and an end is said', async (store) => {
    const users = Array.from({ length: activityPurgeBatch }, (_, index) => 16_500_000_000 + index);
    await change(store, id, 'unblock', users, startMs);
    await change(store, id, 'unblock', users, startMs + 1);
    await change(store, id, 'unblock', [ana], startMs + 2);
    const forget = () => store.purgeActivity(id, startMs + 2);
    assert.equal(await forget(), activityPurgeBatch);
    const left = await store.activity(id, latest(5000));
    assert.deepEqual([left.length, left.at(-1)?.atMs], [activityPurgeBatch + 1, startMs + 1]);
    assert.deepEqual([await forget(), await forget()], [activityPurgeBatch, 0]);
    assert.deepEqual(
      (await store.activity(id, latest(5))).map(({ waId }) => waId),
      [ana],
    );
  });

  check('what is filtered, searched or sorted is found wherever it lies among thousands', async (store) => {
    await listen(store);
    const users = Array.from({ length: 6000 }, (_, index) => 16_500_000_000 + index);
    await change(store, id, 'block', [cem], startMs);
    for (let from = 0; from < users.length; from += 1000) {
      const some = users.slice(from, from + 1000);
      await write(store, id, some, startMs + 1);
      await change(store, id, 'block', some.toReversed(), startMs + 2 + from);
    }
    const [first = 0, last = 0] = [users[0], users.at(-1)];

    const pages = async (query: Pick<BlockQuery, 'sort' | 'search'>, count: number) => {
      const rows: BlockDetails[] = [];
      for (let after: BlockQuery['after'] = null; ; ) {
        const page = await store.blocks(id, { ...query, waId: null, after, count });
        rows.push(...page);
        const end = page.at(-1);
        if (end === undefined) return rows;
        after = { value: end.place, waId: end.waId };
      }
    };
    const inOrder = await pages({ sort: 'blocked_at', search: null }, 1000);
    assert.equal(inOrder.length, users.length);
    const backwards = (await pages({ sort: '-blocked_at', search: null }, 1700)).map(({ waId }) => waId);
    assert.deepEqual(backwards, inOrder.map(({ waId }) => waId).toReversed());
    const byName = inOrder.map(({ name, waId }) => [name?.toLowerCase() ?? '', waId] as const);
    byName.sort(([one, a], [other, b]) => (one === other ? a - b : one < other ? -1 : 1));
    const sorted = (await pages({ sort: 'name', search: null }, 1700)).map(({ place, waId }) => [
      place,
      waId,
    ]);
    assert.deepEqual(sorted, byName);
    const isNamed = ({ waId }: BlockDetails) => waId % 3 === 2;
    const found = await pages({ sort: '-blocked_at', search: 'NAME 2' }, 700);
    assert.deepEqual(
      found.map(({ waId }) => waId),
      inOrder
        .filter(isNamed)
        .map(({ waId }) => waId)
        .toReversed(),
    );
    const [one] = await store.blocks(id, {
      sort: 'name',
      search: String(last),
      waId: null,
      after: null,
      count: 9,
    });
    assert.equal(one?.waId, last);

    const oldest = (query: Partial<ActivityQuery>) => store.activity(id, { ...latest(5), ...query });
    for (const query of [
      { outcome: 'window_closed' },
      { outcome: 'window_closed', keyId: cause.keyId },
      { waId: cem },
    ]) {
      assert.deepEqual(
        (await oldest(query)).map(({ waId, outcome }) => [waId, outcome]),
        [[cem, 'window_closed']],
      );
    }
    assert.deepEqual(await oldest({ outcome: 'window_closed', fromMs: startMs + 1 }), []);
    assert.equal((await store.activity(id, { ...latest(9999), source: 'api' })).length, users.length + 1);

    const ofLast = await store.outbox.list(id, { ...all, waId: last });
    assert.deepEqual(
      ofLast.map(({ waId }) => waId),
      [last],
    );
    assert.equal(
      (await store.outbox.list(id, { ...all, state: 'waiting', count: 9999 })).length,
      users.length,
    );

    const request = {
      ...changeRequest('block', users, startMs + 3),
      operation: 'standing_block',
      terms: { note: 'Soon' },
    } as const;
    await change(store, id, 'unblock', users, startMs + 3);
    await store.change(id, { users }, (facts) => decideBlocklist(facts, request));
    const standing = { search: 'soon', waId: null, after: null, count: 9999 };
    assert.equal((await store.standingBlocks(id, standing)).length, users.length);
    const digits = await store.standingBlocks(id, { ...standing, search: String(last) });
    assert.deepEqual(
      digits.map(({ waId }) => waId),
      [last],
    );
    const only = await store.standingBlocks(id, { ...standing, search: null, waId: first });
    assert.deepEqual(
      only.map(({ waId }) => waId),
      [first],
    );
    assert.deepEqual(await store.standingBlocks(id, { ...standing, waId: first, after: last }), []);
  });

  check('the latest webhook of a user that was tried is found, whatever waits behind it', async (store) => {
    const tried = async (waId: WaId) => (await store.outbox.latestTried(id, waId))?.entry ?? null;
    for (let count = 0; count < 3; count++) await tell(store, [ana], startMs);
    await tell(store, [ben], startMs);
    assert.equal(await tried(ana), null);
    const failed = { ...attemptAt(startMs), status: 500, problem: 'status 500' };
    await store.outbox.recordAttempt(id, entry(1), { atMs: startMs, ...done, attempt: attemptAt(startMs) });
    assert.equal(await tried(ana), entry(1));
    const again = { atMs: startMs, state: 'waiting' as const, dueAtMs: startMs + 5, attempt: failed };
    await store.outbox.recordAttempt(id, entry(2), again);
    assert.equal(await tried(ana), entry(2));
    await store.outbox.redeliver(id, entry(1), startMs);
    await store.outbox.recordAttempt(id, entry(1), { atMs: startMs, ...done, attempt: failed });
    assert.deepEqual([await tried(ana), await tried(ben)], [entry(2), null]);
  });
}
