import {
  blocked,
  by,
  isBusiness,
  isNoForm,
  isSelf,
  notAUser,
  partlyBlocked,
  partlyUnblocked,
  path,
  unblocked,
  users,
  windowClosed,
} from '../bodies.ts';
import type { Scenario } from '../scenario.ts';

const ana = '+16505551234';
const ben = '+14155559876';

/** Blocking and unblocking: every rule, and Meta's own samples. */
export const blocking: readonly Scenario[] = [
  {
    name: "Meta's sample: both users wrote, both are blocked",
    given: [{ write: [ana, ben] }],
    request: { method: 'POST', path, body: users(ana, ben) },
    expect: { status: 200, body: blocked(by(ana), by(ben)) },
  },
  {
    name: "Meta's sample: one of two has not written within 24 hours",
    given: [{ write: [ana] }],
    request: { method: 'POST', path, body: users(ana, ben) },
    expect: { status: 200, body: partlyBlocked([by(ana)], [{ ...by(ben), ...windowClosed }]) },
  },
  {
    name: 'nobody can be blocked: added_users is empty, and it is still a 200',
    request: { method: 'POST', path, body: users('40740000000') },
    expect: { status: 200, body: partlyBlocked([], [{ ...by('40740000000'), ...windowClosed }]) },
  },
  {
    name: 'the window is open one millisecond before 24 hours',
    given: [
      { freeze: true },
      { write: [ana] },
      { advance: '24h' },
      { write: [ben] },
      { advance: '86399999ms' },
    ],
    request: { method: 'POST', path, body: users(ana, ben) },
    expect: { status: 200, body: partlyBlocked([by(ben)], [{ ...by(ana), ...windowClosed }]) },
  },
  {
    name: 'the window is closed at 24 hours to the millisecond',
    given: [{ freeze: true }, { write: [ana] }, { advance: '24h' }],
    request: { method: 'POST', path, body: users(ana) },
    expect: { status: 200, body: partlyBlocked([], [{ ...by(ana), ...windowClosed }]) },
  },
  {
    name: 'blocking again is a success, even when the window has closed',
    given: [{ write: [ana] }, { block: [ana] }, { advance: '30h' }],
    request: { method: 'POST', path, body: users(ana) },
    expect: { status: 200, body: blocked(by(ana)) },
  },
  {
    name: 'a message of a blocked user opens no window',
    given: [{ write: [ana] }, { block: [ana] }, { advance: '25h' }, { write: [ana] }, { unblock: [ana] }],
    request: { method: 'POST', path, body: users(ana) },
    expect: { status: 200, body: partlyBlocked([], [{ ...by(ana), ...windowClosed }]) },
  },
  {
    name: 'what is no possible phone number is refused without a wa_id',
    given: [{ write: [ana] }],
    request: { method: 'POST', path, body: users('123', 'not a phone', ana) },
    expect: {
      status: 200,
      body: partlyBlocked(
        [by(ana)],
        [
          { input: '123', ...isNoForm },
          { input: 'not a phone', ...isNoForm },
        ],
      ),
    },
  },
  {
    name: 'who is not on WhatsApp is refused without a wa_id',
    given: [{ user: '16505550190', is: { kind: 'none' } }, { write: ['+16505550190'] }],
    request: { method: 'POST', path, body: users('+16505550190') },
    expect: { status: 200, body: partlyBlocked([], [{ input: '+16505550190', ...notAUser }]) },
  },
  {
    name: 'the number itself is refused with 131021',
    request: { method: 'POST', path, body: users('{phone}') },
    expect: { status: 200, body: partlyBlocked([], [{ input: '{phone}', wa_id: '{wa_id}', ...isSelf }]) },
  },
  {
    name: 'a WhatsApp Business account is refused with 131047',
    given: [{ user: '16505550191', is: { kind: 'business' } }, { write: ['+16505550191'] }],
    request: { method: 'POST', path, body: users('+16505550191') },
    expect: { status: 200, body: partlyBlocked([], [{ ...by('+16505550191'), ...isBusiness }]) },
  },
  {
    name: 'duplicates, in whatever spelling, have a result each',
    given: [{ write: [ana] }],
    request: { method: 'POST', path, body: users(ana, '16505551234', '+1 (650) 555-1234') },
    expect: {
      status: 200,
      body: blocked(by(ana), by('16505551234'), { input: '+1 (650) 555-1234', wa_id: '16505551234' }),
    },
  },
  {
    name: 'an empty list is a success',
    request: { method: 'POST', path, body: users() },
    expect: { status: 200, body: blocked() },
  },
  {
    name: 'a form with JSON in it, and the token as a field',
    given: [{ write: [ana] }],
    request: {
      method: 'POST',
      path,
      token: 'none',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `access_token={token}&messaging_product=whatsapp&block_users=${encodeURIComponent(JSON.stringify(users(ana).block_users))}`,
    },
    expect: { status: 200, body: blocked(by(ana)) },
  },
  {
    name: "Meta's sample: unblocking needs no window",
    given: [{ write: [ana, ben] }, { block: [ana, ben] }, { advance: '48h' }],
    request: { method: 'DELETE', path, body: users(ana, ben) },
    expect: { status: 200, body: unblocked(by(ana), by(ben)) },
  },
  {
    name: 'unblocking somebody who is not blocked is a success',
    request: { method: 'DELETE', path, body: users(ana) },
    expect: { status: 200, body: unblocked(by(ana)) },
  },
  {
    name: 'unblocking nobody is refused',
    request: { method: 'DELETE', path, body: users(ana, '123') },
    expect: { status: 200, body: partlyUnblocked([by(ana)], [{ input: '123', ...isNoForm }]) },
  },
  {
    name: 'unblocking the number itself is a success that changes nothing',
    request: { method: 'DELETE', path, body: users('{phone}') },
    expect: { status: 200, body: unblocked({ input: '{phone}', wa_id: '{wa_id}' }) },
  },
  {
    name: 'without a version in the path, and with headers that clients read',
    request: { method: 'DELETE', path: '/{number}/block_users', body: users(ana) },
    expect: {
      status: 200,
      body: unblocked(by(ana)),
      headers: {
        'facebook-api-version': '^v25\\.0$',
        'x-fb-trace-id': '^[\\w-]{11}$',
        'x-fb-request-id': '^A[\\w-]{22}$',
        'x-business-use-case-usage': '"call_count":\\d+',
        'access-control-allow-origin': '^\\*$',
        'content-type': '^application/json',
      },
    },
  },
  {
    name: 'the version of the path is the version that answers',
    request: { method: 'GET', path: '/v23.0/{number}/block_users' },
    expect: { status: 200, body: { data: [] }, headers: { 'facebook-api-version': '^v23\\.0$' } },
  },
];
