// The SDK's scenarios: the answers of a server, the calls of the SDK, and the expected results. They run in Node and
// in a
// browser, against a stub that replays the answers and, where a healthy server can be brought to give them, against
// one.
import {
  AmbiguousOutcome,
  BlockhouseError,
  type BlockUsersClient,
  type Page,
  type Refusal,
} from '@blockhouse/client';

/** An answer as it goes over the wire; a text that is no JSON goes as it is. */
export interface Recorded {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The setup that a real server needs to give the same answers. */
export interface Preparation {
  readonly write?: readonly string[];
  readonly block?: readonly string[];
  readonly fault?: {
    readonly operation: 'block' | 'unblock' | 'list';
    readonly code: number;
    readonly times: number;
  };
}

export interface Scenario {
  readonly name: string;
  /** Given in order; the last one is repeated. */
  readonly answers: readonly Recorded[];
  /** Absent: no healthy server answers so. */
  readonly prepare?: Preparation;
  /** Runs wherever the SDK runs; what it answers is JSON. */
  readonly act: (client: BlockUsersClient) => Promise<unknown>;
  readonly expected: unknown;
}

export const ana = '+16505551234';
export const ben = '+14155559876';

const added = (...phones: string[]) => phones.map((input) => ({ input, wa_id: input.slice(1) }));
const windowClosed = {
  message: 'Re-engagement required',
  code: 131047,
  error_data: { details: 'User has not messaged in the last 24 hours' },
};
const refusedBen = { input: ben, wa_id: ben.slice(1), errors: [windowClosed] };
const mixedError = {
  message: '(#139100) Failed to block/unblock users',
  type: 'OAuthException',
  code: 139100,
  error_data: { details: 'Failed to block some users, see the block_users response list for details' },
  fbtrace_id: 'Az8or2yhqkZfEZ-_4Qn_Bam',
};
const of = (lists: object, error?: object) => ({
  messaging_product: 'whatsapp',
  block_users: lists,
  ...(error && { error }),
});
const failure = (status: number, error: object, headers: Record<string, string> = {}): Recorded => ({
  status,
  headers,
  body: { error: { type: 'OAuthException', fbtrace_id: 'Az8or2yhqkZfEZ-_4Qn_Bam', ...error } },
});
const row = (phone: string) => ({ messaging_product: 'whatsapp', wa_id: phone.slice(1) });
const cursors = {
  before: 'eyJvZmZzZAXQiOjAsInZAlcnNpb25JZACI6IjEifQZDZD',
  after: 'eyJvZmZzZAXQiOjEsInZAlcnNpb25JZACI6IjEifQZDZD',
};

const refusals = (refused: readonly Refusal[]) =>
  refused.map(({ user, code, reason, details }) => ({ user, code, reason, details }));
const block = async (client: BlockUsersClient) => {
  const { blocked, refused } = await client.block([ana, ben]);
  return { blocked: blocked.map(({ user, waId }) => ({ user, waId })), refused: refusals(refused) };
};
const unblock = async (client: BlockUsersClient) => {
  const { unblocked, refused } = await client.unblock([ana, ben]);
  return { unblocked: unblocked.map(({ user }) => user), refused: refusals(refused) };
};
const listed = (page: Page) => page.users.map(({ waId }) => waId);

/** The name and what is known of an error, or that there was none. */
const failureOf = async (promise: Promise<unknown>) => {
  try {
    return { answered: await promise };
  } catch (error) {
    if (!(error instanceof BlockhouseError)) throw error;
    const { name, code, status, cause } = error;
    if (!(error instanceof AmbiguousOutcome)) return { name, code, status };
    const unknown = error.unknown.map(({ user }) => user);
    return { name, code, status, unknown, cause: cause instanceof Error ? cause.name : null };
  }
};

const isBlocked = { user: ana, waId: ana.slice(1) };
const isRefused = {
  user: ben,
  code: 131047,
  reason: 'window_closed',
  details: windowClosed.error_data.details,
};
const oneOfTwo = { blocked: [isBlocked], refused: [isRefused] };
const html = '<html><body><h1>502 Bad Gateway</h1></body></html>';

/** Whether somebody was blocked is not known, because of an error of this kind. */
const ambiguous = (cause: string | null, code: number | null, status: number | null, unknown = [ana]) => ({
  name: 'AmbiguousOutcome',
  code,
  status,
  unknown,
  cause,
});

/** One request that fails the same however often it is tried. */
const fails = (name: string, answer: Recorded, expected: object, prepare?: Preparation): Scenario => ({
  name,
  answers: [answer],
  ...(prepare && { prepare }),
  act: (client) => failureOf(client.block([ana], { retries: 0 })),
  expected,
});

export const scenarios: Scenario[] = [
  {
    name: 'both are blocked',
    prepare: { write: [ana, ben] },
    answers: [{ body: of({ added_users: added(ana, ben) }) }],
    act: block,
    expected: { blocked: [isBlocked, { user: ben, waId: ben.slice(1) }], refused: [] },
  },
  {
    name: 'one of two is refused, with 200',
    prepare: { write: [ana] },
    answers: [{ body: of({ added_users: added(ana), failed_users: [refusedBen] }, mixedError) }],
    act: block,
    expected: oneOfTwo,
  },
  {
    name: "one of two is refused, with the 400 of Meta's older page",
    answers: [{ status: 400, body: of({ added_users: added(ana), failed_users: [refusedBen] }, mixedError) }],
    act: block,
    expected: oneOfTwo,
  },
  {
    name: 'failed_users without an error beside',
    answers: [{ body: of({ added_users: added(ana), failed_users: [refusedBen] }) }],
    act: block,
    expected: oneOfTwo,
  },
  {
    name: 'errors instead of failed_users',
    answers: [{ body: of({ added_users: added(ana), errors: [refusedBen] }) }],
    act: block,
    expected: oneOfTwo,
  },
  {
    name: 'errors without a list inside',
    answers: [{ body: of({ added_users: added(ana), errors: [{ user: ben, ...windowClosed }] }) }],
    act: block,
    expected: oneOfTwo,
  },
  {
    name: 'a 200 with only refusals is no success',
    answers: [
      {
        body: {
          block_users: { added_users: [], failed_users: [{ input: '40740000000', errors: [windowClosed] }] },
        },
      },
    ],
    act: async (client) => {
      const { blocked, refused } = await client.block(['40740000000']);
      return { blocked, refused: refusals(refused) };
    },
    expected: { blocked: [], refused: [{ ...isRefused, user: '40740000000' }] },
  },
  {
    name: 'refusals without a list of those who were blocked',
    answers: [{ status: 400, body: of({ failed_users: [refusedBen] }, mixedError) }],
    act: async (client) => refusals((await client.block([ben])).refused),
    expected: [isRefused],
  },
  {
    name: 'somebody who is blocked and refused at once counts as refused',
    answers: [{ body: of({ added_users: added(ana, ben), failed_users: [refusedBen] }) }],
    act: block,
    expected: oneOfTwo,
  },
  {
    name: 'an answer to another question leaves everybody unknown',
    answers: [{ body: of({ removed_users: added(ana, ben) }) }],
    act: (client) => failureOf(client.block([ana, ben])),
    expected: ambiguous(null, null, null, [ana, ben]),
  },
  {
    name: 'nobody wrote: all are refused',
    prepare: {},
    answers: [
      {
        body: of(
          { added_users: [], failed_users: [{ ...refusedBen, input: ana, wa_id: ana.slice(1) }, refusedBen] },
          mixedError,
        ),
      },
    ],
    act: block,
    expected: { blocked: [], refused: [{ ...isRefused, user: ana }, isRefused] },
  },
  {
    name: 'somebody whom nobody knows, and the number itself',
    prepare: {},
    answers: [
      {
        body: of(
          {
            added_users: [],
            failed_users: [
              { input: '15550100004', errors: [{ message: 'Re-engagement required', code: 131047 }] },
              {
                input: '+15550783881',
                wa_id: '15550783881',
                errors: [
                  {
                    message: 'Self block',
                    code: 131021,
                    error_data: { details: 'Failed to block self phone number' },
                  },
                ],
              },
            ],
          },
          mixedError,
        ),
      },
    ],
    act: async (client) =>
      (await client.block(['15550100004', '+15550783881'])).refused.map(({ reason }) => reason),
    expected: ['not_a_user', 'self'],
  },
  {
    name: 'unblocking, whoever was blocked',
    prepare: { write: [ana], block: [ana] },
    answers: [{ body: of({ removed_users: added(ana, ben) }) }],
    act: unblock,
    expected: { unblocked: [ana, ben], refused: [] },
  },
  {
    name: 'an unblock that refuses, as the sample of the page does',
    answers: [
      { status: 400, body: of({ removed_users: added(ana), failed_users: [refusedBen] }, mixedError) },
    ],
    act: unblock,
    expected: { unblocked: [ana], refused: [isRefused] },
  },
  {
    name: 'an empty list',
    prepare: {},
    answers: [{ body: { data: [] } }],
    act: async (client) => listed(await client.list()),
    expected: [],
  },
  {
    name: 'a list and its cursors, in whatever order they come',
    prepare: { write: [ana, ben], block: [ana, ben] },
    answers: [{ body: { data: [row(ana), row(ben)], paging: { cursors } } }],
    act: async (client) => {
      const page = await client.list({ limit: 10 });
      return { users: listed(page), hasNext: page.hasNext, hasCursors: page.cursors !== null };
    },
    expected: { users: [ana.slice(1), ben.slice(1)], hasNext: false, hasCursors: true },
  },
  {
    name: 'a list of several pages, with next',
    prepare: { write: [ana, ben], block: [ana, ben] },
    answers: [
      {
        body: {
          data: [row(ana)],
          paging: { cursors, next: 'https://graph.facebook.com/v25.0/1/block_users?limit=1' },
        },
      },
      {
        body: {
          data: [row(ben)],
          paging: { cursors, previous: 'https://graph.facebook.com/v25.0/1/block_users' },
        },
      },
    ],
    act: async (client) => {
      const users: (string | null)[] = [];
      for await (const { waId } of client.listAll({ limit: 1 })) users.push(waId);
      return users;
    },
    expected: [ana.slice(1), ben.slice(1)],
  },
  {
    name: 'a list of several pages without next, to its end',
    answers: [
      { body: { data: [row(ana)], paging: { cursors } } },
      { body: { data: [row(ben)], paging: { cursors: { ...cursors, after: 'c' } } } },
      { body: { data: [] } },
    ],
    act: async (client) => {
      const users: (string | null)[] = [];
      for await (const { waId } of client.listAll({ limit: 1 })) users.push(waId);
      return users;
    },
    expected: [ana.slice(1), ben.slice(1)],
  },
  {
    name: 'pages that are shorter than was asked for, without next',
    answers: [
      { body: { data: [row(ana)], paging: { cursors } } },
      { body: { data: [row(ben)], paging: { cursors: { ...cursors, after: 'c' } } } },
      { body: { data: [] } },
    ],
    act: (client) => client.isBlocked(ben),
    expected: true,
  },
  {
    name: 'a list that does not continue after its cursor',
    answers: [{ body: { data: [row(ana)], paging: { cursors } } }],
    act: (client) => failureOf(client.isBlocked(ben)),
    expected: { name: 'UnexpectedResponseError', code: null, status: null },
  },
  {
    name: 'a phone as people write it, on the list',
    prepare: { write: ['+4915112345678'], block: ['+4915112345678'] },
    answers: [{ body: { data: [row('+4915112345678')], paging: { cursors, previous: 'x' } } }],
    act: (client) => client.areBlocked(['+49 (0) 151 12345678', '４９１５１１２３４５６７８']),
    expected: [true, true],
  },
  {
    name: 'results of a bulk call, line by line',
    answers: [
      {
        headers: { 'content-type': 'application/x-ndjson' },
        body: [
          { type: 'results', done: 1, total: 2, results: [{ number: '1', user: ana, outcome: 'blocked' }] },
          { type: 'results', done: 2, total: 2, results: [{ number: '1', user: ben, outcome: 'standing' }] },
          { type: 'end', run: { id: 'x', state: 'done' } },
        ]
          .map((line) => `${JSON.stringify(line)}\n`)
          .join(''),
      },
    ],
    act: async (client) => {
      const progress: number[] = [];
      const onProgress = ({ done }: { done: number }) => void progress.push(done);
      const request = { users: [ana, ben], numbers: ['1'] };
      const { changed, standing } = await client.blockhouse.block(request, { onProgress });
      return {
        progress,
        changed: changed.map(({ user }) => user),
        standing: standing.map(({ user }) => user),
      };
    },
    expected: { progress: [1, 2], changed: [ana], standing: [ben] },
  },
  {
    name: 'who is on the list',
    prepare: { write: [ana], block: [ana] },
    answers: [
      { body: { data: [row(ana)], paging: { cursors } } },
      { body: { data: [row(ana)], paging: { cursors } } },
      { body: { data: [] } },
    ],
    act: async (client) => [await client.isBlocked(ana), ...(await client.areBlocked([ben, ana]))],
    expected: [true, false, true],
  },
  {
    name: '139102 is an error of its own',
    prepare: { fault: { operation: 'list', code: 139102, times: 1 } },
    answers: [
      {
        status: 400,
        body: {
          messaging_product: 'whatsapp',
          error: {
            message: '(#139102) Blocklist concurrent update',
            type: 'OAuthException',
            code: 139102,
            error_data: { details: 'Blocklist was updated during retrieval - retry with offset 0' },
          },
        },
      },
    ],
    act: (client) => failureOf(client.list()),
    expected: { name: 'ListChangedError', code: 139102, status: 400 },
  },
  {
    name: '139102 on the way, and a restart',
    prepare: { write: [ana, ben], block: [ana, ben], fault: { operation: 'list', code: 139102, times: 1 } },
    answers: [
      {
        status: 400,
        body: { messaging_product: 'whatsapp', error: { code: 139102, message: '(#139102) …' } },
      },
      { body: { data: [row(ana), row(ben)], paging: { cursors } } },
      { body: { data: [] } },
    ],
    act: async (client) => {
      const users: (string | null)[] = [];
      for await (const { waId } of client.listAll({ onConflict: 'restart' })) users.push(waId);
      return users;
    },
    expected: [ana.slice(1), ben.slice(1)],
  },
  {
    name: 'a fault that passes is retried',
    prepare: { write: [ana], fault: { operation: 'block', code: 139103, times: 1 } },
    answers: [
      failure(500, { message: '(#139103) Internal error', code: 139103, is_transient: true }),
      { body: of({ added_users: added(ana), failed_users: [refusedBen] }, mixedError) },
    ],
    act: block,
    expected: oneOfTwo,
  },
  {
    name: 'a rate limit with a hint is waited for',
    prepare: { write: [ana], fault: { operation: 'block', code: 130429, times: 1 } },
    answers: [
      failure(429, { message: '(#130429) Rate limit hit', code: 130429 }, { 'retry-after': '1' }),
      { body: of({ added_users: added(ana), failed_users: [refusedBen] }, mixedError) },
    ],
    act: block,
    expected: oneOfTwo,
  },
  fails(
    'an internal error',
    failure(500, { message: '(#139103) Internal error', code: 139103 }),
    ambiguous('ServerError', 139103, 500),
    { fault: { operation: 'block', code: 139103, times: 1 } },
  ),
  fails(
    'a rate limit',
    failure(429, { message: '(#130429) Rate limit hit', code: 130429 }),
    { name: 'RateLimitError', code: 130429, status: 429 },
    { fault: { operation: 'block', code: 130429, times: 1 } },
  ),
  fails('a rate limit with 400', failure(400, { code: 130429 }), {
    name: 'RateLimitError',
    code: 130429,
    status: 400,
  }),
  fails(
    'a bad token',
    failure(401, { message: 'Invalid OAuth access token - Cannot parse access token', code: 190 }),
    { name: 'AuthenticationError', code: 190, status: 401 },
    { fault: { operation: 'block', code: 190, times: 1 } },
  ),
  fails(
    'an expired token',
    failure(401, { message: 'Error validating access token', code: 190, error_subcode: 463 }),
    {
      name: 'AuthenticationError',
      code: 190,
      status: 401,
    },
  ),
  fails(
    'a lost permission',
    failure(403, { message: '(#10) Application does not have permission for this action', code: 10 }),
    { name: 'PermissionError', code: 10, status: 403 },
    { fault: { operation: 'block', code: 10, times: 1 } },
  ),
  fails(
    'a number that is not there',
    failure(400, {
      message: 'Unsupported post request.',
      type: 'GraphMethodException',
      code: 100,
      error_subcode: 33,
    }),
    { name: 'NotFoundError', code: 100, status: 400 },
  ),
  fails(
    'a missing parameter',
    failure(400, { message: '(#100) The parameter messaging_product is required.', code: 100 }),
    {
      name: 'BlockhouseError',
      code: 100,
      status: 400,
    },
  ),
  fails(
    '139103 inside a 200',
    { body: { error: { code: 139103, message: 'x' } } },
    ambiguous('ServerError', 139103, 200),
  ),
  fails('a proxy with HTML and 502', { status: 502, body: html }, ambiguous('ServerError', null, 502)),
  fails('HTML with 200', { body: html }, ambiguous('UnexpectedResponseError', null, 200)),
  fails(
    'truncated JSON',
    { body: '{"messaging_product":"whatsapp","block_users":{"added_us' },
    ambiguous('UnexpectedResponseError', null, 200),
  ),
  fails('an empty body', { body: '' }, ambiguous('UnexpectedResponseError', null, 200)),
  fails(
    'JSON of another shape',
    { body: { success: true } },
    ambiguous('UnexpectedResponseError', null, 200),
  ),
  fails(
    'an answer that is silent about the user',
    { body: of({ added_users: [] }) },
    ambiguous(null, null, null),
  ),
];

/** Blockhouse's own calls take nothing for a success but what says so. */
for (const [what, answer] of [
  ['a page', { status: 404, body: html }],
  ['JSON with 404', { status: 404, body: { message: 'Not Found' } }],
  ['JSON with 500', { status: 500, body: { message: 'Internal' } }],
  ['an empty object', { body: {} }],
  ['an empty list', { body: [] }],
] as const) {
  scenarios.push({
    name: `${what} is no success of Blockhouse's own calls`,
    answers: [answer],
    act: async ({ blockhouse }) => {
      const results = [
        blockhouse.numbers.list({ retries: 0 }),
        blockhouse.keys.revoke('key_1', { retries: 0 }),
        blockhouse.keys.create({ name: 'x', role: 'app', numbers: ['*'] }),
        blockhouse.sandbox.sendMessage('1', 'hi'),
        blockhouse.sandbox.advanceClock('1h'),
      ];
      return (await Promise.allSettled(results)).map(({ status }) => status);
    },
    expected: Array(5).fill('rejected'),
  });
}

/** Runs one scenario by its name: how a browser is told which. */
export async function play(name: string, client: BlockUsersClient): Promise<unknown> {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario "${name}"`);
  return await scenario.act(client);
}
