import { graphError, unknownNumber } from '../bodies.ts';
import type { Given, Scenario, ScenarioRequest } from '../scenario.ts';

/** One thing wrong with a request, and what is answered when nothing before it is wrong. */
interface Defect {
  readonly name: string;
  readonly given?: readonly Given[];
  readonly spoil: (request: ScenarioRequest) => ScenarioRequest;
  readonly expect: Scenario['expect'];
}

const otherPath = (request: ScenarioRequest, from: string, to: string) => ({
  ...request,
  path: request.path.replace(from, to),
});
const otherBody = (request: ScenarioRequest, change: (body: Record<string, unknown>) => unknown) =>
  typeof request.body === 'string' ? request : { ...request, body: change({ ...(request.body as object) }) };
const badRequest = (message: string) => ({ status: 400, body: graphError(`(#100) ${message}`, 100) });

const noToken: Defect = {
  name: 'no token',
  spoil: (request) => ({ ...request, token: 'none' }),
  expect: {
    status: 401,
    body: graphError('An access token is required to request this resource.', 104),
    headers: { 'www-authenticate': '^OAuth "Facebook Platform" "invalid_request"' },
  },
};

const wrongToken: Defect = {
  name: 'a wrong token',
  spoil: (request) => ({ ...request, token: 'wrong' }),
  expect: {
    status: 401,
    body: graphError('Invalid OAuth access token - Cannot parse access token', 190),
    headers: { 'www-authenticate': '^OAuth "Facebook Platform" "invalid_token"' },
  },
};

const unknownVersion = (path: string): Defect => ({
  name: 'an unknown version',
  spoil: (request) => otherPath(request, 'v25.0', 'v99.0'),
  // A number that is wrong as well is in the path that is named.
  expect: { status: 400, body: graphError(`Unknown path components: <path>${path}`, 2500) },
});

const unknownNumberDefect: Defect = {
  name: 'an unknown number',
  spoil: (request) => otherPath(request, '{number}', '1'),
  expect: { status: 400, body: unknownNumber('post', '1') },
};

const numberOfOthers: Defect = {
  name: "a number that is not this key's",
  spoil: (request) => ({ ...request, token: 'of another number' }),
  expect: { status: 400, body: unknownNumber('post', '{number}') },
};

const rate: Defect = {
  name: 'too many requests',
  given: [{ freeze: true }, { exhaustRate: true }],
  spoil: (request) => request,
  expect: {
    status: 429,
    body: graphError('(#130429) Rate limit hit', 130429, {
      error_data: { details: 'Too many requests were made over a short period of time' },
      is_transient: true,
    }),
    headers: { 'retry-after': '^[1-9]\\d*$' },
  },
};

const noJson: Defect = {
  name: 'no JSON',
  spoil: (request) => ({ ...request, body: '{' }),
  expect: badRequest('The body is not valid JSON.'),
};

const noProduct: Defect = {
  name: 'no messaging_product',
  spoil: (request) => otherBody(request, ({ messaging_product: _, ...rest }) => rest),
  expect: badRequest('The parameter messaging_product is required.'),
};

const permission: Defect = {
  name: 'a role that may not',
  spoil: (request) => ({ ...request, token: 'agent' }),
  expect: {
    status: 403,
    body: graphError('(#10) Application does not have permission for this action', 10, {
      error_data: {
        details: 'The key "conformance agent" has the role agent; this call needs admin or app.',
      },
    }),
  },
};

const noUsers: Defect = {
  name: 'no block_users',
  spoil: (request) => otherBody(request, ({ block_users: _, ...rest }) => rest),
  expect: badRequest('The parameter block_users is required.'),
};

const tooMany: Defect = {
  name: 'more than 1,000 users',
  spoil: (request) =>
    otherBody(request, (body) => {
      const users = (body['block_users'] as unknown[] | undefined) ?? [];
      const element = users[0] ?? { user: '+16505551234' };
      return 'block_users' in body
        ? { ...body, block_users: Array.from({ length: 1001 }, () => element) }
        : body;
    }),
  expect: {
    status: 429,
    body: graphError('(#130429) Rate limit hit', 130429, {
      error_data: { details: 'Too many numbers are in the request itself: 1001, at most 1000 are accepted' },
    }),
  },
};

const wrongElement: Defect = {
  name: 'an element of the wrong shape',
  spoil: (request) =>
    otherBody(request, (body) =>
      'block_users' in body
        ? { ...body, block_users: (body['block_users'] as unknown[]).map(() => ({ user: 7 })) }
        : body,
    ),
  expect: badRequest('Param block_users[0].user must be a string.'),
};

const parent: Defect = {
  name: 'a parent ID',
  spoil: (request) =>
    otherBody(request, (body) => ({ ...body, block_users: [{ user_id: 'US.ENT.11815799212886834830' }] })),
  expect: badRequest(
    'Param block_users[0].user_id is a parent business-scoped user ID, which cannot be blocked: "US.ENT.11815799212886834830".',
  ),
};

const refused: Defect = {
  name: 'a user who cannot be blocked',
  spoil: (request) => request,
  expect: {
    status: 200,
    body: {
      messaging_product: 'whatsapp',
      block_users: {
        added_users: [],
        failed_users: [
          {
            input: '+16505551234',
            wa_id: '16505551234',
            errors: [
              {
                message: 'Re-engagement required',
                code: 131047,
                error_data: { details: 'User has not messaged in the last 24 hours' },
              },
            ],
          },
        ],
      },
      ...graphError('(#139100) Failed to block/unblock users', 139100, {
        error_data: { details: 'Failed to block some users, see the block_users response list for details' },
      }),
    },
  },
};

/** The documented order for `POST block_users`, and for `POST messages`, where a role can be wrong. */
const orders: readonly { readonly request: ScenarioRequest; readonly defects: readonly Defect[] }[] = [
  {
    request: {
      method: 'POST',
      path: '/v25.0/{number}/block_users',
      body: { messaging_product: 'whatsapp', block_users: [{ user: '+16505551234' }] },
    },
    defects: [
      unknownVersion('/block_users'),
      noToken,
      wrongToken,
      unknownNumberDefect,
      numberOfOthers,
      rate,
      noJson,
      noProduct,
      noUsers,
      tooMany,
      wrongElement,
      parent,
      refused,
    ],
  },
  {
    request: {
      method: 'POST',
      path: '/v25.0/{number}/messages',
      body: { messaging_product: 'whatsapp', to: '+16505551234', type: 'text' },
    },
    defects: [
      unknownVersion('/messages'),
      noToken,
      wrongToken,
      unknownNumberDefect,
      numberOfOthers,
      permission,
      rate,
      noJson,
      noProduct,
    ],
  },
];

/** Two defects of the same part cannot be combined. */
const exclusive: readonly (readonly Defect[])[] = [
  [noToken, wrongToken, numberOfOthers, permission],
  [noUsers, wrongElement, parent],
  [noUsers, tooMany],
  [tooMany, parent],
  [unknownNumberDefect, numberOfOthers],
];

function canMeet(first: Defect, second: Defect): boolean {
  return first === second || !exclusive.some((group) => group.includes(first) && group.includes(second));
}

/** The defect that is checked later is applied first, so that the earlier one has the last word on the request. */
function pair(request: ScenarioRequest, first: Defect, second: Defect): Scenario {
  const spoiled = first.spoil(second.spoil(request));
  const { status, body, ...rest } = first.expect;
  const path = spoiled.path.slice(0, spoiled.path.lastIndexOf('/'));
  return {
    name:
      first === second
        ? `${path} … ${first.name}`
        : `${first.name} answers before ${second.name} (${request.path})`,
    given: [...(first.given ?? []), ...(first === second ? [] : (second.given ?? []))],
    request: spoiled,
    expect: { status, body: JSON.parse(JSON.stringify(body).replace('<path>', path)), ...rest },
  };
}

/** Every pair of defects in one request: the one that stands first in the order is the one that is answered. */
export const orderOfChecks: readonly Scenario[] = orders.flatMap(({ request, defects }) =>
  defects.flatMap((first, index) =>
    defects
      .slice(index)
      .filter((second) => canMeet(first, second))
      .map((second) => pair(request, first, second)),
  ),
);
