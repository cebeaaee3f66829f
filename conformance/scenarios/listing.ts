import { graphError, path } from '../bodies.ts';
import type { Scenario } from '../scenario.ts';

const five = ['16505550001', '16505550002', '16505550003', '16505550004', '16505550005'].map((user) =>
  user.replace('650555', '212555'),
);
const filled = [{ write: five }, { block: five }] as const;
const row = (wa_id: string | undefined) => ({ messaging_product: 'whatsapp', wa_id, user_id: '<user_id>' });
const cursors = { before: '<cursor>', after: '<cursor>' };
const address = (query: string) => `{url}${path}?${query}`;
const nextPage = (limit: number) => address(`limit=${limit}&after=<cursor>`);
const previousPage = (limit: number) => address(`limit=${limit}&before=<cursor>`);
const conflict = {
  messaging_product: 'whatsapp',
  ...graphError('(#139102) Blocklist concurrent update', 139102, {
    error_data: { details: 'Blocklist was updated during retrieval - retry with offset 0' },
  }),
};
const bad = (message: string) => graphError(`(#100) ${message}`, 100);

/** The list: pages, cursors both ways, and what happens when it changes. */
export const listing: readonly Scenario[] = [
  {
    name: 'an empty list has no paging',
    request: { method: 'GET', path },
    expect: { status: 200, body: { data: [] } },
  },
  {
    name: 'oldest block first, all on one page, no neighbours',
    given: filled,
    request: { method: 'GET', path },
    expect: { status: 200, body: { data: five.map(row), paging: { cursors } } },
  },
  {
    name: 'the first page has a next and no previous',
    given: filled,
    request: { method: 'GET', path: `${path}?limit=2` },
    expect: {
      status: 200,
      body: { data: five.slice(0, 2).map(row), paging: { cursors, next: nextPage(2) } },
    },
  },
  {
    name: 'after a cursor, with neighbours on both sides',
    given: [...filled, { keepCursorsOf: '?limit=2' }],
    request: { method: 'GET', path: `${path}?limit=2&after={after}` },
    expect: {
      status: 200,
      body: {
        data: five.slice(2, 4).map(row),
        paging: { cursors, next: nextPage(2), previous: previousPage(2) },
      },
    },
  },
  {
    name: 'the last page may be short and has no next',
    given: [...filled, { keepCursorsOf: '?limit=4' }],
    request: { method: 'GET', path: `${path}?limit=4&after={after}` },
    expect: {
      status: 200,
      body: { data: five.slice(4).map(row), paging: { cursors, previous: previousPage(4) } },
    },
  },
  {
    name: 'before a cursor',
    given: [...filled, { keepCursorsOf: '?limit=3' }, { keepCursorsOf: '?limit=2' }],
    request: { method: 'GET', path: `${path}?limit=2&before={after}` },
    expect: {
      status: 200,
      body: { data: five.slice(0, 1).map(row), paging: { cursors, next: nextPage(2) } },
    },
  },
  {
    name: 'before the first row there is nothing',
    given: [...filled, { keepCursorsOf: '?limit=2' }],
    request: { method: 'GET', path: `${path}?limit=2&before={before}` },
    expect: { status: 200, body: { data: [] } },
  },
  {
    name: 'after the last row there is nothing',
    given: [...filled, { keepCursorsOf: '' }],
    request: { method: 'GET', path: `${path}?after={after}` },
    expect: { status: 200, body: { data: [] } },
  },
  {
    name: 'after wins over before',
    given: [...filled, { keepCursorsOf: '?limit=2' }],
    request: { method: 'GET', path: `${path}?limit=1&after={after}&before={before}` },
    expect: {
      status: 200,
      body: {
        data: five.slice(2, 3).map(row),
        paging: { cursors, next: nextPage(1), previous: previousPage(1) },
      },
    },
  },
  {
    name: 'a hidden phone is a row without wa_id',
    given: [
      { user: '12125550199', is: { hide_phone: true } },
      { write: ['12125550199'] },
      { block: ['12125550199'] },
    ],
    request: { method: 'GET', path },
    expect: {
      status: 200,
      body: { data: [{ messaging_product: 'whatsapp', user_id: '<user_id>' }], paging: { cursors } },
    },
  },
  {
    name: 'a block between two pages: 139102',
    given: [...filled, { keepCursorsOf: '?limit=2' }, { write: ['12125550100'] }, { block: ['12125550100'] }],
    request: { method: 'GET', path: `${path}?limit=2&after={after}` },
    expect: { status: 400, body: conflict },
  },
  {
    name: 'an unblock between two pages: 139102, backwards too',
    given: [...filled, { keepCursorsOf: '?limit=2' }, { unblock: ['12125550003'] }],
    request: { method: 'GET', path: `${path}?limit=2&before={after}` },
    expect: { status: 400, body: conflict },
  },
  {
    name: 'what changes nothing is no conflict',
    given: [...filled, { keepCursorsOf: '?limit=4' }, { block: five }, { unblock: ['12125550100'] }],
    request: { method: 'GET', path: `${path}?limit=4&after={after}` },
    expect: {
      status: 200,
      body: { data: five.slice(4).map(row), paging: { cursors, previous: previousPage(4) } },
    },
  },
  {
    name: 'a limit of zero',
    request: { method: 'GET', path: `${path}?limit=0` },
    expect: { status: 400, body: bad('Param limit must be a whole number of at least 1 - got "0".') },
  },
  {
    name: 'a limit beyond 1,000 is clamped',
    given: filled,
    request: { method: 'GET', path: `${path}?limit=5000` },
    expect: { status: 200, body: { data: five.map(row), paging: { cursors } } },
  },
  {
    name: 'a cursor that is none',
    request: { method: 'GET', path: `${path}?after=abc` },
    expect: { status: 400, body: bad('Param after must be a cursor of this list - got "abc".') },
  },
];
