import {
  blocked,
  graphError,
  isNoForm,
  notAUser,
  partlyBlocked,
  partlyUnblocked,
  path,
  unblocked,
  userIds,
} from '../bodies.ts';
import type { Scenario } from '../scenario.ts';

const ana = '+16505551234';
const nobodys = 'US.13491208655302741918';
const hasBlocked = 'Unable to deliver the message. This business has blocked the end user on WhatsApp';

/** Business-scoped user IDs: `{user_id}` is the ID that the number's portfolio has for a user who wrote. */
export const userIdScenarios: readonly Scenario[] = [
  {
    name: 'blocking by user_id: it comes back instead of a wa_id',
    given: [{ write: [ana] }, { keepUserIdOf: '16505551234' }],
    request: { method: 'POST', path, body: userIds('{user_id}') },
    expect: { status: 200, body: blocked({ input: '{user_id}', user_id: '{user_id}' }) },
  },
  {
    name: 'a user_id in the place of a phone',
    given: [{ write: [ana] }, { keepUserIdOf: '16505551234' }],
    request: {
      method: 'POST',
      path,
      body: { messaging_product: 'whatsapp', block_users: [{ user: '{user_id}' }, { user: ana }] },
    },
    expect: {
      status: 200,
      body: blocked({ input: '{user_id}', user_id: '{user_id}' }, { input: ana, wa_id: '16505551234' }),
    },
  },
  {
    name: 'the phone wins when both are given',
    given: [{ write: [ana] }, { keepUserIdOf: '14155559876' }],
    request: {
      method: 'POST',
      path,
      body: { messaging_product: 'whatsapp', block_users: [{ user: ana, user_id: '{user_id}' }] },
    },
    expect: { status: 200, body: blocked({ input: ana, wa_id: '16505551234' }) },
  },
  {
    name: 'an ID that nobody has',
    request: { method: 'POST', path, body: userIds(nobodys, 'US.', 'x') },
    expect: {
      status: 200,
      body: partlyBlocked(
        [],
        [
          { input: nobodys, ...notAUser },
          { input: 'US.', ...isNoForm },
          { input: 'x', ...isNoForm },
        ],
      ),
    },
  },
  {
    name: 'unblocking by user_id',
    given: [{ write: [ana] }, { block: [ana] }, { keepUserIdOf: '16505551234' }],
    request: { method: 'DELETE', path, body: userIds('{user_id}') },
    expect: { status: 200, body: unblocked({ input: '{user_id}', user_id: '{user_id}' }) },
  },
  {
    name: 'unblocking an ID that nobody has',
    request: { method: 'DELETE', path, body: userIds(nobodys) },
    expect: { status: 200, body: partlyUnblocked([], [{ input: nobodys, ...notAUser }]) },
  },
  {
    name: 'sending to a recipient by user_id',
    given: [{ keepUserIdOf: '16505551234' }],
    request: {
      method: 'POST',
      path: '/{number}/messages',
      body: { messaging_product: 'whatsapp', recipient: '{user_id}', type: 'text' },
    },
    expect: {
      status: 200,
      body: {
        messaging_product: 'whatsapp',
        contacts: [{ input: '{user_id}', user_id: '{user_id}' }],
        messages: [{ id: '<wamid>' }],
      },
    },
  },
  {
    name: 'sending to a blocked recipient by user_id',
    given: [{ write: [ana] }, { block: [ana] }, { keepUserIdOf: '16505551234' }],
    request: {
      method: 'POST',
      path: '/{number}/messages',
      body: { messaging_product: 'whatsapp', recipient: '{user_id}', type: 'text' },
    },
    expect: {
      status: 400,
      body: graphError(`(#130403) ${hasBlocked}`, 130403, {
        error_data: { messaging_product: 'whatsapp', details: hasBlocked },
      }),
    },
  },
];
