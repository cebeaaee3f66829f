// Shows how the directory of users learns: which user a name means, and that two records of one user become one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phoneVariants } from '@blockhouse/client/wire';
import {
  type AccountNames,
  type Claim,
  currentName,
  decideDirectory,
  findByName,
  findByPhone,
  namesIn,
  type UserMove,
  type UserName,
  type WaId,
} from '@blockhouse/engine';
import fc from 'fast-check';

const naming = {
  variantsOf: (phone: WaId) => phoneVariants(String(phone)).map(Number),
  placeholderOf: (userId: string) => 1_000_000_000_000_000 + Number(userId.slice(3)),
};

/** A directory that learns one claim after the other. */
class Book {
  rows: readonly UserName[] = [];
  moves: UserMove[] = [];

  learn(...claims: readonly Claim[]): this {
    const names = new Set(namesIn(claims, naming));
    const named = this.rows.filter(({ name }) => names.has(name));
    const users = new Set(named.map(({ user }) => user));
    const known = this.rows.filter((row) => names.has(row.name) || users.has(row.user));
    const { put, moves } = decideDirectory(known, claims, naming);
    const written = new Map([...this.rows, ...put].map((row) => [row.name, row]));
    this.rows = [...written.values()];
    this.moves.push(...moves);
    return this;
  }

  find(text: string): string {
    const known = new Map(this.rows.map((row) => [row.name, row]));
    if (/^\d+$/.test(text)) {
      const found = findByPhone(known, Number(text), naming);
      return found === null ? 'nobody' : `${found.user} ${found.matchedBy}`;
    }
    return String(findByName(known, text) ?? 'nobody');
  }
}

const account = (
  waId: WaId | null,
  userId: string | null,
  {
    atMs = 10,
    inputs = [],
    username = null,
  }:
    | { atMs?: number; inputs?: WaId[]; username?: string }
    | {
        atMs?: number;
        inputs?: WaId[];
        username?: null;
      } = {},
): Claim => ({ kind: 'account', waId, userId, username, inputs, atMs });

const changed = (from: Partial<AccountNames>, to: Partial<AccountNames>, atMs = 20): Claim => ({
  kind: 'changed',
  from: { waId: null, userId: null, ...from },
  to: { waId: null, userId: null, ...to },
  atMs,
});

const ana = 16505551234;
const ben = 14155559876;
const brazil = [5531988887777, 553188887777] as const;
const mexico = [5215512345678, 525512345678] as const;

test("what was typed leads to the wa_id of Meta's answer, and what was kept under it follows", () => {
  const book = new Book().learn({ kind: 'typed', phone: brazil[0] });
  assert.equal(book.find(`${brazil[1]}`), `${brazil[0]} national_variant`);
  book.learn(account(brazil[1], null, { inputs: [brazil[0]] }));
  assert.equal(book.find(`${brazil[0]}`), `${brazil[1]} directory`);
  assert.equal(book.find(`${brazil[1]}`), `${brazil[1]} wa_id`);
  assert.deepEqual(
    book.moves.map(({ from, to }) => [from, to]),
    [[brazil[0], brazil[1]]],
  );
});

test('a spelling that nobody has asked for matches its variant, and says so', () => {
  const book = new Book().learn({ kind: 'wrote', phone: mexico[0], atMs: 10 });
  assert.equal(book.find(`${mexico[1]}`), `${mexico[0]} national_variant`);
});

test('on the local platform, the spelling that wrote first is the wa_id', () => {
  const book = new Book()
    .learn({ kind: 'typed', phone: mexico[1] })
    .learn({ kind: 'wrote', phone: mexico[0], atMs: 10 })
    .learn({ kind: 'wrote', phone: mexico[1], atMs: 11 });
  assert.deepEqual([book.find(`${mexico[0]}`), book.moves.length], [`${mexico[0]} wa_id`, 1]);
  assert.match(book.find(`${mexico[1]}`), new RegExp(`^${mexico[0]} `));
});

test('an ID that was known alone and a phone that was known alone become one user when they are named together', () => {
  const book = new Book().learn(account(null, 'US.1')).learn({ kind: 'typed', phone: ana });
  book.learn(account(ana, 'US.1'));
  assert.deepEqual([book.find('US.1'), book.find(`${ana}`)], [`${ana}`, `${ana} wa_id`]);
  assert.deepEqual(book.moves.at(-1), { from: naming.placeholderOf('US.1'), to: ana, atMs: 10 });
});

test('a user who changes their number keeps their record, and the old number leads to it', () => {
  const book = new Book()
    .learn(account(ana, 'US.1'))
    .learn(changed({ waId: ana, userId: 'US.1' }, { waId: ben, userId: 'US.2' }));
  assert.equal(book.find(`${ana}`), `${ben} directory`);
  assert.deepEqual([book.find('US.1'), book.find('US.2')], [`${ben}`, `${ben}`]);
  assert.equal(currentName(book.rows, ben, 'user_id'), 'US.2');
  assert.deepEqual(book.moves, [{ from: ana, to: ben, atMs: 20 }]);
});

test('a number that is given to another user belongs to that user, in either order of the news', () => {
  const change = changed({ waId: ana, userId: 'US.1' }, { waId: ben, userId: 'US.2' });
  const next = account(ana, 'US.3', { atMs: 30 });
  for (const news of [
    [change, next],
    [change, next, change],
  ]) {
    const book = new Book().learn(account(ana, 'US.1'));
    for (const one of news) book.learn(one);
    assert.deepEqual([book.find(`${ana}`), book.find('US.3')], [`${ana} wa_id`, `${ana}`]);
    assert.deepEqual([book.find('US.1'), book.find('US.2')], [`${ben}`, `${ben}`]);
  }
});

test('a message under the new names that comes before the news of the change is of the same user', () => {
  const book = new Book()
    .learn(account(ana, 'US.1'))
    .learn(account(ben, 'US.2', { atMs: 25 }))
    .learn(changed({ waId: ana, userId: 'US.1' }, { waId: ben, userId: 'US.2' }));
  assert.deepEqual([book.find(`${ana}`), book.find('US.1')], [`${ben} directory`, `${ben}`]);
});

test('a late message under the old names changes nothing', () => {
  const book = new Book()
    .learn(account(ana, 'US.1'))
    .learn(changed({ waId: ana, userId: 'US.1' }, { waId: ben, userId: 'US.2' }));
  const { rows } = book;
  book.learn(account(ana, 'US.1', { atMs: 15 }));
  assert.deepEqual(book.rows, rows);
});

test('an ID that changes alone leads to the same user', () => {
  const book = new Book().learn(account(ana, 'US.1')).learn(changed({ userId: 'US.1' }, { userId: 'US.2' }));
  assert.deepEqual([book.find('US.2'), book.find('US.1'), book.moves.length], [`${ana}`, `${ana}`, 0]);
  assert.equal(currentName(book.rows, ana, 'user_id'), 'US.2');
});

test('a phone that comes with another ID is the same user: a business moves its account to another portfolio', () => {
  const book = new Book().learn(account(ana, 'US.1')).learn(account(ana, 'US.2', { atMs: 30 }));
  assert.deepEqual([book.find('US.1'), book.find('US.2')], [`${ana}`, `${ana}`]);
  assert.equal(currentName(book.rows, ana, 'user_id'), 'US.2');
});

test('a user whose phone now belongs to another known user keeps their record under their ID', () => {
  const book = new Book()
    .learn(account(ana, 'US.1'), account(ben, 'US.2'))
    .learn(account(ana, 'US.2', { atMs: 30 }));
  assert.deepEqual(
    [book.find(`${ana}`), book.find('US.2'), book.find('US.1')],
    [`${ana} wa_id`, `${ana}`, `${naming.placeholderOf('US.1')}`],
  );
  assert.deepEqual(
    book.moves.map(({ from, to }) => [from, to]),
    [
      [ana, naming.placeholderOf('US.1')],
      [ben, ana],
    ],
  );
});

test('a username leads to the user who had it last', () => {
  const book = new Book()
    .learn(account(ana, 'US.1', { username: 'Ana.M' }))
    .learn(account(ben, 'US.2', { username: 'ana.m', atMs: 30 }));
  assert.equal(book.find('@ana.m'), `${ben}`);
});

test('a record that had the phone becomes one with the account that is named by its spelling: said twice, it stays so', () => {
  const claim = account(brazil[1], 'US.1', { atMs: 1, inputs: [mexico[1]] });
  const book = new Book()
    .learn({ kind: 'wrote', phone: mexico[1], atMs: 1 })
    .learn(changed({ waId: brazil[0] }, { userId: 'US.1' }, 1))
    .learn(account(mexico[1], null, { atMs: 2, inputs: [brazil[1]] }))
    .learn(claim);
  const { rows } = book;
  assert.equal(book.find('US.1'), `${brazil[1]}`);
  assert.deepEqual(book.learn(claim).rows, rows);
});

test('a phone without other spellings needs no row', () => {
  const book = new Book().learn(account(ana, null));
  assert.deepEqual(book.rows, []);
});

const phones = fc.constantFrom<WaId>(...brazil, ...mexico, ana, ben);
const ids = fc.constantFrom('US.1', 'US.2', 'US.3');
const times = fc.integer({ min: 1, max: 30 });
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const names = fc.record({ waId: maybe(phones), userId: maybe(ids) });
const claims: fc.Arbitrary<Claim> = fc.oneof(
  fc.record({ kind: fc.constant('typed' as const), phone: phones }),
  fc.record({ kind: fc.constant('wrote' as const), phone: phones, atMs: times }),
  fc.record({ kind: fc.constant('changed' as const), from: names, to: names, atMs: times }),
  fc.record({
    kind: fc.constant('account' as const),
    waId: maybe(phones),
    userId: maybe(ids),
    username: maybe(fc.constantFrom('ana', 'ben')),
    inputs: fc.array(phones, { maxLength: 2 }),
    atMs: times,
  }),
);

test('claims in any order keep each user under their wa_id, and lose no move', () => {
  fc.assert(
    fc.property(fc.array(claims, { maxLength: 12 }), (news) => {
      const book = new Book();
      for (const claim of news) {
        const before = book.moves.length;
        book.learn(claim);
        for (const { user } of book.rows) {
          const waId = currentName(book.rows, user, 'wa_id');
          if (waId !== null) assert.equal(Number(waId), user);
          for (const kind of ['wa_id', 'user_id', 'username'])
            assert.ok(
              book.rows.filter((row) => row.user === user && row.kind === kind && row.untilMs === null)
                .length < 2,
            );
        }
        // Where rows have moved from, nobody is kept, unless something has moved there since.
        const moves = book.moves.slice(before);
        moves.forEach(({ from, to }, index) => {
          assert.notEqual(from, to);
          const isRefilled = moves.slice(index + 1).some((later) => later.to === from);
          if (!isRefilled)
            assert.ok(
              book.rows.every(({ user }) => user !== from),
              JSON.stringify(claim),
            );
        });
        const { rows } = book;
        if (claim.kind !== 'changed') assert.deepEqual(book.learn(claim).rows, rows);
      }
    }),
    { numRuns: 5000 },
  );
});
