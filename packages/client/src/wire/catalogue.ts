/**
 * Every error of the API: code, text, type, and status. The server, the SDK, the panel, and the documentation
 * read this table.
 *
 * Sources: Meta's "Block users" page (139100–139103, 130429, 131021, 131047), the general error codes page
 * (10, 100, 190, 130403), captures of live answers (104, 2500, 100/33). Where Meta publishes no status,
 * Graph's convention stands: 429 for limits, 403 for permissions, 500 for faults, 400 for the rest.
 */
import type { ErrorType } from './types.ts';

/** The texts of one error. */
export interface CatalogueEntry {
  readonly code: number;
  readonly subcode?: number;
  readonly status: number;
  readonly type: ErrorType;
  /** Meta's title. The message of a response is `(#code) title` unless {@link plain} is set. */
  readonly title: string;
  /** The message is the title alone, without the code. */
  readonly plain?: true;
  /** The default of `error_data.details`. */
  readonly details?: string;
  /** `error_data` also contains `messaging_product`, as on the messages endpoint. */
  readonly detailsNameProduct?: true;
  /** The same request may succeed later. */
  readonly transient?: true;
  /** The meaning, and what to do, in plain English. */
  readonly explanation: string;
}

const oauth = { type: 'OAuthException' } as const;

/** Errors of a whole request. */
export const requestErrors = {
  permission: {
    ...oauth,
    code: 10,
    status: 403,
    title: 'Application does not have permission for this action',
    explanation:
      'The key is valid, but its role does not allow this call. Use a key with the role that the message names.',
  },
  invalid: {
    ...oauth,
    code: 100,
    status: 400,
    title: 'Invalid parameter',
    explanation: 'A parameter of the request is not valid. The message names it. Nothing was applied.',
  },
  unknownObject: {
    type: 'GraphMethodException',
    code: 100,
    subcode: 33,
    status: 400,
    title: 'Unsupported request. Object does not exist',
    plain: true,
    explanation:
      'The phone number ID does not exist, the key does not include it, or the path does not support the method.',
  },
  expiredToken: {
    ...oauth,
    code: 190,
    subcode: 463,
    status: 401,
    title: 'Error validating access token: Session has expired',
    plain: true,
    explanation: 'The key has expired. Ask an administrator for a new one.',
  },
  noToken: {
    ...oauth,
    code: 104,
    status: 401,
    title: 'An access token is required to request this resource.',
    plain: true,
    explanation:
      'Send the key in the header "Authorization: Bearer …" or "X-API-Key", or in the parameter access_token.',
  },
  badToken: {
    ...oauth,
    code: 190,
    status: 401,
    title: 'Invalid OAuth access token - Cannot parse access token',
    plain: true,
    explanation:
      'The key is mistyped, revoked, expired, or from another server. Ask an administrator for a new one.',
  },
  unknownPath: {
    ...oauth,
    code: 2500,
    status: 400,
    title: 'Unknown path components',
    plain: true,
    explanation: 'The path or the API version does not exist. The message names it.',
  },
  rateLimit: {
    ...oauth,
    code: 130429,
    status: 429,
    title: 'Rate limit hit',
    details: 'Too many requests were made over a short period of time',
    transient: true,
    explanation:
      'The key sent too many requests in a short time. Wait for the time in Retry-After, then try again.',
  },
  tooManyUsers: {
    ...oauth,
    code: 130429,
    status: 429,
    title: 'Rate limit hit',
    details: 'Too many numbers are in the request itself',
    explanation:
      'A request can contain at most 1,000 users. Nothing was applied. Split the list into smaller requests.',
  },
  blocked: {
    ...oauth,
    code: 130403,
    status: 400,
    title: 'Unable to deliver the message. This business has blocked the end user on WhatsApp',
    details: 'Unable to deliver the message. This business has blocked the end user on WhatsApp',
    detailsNameProduct: true,
    explanation:
      'You have blocked this user on this number. Do not retry. To write to the user, unblock them first.',
  },
  blockedAtProvider: {
    ...oauth,
    code: 131048,
    status: 400,
    title: 'User is blocked',
    explanation:
      "You have blocked this user on this number. This is error 130403 in the provider's format. Do not retry. To write to the user, unblock them first.",
  },
  selfSend: {
    ...oauth,
    code: 131021,
    status: 400,
    title: 'Recipient cannot be sender',
    details: 'Recipient cannot be sender',
    detailsNameProduct: true,
    explanation: 'The message is addressed to the business number itself. Send it to another recipient.',
  },
  someRefused: {
    ...oauth,
    code: 139100,
    status: 400,
    title: 'Failed to block/unblock users',
    details: 'Failed to block some users, see the block_users response list for details',
    explanation:
      'Some users were refused. Each entry of failed_users contains the reason. All other users were processed.',
  },
  listChanged: {
    ...oauth,
    code: 139102,
    status: 400,
    title: 'Blocklist concurrent update',
    details: 'Blocklist was updated during retrieval - retry with offset 0',
    explanation: 'The blocklist changed after you read the previous page. Start again without a cursor.',
  },
  notReached: {
    ...oauth,
    code: 2,
    status: 503,
    title: 'Service temporarily unavailable',
    transient: true,
    explanation: 'The gateway could not reach Meta. Nothing was done. Try again later.',
  },
  noAnswer: {
    ...oauth,
    code: 2,
    status: 504,
    title: 'Service temporarily unavailable',
    transient: true,
    explanation:
      'Meta did not answer the gateway in time. The request only reads, so you can safely repeat it.',
  },
  outcomeUnknown: {
    ...oauth,
    code: 1,
    status: 504,
    title: 'An unknown error occurred',
    explanation:
      'Meta did not answer the gateway, so the request may have been carried out. Check the result before you repeat the request.',
  },
  internal: {
    ...oauth,
    code: 139103,
    status: 500,
    title: 'Internal error',
    details: 'Internal error, please try again.',
    transient: true,
    explanation:
      'The server failed. You can safely repeat requests to block and unblock. If the error returns, check the log of the server.',
  },
} as const satisfies Record<string, CatalogueEntry>;

/** The name of an error of a whole request. */
export type RequestErrorName = keyof typeof requestErrors;

/** The texts of the refusal of one user. Its message contains no code, as in Meta's sample. */
export interface RefusalEntry {
  readonly code: number;
  readonly message: string;
  readonly details: string;
  readonly explanation: string;
  /** The explanation when unblocking, if it differs. */
  readonly explanationWhenUnblocking?: string;
}

const unblockAgain =
  'The user was not unblocked. Meta gave a reason that applies only to blocking. Check whether the user is still on the list, and try again.';

/** The refusals of single users, by reason. */
export const refusals = {
  invalid_format: {
    code: 131047,
    message: 'Re-engagement required',
    details: 'The user is not in the form of a phone number, wa_id or user ID',
    explanation:
      'This is not a phone number, wa_id, or user ID. Write the phone number with + and its country calling code, such as +5511987654321.',
  },
  not_a_user: {
    code: 131047,
    message: 'Re-engagement required',
    details: 'The number is not a valid WhatsApp user',
    explanation: 'No WhatsApp account has this number or ID. Check it for typing errors.',
  },
  self: {
    code: 131021,
    message: 'Self block',
    details: 'Cannot block your own phone number',
    explanation: 'This is the business number itself. Remove it from the list.',
  },
  business: {
    code: 131047,
    message: 'Re-engagement required',
    details: 'The user is a WhatsApp Business account, which cannot be blocked',
    explanation: 'WhatsApp does not let a business block another business account.',
    explanationWhenUnblocking:
      'This is a WhatsApp Business account, which cannot be on a blocklist. You do not have to unblock it.',
  },
  window_closed: {
    code: 131047,
    message: 'Re-engagement required',
    details: 'User has not messaged in the last 24 hours',
    explanation:
      'You can block only users who wrote to this number within the last 24 hours. Block the user after their next message.',
    explanationWhenUnblocking: unblockAgain,
  },
  list_full: {
    code: 139101,
    message: 'Blocklist limit reached',
    details: 'The blocklist has reached its 64,000 user limit.',
    explanation: 'This number has 64,000 blocked users, which is the limit. Unblock a user to make room.',
    explanationWhenUnblocking: unblockAgain,
  },
} as const satisfies Record<string, RefusalEntry>;

/** The reason why a single user was refused. */
export type RefusalName = keyof typeof refusals;

/** The meaning of a refusal, and what to do, which depends on the operation. */
export function explainRefusal(reason: RefusalName, operation: 'block' | 'unblock'): string {
  const { explanation, explanationWhenUnblocking }: RefusalEntry = refusals[reason];
  return operation === 'unblock' ? (explanationWhenUnblocking ?? explanation) : explanation;
}

/** `error_data.details` of 139100 when unblocking. */
export const someNotUnblocked = 'Failed to unblock some users, see the block_users response list for details';

/** The versions of the Graph API that a path may name. The Cloud API begins with v13.0. */
export const versions = { oldestMajor: 13, latest: 'v25.0', newestMajor: 49 } as const;

/** The texts of a message that was accepted and then failed, in a status webhook. */
export interface StatusErrorEntry {
  readonly code: number;
  readonly title: string;
  readonly details: string;
  readonly explanation: string;
}

/** Errors of messages that were accepted, by reason. */
export const statusErrors = {
  window_closed: {
    code: 131047,
    title: 'Re-engagement message',
    details:
      'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
    explanation: 'The customer service window is closed. Send a template, or wait until the user writes.',
  },
  undeliverable: {
    code: 131026,
    title: 'Message undeliverable',
    details: 'Message Undeliverable.',
    explanation: 'The number is not on WhatsApp or cannot be reached.',
  },
} as const satisfies Record<string, StatusErrorEntry>;
