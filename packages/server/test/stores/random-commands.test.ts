// Shows that random sequences of commands have the same answers and leave the same lists on SQLite, PostgreSQL and the model.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BlockQuery,
  type BlockSort,
  blockSorts,
  type Claim,
  cursorOf,
  decideBlocklist,
  decideDirectory,
  decideExpiry,
  decodeCursor,
  deliveryOutcome,
  emptyChange,
  type Facts,
  hourMs,
  makePage,
  namesIn,
  type Operation,
  type Page,
  type PageRequest,
  type ReviewDecision,
  type ReviewReason,
  rowRange,
  type Store,
  windowMs,
} from '@blockhouse/engine';
import fc from 'fast-check';
import { openSqliteStore } from '../../src/stores/sqlite/store.ts';
import { ModelStore } from './model-store.ts';
import { openFresh } from './postgres.ts';
import { change, changeRequest, latest, numberRecord, startMs, write } from './store-suite.ts';

/** Few users and numbers, so that commands meet each other. */
const users = Array.from({ length: 8 }, (_, index) => 16500000000 + index);
const numberIds = ['1', '2'];

/** One of the numbers listens, so that its outbox is compared as well. */
const receiver = { url: 'https://example.com/', appSecret: 's', verifyToken: 't' };

type Command =
  | { readonly kind: 'write'; readonly numberId: string; readonly users: number[] }
  | {
      readonly kind: 'change';
      readonly operation: 'block' | 'unblock';
      readonly numberId: string;
      readonly users: number[];
    }
  | {
      readonly kind: 'order';
      readonly operation: Operation;
      readonly numberId: string;
      readonly users: number[];
      /** Undefined: not stated. */
      readonly note: string | null | undefined;
      readonly forMs: number | null | undefined;
    }
  | { readonly kind: 'expire'; readonly numberId: string }
  | {
      readonly kind: 'look';
      readonly numberId: string;
      readonly sort: BlockSort;
      readonly search: string | null;
    }
  | { readonly kind: 'deliver'; readonly acknowledged: boolean; readonly again: boolean }
  | {
      readonly kind: 'judge';
      readonly numberId: string;
      readonly user: number;
      readonly as: ReviewReason['kind'];
      readonly contacted: boolean;
    }
  | {
      readonly kind: 'decide';
      readonly numberId: string;
      readonly nth: number;
      readonly decision: ReviewDecision;
    }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'hide'; readonly user: number; readonly as: 'consumer' | 'business' | 'none' }
  | { readonly kind: 'recreate'; readonly numberId: string }
  | { readonly kind: 'learn'; readonly claims: readonly Claim[]; readonly names: readonly string[] }
  | { readonly kind: 'run'; readonly id: string; readonly chunk: number | null; readonly forMs: number }
  | { readonly kind: 'remember'; readonly numberId: string; readonly ids: string[]; readonly forMs: number }
  | { readonly kind: 'walk'; readonly numberId: string; readonly limit: number; readonly interrupt: boolean };

const numberId = fc.constantFrom(...numberIds);
const someUsers = fc.array(fc.constantFrom(...users), { maxLength: 5 });

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const accountNames = {
  waId: maybe(fc.constantFrom(...users)),
  userId: maybe(fc.constantFrom('US.1', 'US.2', 'US.3')),
};
const times = fc.integer({ min: startMs, max: startMs + 20 });
const claim: fc.Arbitrary<Claim> = fc.oneof(
  fc.record({
    kind: fc.constant('account' as const),
    ...accountNames,
    username: maybe(fc.constant('ana')),
    inputs: fc.array(fc.constantFrom(...users), { maxLength: 1 }),
    atMs: times,
  }),
  fc.record({
    kind: fc.constant('changed' as const),
    from: fc.record(accountNames),
    to: fc.record(accountNames),
    atMs: times,
  }),
);
const naming = {
  variantsOf: (phone: number) => [phone],
  placeholderOf: (userId: string) => 1_000_000_000_000_000 + Number(userId.slice(3)),
};

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), numberId, users: someUsers }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      operation: fc.constant('block' as const),
      numberId,
      users: someUsers,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      operation: fc.constant('unblock' as const),
      numberId,
      users: someUsers,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      operation: fc.constantFrom<Operation>('block', 'unblock', 'standing_block', 'withdraw'),
      numberId,
      users: someUsers,
      note: fc.constantFrom(undefined, null, 'Spam 1_0%', 'b'),
      forMs: fc.constantFrom(undefined, null, 1, 1000, windowMs),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('expire' as const), numberId }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      numberId,
      sort: fc.constantFrom(...blockSorts),
      search: fc.constantFrom(null, '1', '+1 650 000 0003', 'SPAM 1_', '%', 'user 2', '@user', '@'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 1000, windowMs / 2, windowMs),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('hide' as const),
      user: fc.constantFrom(...users),
      as: fc.constantFrom('consumer' as const, 'business' as const, 'none' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      acknowledged: fc.boolean(),
      again: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('judge' as const),
      numberId,
      user: fc.constantFrom(...users),
      as: fc.constantFrom<ReviewReason['kind']>('held', 'kept', 'flagged'),
      contacted: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      numberId,
      nth: fc.integer({ min: 0, max: 3 }),
      decision: fc.constantFrom<ReviewDecision>('release', 'discard', 'approve'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate' as const), numberId }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('learn' as const),
      claims: fc.array(claim, { maxLength: 3 }),
      names: fc.array(fc.constantFrom(...users.map(String), 'US.1', 'US.2'), { maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      id: fc.constantFrom('a', 'b'),
      chunk: maybe(fc.integer({ min: 0, max: 1 })),
      forMs: fc.constantFrom(0, 1, 1000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('remember' as const),
      numberId,
      ids: fc.array(fc.constantFrom('a', 'b', 'c\0'), { maxLength: 3 }),
      forMs: fc.constantFrom(1, 10, 1000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('walk' as const),
      numberId,
      limit: fc.integer({ min: 1, max: 4 }),
      interrupt: fc.boolean(),
    }),
  },
);

/** Runs the commands and answers everything that could be observed. */
async function run(store: Store, commands: readonly Command[]): Promise<unknown[]> {
  let nowMs = startMs;
  const create = (id: string) =>
    store.changeNumbers(() => ({
      put: numberRecord({
        id,
        waId: 15550783880 + Number(id),
        createdAtMs: nowMs,
        webhook: id === '2' ? receiver : null,
      }),
    }));
  for (const id of numberIds) await create(id);
  const seen: unknown[] = [];
  for (const command of commands) {
    nowMs++;
    if (command.kind === 'pass') nowMs += command.ms;
    else if (command.kind === 'deliver') seen.push(await deliver(store, command, nowMs));
    else if (command.kind === 'write') seen.push(await write(store, command.numberId, command.users, nowMs));
    else if (command.kind === 'change') {
      seen.push(await change(store, command.numberId, command.operation, command.users, nowMs));
    } else if (command.kind === 'order') {
      const { operation, users: named, note, forMs } = command;
      const request = {
        ...changeRequest('block', named, nowMs),
        operation,
        actor: { keyId: `key_${named.length}`, person: note ?? null, source: 'cli' as const },
        terms: {
          ...(note !== undefined && { note }),
          ...(forMs !== undefined && { untilMs: forMs === null ? null : nowMs + forMs }),
        },
        whenClosed: 'standing' as const,
      };
      const decide = (facts: Facts) => decideBlocklist(facts, request);
      seen.push(await store.change(command.numberId, { users: [...new Set(named)] }, decide));
    } else if (command.kind === 'expire') {
      const over = (await store.expired(command.numberId, nowMs, 100)).toSorted((a, b) => a - b);
      seen.push(over, await store.nextExpiryMs(command.numberId));
      const atMs = nowMs;
      seen.push(await store.change(command.numberId, { users: over }, (facts) => decideExpiry(facts, atMs)));
    } else if (command.kind === 'look') {
      seen.push(await look(store, command));
    } else if (command.kind === 'hide') {
      await store.changeUser(command.user, () => ({
        kind: command.as,
        name: `User ${command.user % 10}`,
        username: command.user % 3 === 0 ? `@user${command.user % 10}` : null,
        phoneHidden: command.user % 2 === 0,
      }));
    } else if (command.kind === 'learn') {
      const { claims, names } = command;
      const { moves } = await store.changeUserNames('local', namesIn(claims, naming), (known) =>
        decideDirectory(known, claims, naming),
      );
      const found = await store.userNames('local', { names, users: users.slice(0, 2) });
      seen.push(
        moves,
        found.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      );
    } else if (command.kind === 'run') {
      seen.push(await appendToRun(store, command, nowMs));
    } else if (command.kind === 'remember') {
      seen.push(await remember(store, command, nowMs));
    } else if (command.kind === 'judge') {
      await judge(store, command, nowMs);
    } else if (command.kind === 'decide') {
      const { numberId, nth, decision } = command;
      const waiting = await store.outbox.reviews(numberId, { afterEntry: 0, count: 10 });
      const entry = waiting[nth]?.webhook.entry ?? 0;
      const decided = await store.outbox.decideReview(numberId, entry, { decision, atMs: nowMs });
      const held = await Promise.all(users.map((user) => store.outbox.isHeld(numberId, user)));
      seen.push(waiting, await store.outbox.reviewCount(numberId), decided, held);
    } else if (command.kind === 'recreate') {
      await store.changeNumbers(() => ({ remove: command.numberId }));
      await create(command.numberId);
    } else seen.push(await walk(store, command, nowMs));
  }
  for (const id of numberIds) {
    const facts = await store.facts(id, users);
    seen.push([facts.blocklist, [...facts.users], await store.activity(id, latest(1000))]);
    seen.push(
      await store.activity(id, { ...latest(5), operation: 'block', source: 'cli', outcome: 'standing' }),
    );
    const [newest] = await store.activity(id, latest(1));
    seen.push(
      await store.activity(id, { ...latest(9), before: newest ?? null, fromMs: startMs + 2, keyId: 'key_1' }),
    );
    seen.push(await store.activity(id, { ...latest(9), waId: users[0] ?? 0, person: 'b' }));
    seen.push(await store.traffic(id, startMs - hourMs, nowMs + hourMs));
    seen.push(await store.ruleCounts(id, startMs - hourMs, nowMs + hourMs));
    seen.push(await store.outbox.list(id, { afterEntry: 0, waId: null, state: null, count: 1000 }));
  }
  const state = await store.exportState();
  seen.push(state);
  await store.importState(() => state);
  seen.push(await store.exportState());
  return seen;
}

/** Appends to the record of a run, and answers what it was and what the results of its chunks are. */
async function appendToRun(
  store: Store,
  { id, chunk, forMs }: Extract<Command, { kind: 'run' }>,
  nowMs: number,
) {
  const run = { keyId: 'key_1', id };
  const before = await store.bulkRuns.change(run, nowMs, (record) => {
    const put = { record: `${record ?? ''}x`, untilMs: nowMs + forMs };
    const results = chunk === null ? {} : { results: { chunk, results: put.record } };
    return { answer: record, put: { ...put, ...results } };
  });
  const results = [0, 1].map((index) => store.bulkRuns.results(run, index, nowMs));
  return [before, await store.bulkRuns.find(run, nowMs), await Promise.all(results)];
}

/** Remembers messages, and answers which were seen before. */
async function remember(
  store: Store,
  { numberId, ids, forMs }: Extract<Command, { kind: 'remember' }>,
  nowMs: number,
) {
  const seen = await store.change(numberId, { users: [], messageIds: ids }, ({ seenAtMs }) => ({
    answer: ids.map((id) => seenAtMs.get(id) ?? null),
    change: {
      ...emptyChange(nowMs),
      messages: ids.map((id) => ({ id, callbackData: `${nowMs} ${id}`, untilMs: nowMs + forMs })),
    },
  }));
  return [seen, (await store.callbackData(numberId, 'a'))?.split(' ')[0]];
}

/** A rule holds, keeps, or flags a message; perhaps the business has written to the user as well. */
async function judge(
  store: Store,
  { numberId, user, as, contacted }: Extract<Command, { kind: 'judge' }>,
  nowMs: number,
) {
  const ruleId = `rule_${user % 2}`;
  await store.change(numberId, { users: [user] }, () => ({
    answer: null,
    change: {
      ...emptyChange(nowMs),
      admitted: new Map([[user, { count: as === 'flagged' ? 1 : 0, name: null }]]),
      held: as === 'held' ? 1 : 0,
      contacted: contacted ? [user] : [],
      ruleCounts: new Map([[ruleId, { matched: 1, acted: as === 'kept' ? 1 : 0 }]]),
      webhooks: [{ waId: user, messageId: null, body: as, review: { ruleId, kind: as } }],
    },
  }));
}

/** Reads blocks and standing blocks in pages of two. */
async function look(store: Store, { numberId, sort, search }: Extract<Command, { kind: 'look' }>) {
  const seen: unknown[] = [];
  for (let after: BlockQuery['after'] = null; ; ) {
    const page = await store.blocks(numberId, { sort, search, waId: null, after, count: 2 });
    seen.push(page);
    const last = page.at(-1);
    if (last === undefined) break;
    after = { value: last.place, waId: last.waId };
  }
  const standing = await store.standingBlocks(numberId, {
    search,
    waId: null,
    after: users[1] ?? 0,
    count: 3,
  });
  const one = await store.blocks(numberId, {
    sort,
    search: null,
    waId: users[0] ?? 0,
    after: null,
    count: 1,
  });
  return [seen, standing, one, await store.standingCount(numberId)];
}

/** Tries the first webhook that is due, or sends one again that is done with. */
async function deliver(
  store: Store,
  { acknowledged, again }: Extract<Command, { kind: 'deliver' }>,
  nowMs: number,
) {
  const [webhook] = await store.outbox.due('2', nowMs, 1);
  if (again) {
    const [first] = await store.outbox.list('2', { afterEntry: 0, waId: null, state: null, count: 1 });
    return store.outbox.redeliver('2', first?.entry ?? 0, nowMs);
  }
  if (webhook === undefined) return store.outbox.nextDueMs('2');
  const problem = acknowledged ? null : 'status 500';
  const attempt = { atMs: nowMs, status: acknowledged ? 200 : 500, problem, tookMs: 0, signature: null };
  await store.outbox.recordAttempt('2', webhook.entry, deliveryOutcome(webhook, attempt, nowMs));
  return webhook;
}

/** Reads the list page by page, forward and then back; with `interrupt`, somebody is unblocked on the way. */
async function walk(
  store: Store,
  { numberId, limit, interrupt }: Extract<Command, { kind: 'walk' }>,
  nowMs: number,
) {
  const page = async (request: PageRequest): Promise<Page | 'conflict'> => {
    const range = rowRange(request);
    return makePage(request, range, await store.rows(numberId, range));
  };
  const seen: unknown[] = [];
  let request: PageRequest | null = { limit, after: null, before: null };
  let forward = true;
  while (request !== null) {
    const read = await page(request);
    seen.push(read === 'conflict' ? read : read.rows.map(({ waId, phoneHidden }) => [waId, phoneHidden]));
    if (read === 'conflict' || read.paging === null) break;
    if (interrupt && cursorOf(request) === null)
      seen.push(await change(store, numberId, 'unblock', users, nowMs));
    if (forward && read.paging.hasNext)
      request = { limit, after: decodeCursor(read.paging.after), before: null };
    else {
      forward = false;
      request = read.paging.hasPrevious
        ? { limit, after: null, before: decodeCursor(read.paging.before) }
        : null;
    }
  }
  return seen;
}

async function assertLikeModel(open: () => Promise<Store>, commands: readonly Command[]): Promise<void> {
  const store = await open();
  try {
    assert.deepEqual(await run(store, commands), await run(new ModelStore(), commands));
  } finally {
    await store.close();
  }
}

for (const [name, open, numRuns] of [
  ['SQLite', async () => openSqliteStore(':memory:'), 200],
  ['PostgreSQL', openFresh, 60],
] as const) {
  test(`${name} answers as the model does`, async () => {
    const commands = fc.array(command, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(commands, (all) => assertLikeModel(open, all)),
      { numRuns },
    );
  });
}

/** Everything that may share a batch: one after the other it must come to the same as on the model. */
const concurrent = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('write' as const), users: someUsers }),
    fc.record({ kind: fc.constantFrom('block' as const, 'unblock' as const), users: someUsers }),
  ),
  { minLength: 2, maxLength: 30 },
);

for (const [name, open] of [
  ['SQLite', async () => openSqliteStore(':memory:')],
  ['PostgreSQL', openFresh],
] as const) {
  test(`${name} answers the same when commands arrive together`, async () => {
    await fc.assert(
      fc.asyncProperty(concurrent, async (commands) => {
        const play = async (store: Store) => {
          await store.changeNumbers(() => ({ put: numberRecord({ webhook: receiver }) }));
          const { id } = numberRecord();
          const answers = await Promise.all(
            commands.map(({ kind, users }, index) =>
              kind === 'write'
                ? write(store, id, users, startMs + index)
                : change(store, id, kind, users, startMs + index),
            ),
          );
          const webhooks = await store.outbox.list(id, {
            afterEntry: 0,
            waId: null,
            state: null,
            count: 1000,
          });
          return [answers, webhooks, await store.activity(id, latest(1000)), await store.exportState()];
        };
        const store = await open();
        try {
          assert.deepEqual(await play(store), await play(new ModelStore()));
        } finally {
          await store.close();
        }
      }),
      { numRuns: 40 },
    );
  });
}
