import {
  accountCodes,
  type GraphError,
  isPermissionCode,
  type PlatformProblem,
  platformProblems,
  rateCodes,
  tokenCodes,
} from './wire/index.ts';

/** The details of a failed request. */
export interface Failure {
  readonly method: string;
  /** Without the query: it may hold a token. */
  readonly path: string;
  readonly status: number | null;
  readonly error: Partial<GraphError> | null;
  /** The body as it came, parsed if it was JSON. */
  readonly body: unknown;
  readonly retryAfterMs: number | null;
  /** The problem between Blockhouse and Meta, if the server states one. */
  readonly platformProblem?: PlatformProblem | null;
}

/**
 * Everything this client throws, programming mistakes aside. Its message says method, path, status, code and words, and
 * suffices alone. No token is ever in it.
 */
export class BlockhouseError extends Error {
  override readonly name: string = 'BlockhouseError';
  /** Graph's code, or null when there was no answer in Graph's form. */
  readonly code: number | null;
  /** The HTTP status, or null when there was no answer. */
  readonly status: number | null;
  /** `fbtrace_id`: what to quote to whoever runs the server. */
  readonly traceId: string | null;
  readonly body: unknown;
  /**
   * The problem between a Blockhouse server and Meta, if Meta has refused the server and not you: the token that
   * Blockhouse has, its permissions, or the account. Your own key is then fine. Null for every other error, and for a
   * server other than Blockhouse.
   */
  readonly platformProblem: PlatformProblem | null;

  constructor(message: string, options: { failure?: Failure; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    const { failure } = options;
    const cause = options.cause instanceof BlockhouseError ? options.cause : null;
    this.code = failure?.error?.code ?? cause?.code ?? null;
    this.status = failure?.status ?? cause?.status ?? null;
    this.traceId = failure?.error?.fbtrace_id ?? cause?.traceId ?? null;
    this.body = failure?.body ?? cause?.body;
    this.platformProblem = failure?.platformProblem ?? cause?.platformProblem ?? null;
  }

  /** The person who has to act at Meta or at the server, and the action; null: the error is not about them. */
  get advice(): string | null {
    if (this.platformProblem !== null) return platformProblems[this.platformProblem];
    return accountCodes.includes(this.code ?? 0) ? platformProblems.account : null;
  }
}

/**
 * No token, a wrong or an expired one (102, 104, 190, status 401). `platformProblem` says whether it is the token that a Blockhouse
 * server holds for Meta, and not yours.
 */
export class AuthenticationError extends BlockhouseError {
  override readonly name = 'AuthenticationError';
}

/** The token may not do this (10, 200–299, 131005, status 403). `platformProblem` says whose token it is. */
export class PermissionError extends BlockhouseError {
  override readonly name = 'PermissionError';
}

/** Meta has restricted the business account (368, 131031). Another token changes nothing; `advice` says what to do. */
export class AccountRestrictedError extends BlockhouseError {
  override readonly name = 'AccountRestrictedError';
}

/** No such phone number ID, or not for this token, or no such path (100 / 33, 2500). */
export class NotFoundError extends BlockhouseError {
  override readonly name = 'NotFoundError';
}

/** The blocklist changed while it was paged through (139102): start again without a cursor. */
export class ListChangedError extends BlockhouseError {
  override readonly name = 'ListChangedError';
}

/** Too many requests (4, 17, 613, 80007, 80008, 130429, 131056, status 429), after all retries. */
export class RateLimitError extends BlockhouseError {
  override readonly name = 'RateLimitError';
  /** How long the server asks to wait, or null when it does not say. */
  readonly retryAfterMs: number | null;

  constructor(message: string, options: { failure: Failure }) {
    super(message, options);
    this.retryAfterMs = options.failure.retryAfterMs;
  }
}

/**
 * One request named more users than the server takes (130429 for the size, or the provider's 100). Nothing was applied, and
 * the same request will not succeed: set `batchSize` to what the server takes.
 */
export class TooManyUsersError extends BlockhouseError {
  override readonly name = 'TooManyUsersError';
}

/** A fault on the server (139103, status 5xx), after all retries. Whether a change was applied is not known. */
export class ServerError extends BlockhouseError {
  override readonly name = 'ServerError';
}

/** The server could not be reached or disconnected. Whether a change was applied is not known. */
export class ConnectionError extends BlockhouseError {
  override readonly name = 'ConnectionError';
}

/** No answer in time. Whether a change was applied is not known. */
export class TimeoutError extends BlockhouseError {
  override readonly name = 'TimeoutError';
}

/** An answer that is not the API's: HTML, truncated JSON, another shape. Whether a change was applied is not known. */
export class UnexpectedAnswerError extends BlockhouseError {
  override readonly name = 'UnexpectedAnswerError';
}

const serverCodes: readonly number[] = [1, 2, 139103];

/** The one place where an answer becomes an exception. */
export function errorOf(failure: Failure): BlockhouseError {
  const { method, path, status, error } = failure;
  if (error === null) {
    const message = `${method} ${path}: status ${status} with a body that is not the API's`;
    const options = { failure };
    return status !== null && status >= 500
      ? new ServerError(message, options)
      : new UnexpectedAnswerError(message, options);
  }
  const { code = 0, message: said = 'no message', error_data: data, error_subcode: subcode } = error;
  const details = data?.details === undefined ? '' : ` (${data.details})`;
  const message = `${method} ${path}: status ${status}, code ${code}: ${said}${details}`;
  if (isTooManyUsers(code, `${said} ${data?.details}`))
    return new TooManyUsersError(`${message}; set batchSize to what the server takes`, { failure });
  const Kind = kindOf(code, subcode, status);
  return new Kind(message, { failure });
}

/** Meta has one code for too many requests and too many users in a request; the words tell them apart. */
function isTooManyUsers(code: number, words: string): boolean {
  if (code === 130429) return /in the request itself/i.test(words) && !/period of time/i.test(words);
  return code === 100 && /more than \d+ users in one request/i.test(words);
}

/** The code decides, where it is known. A gateway may answer Meta's error with a status of its own. */
function kindOf(code: number, subcode: number | undefined, status: number | null) {
  if (code === 139102) return ListChangedError;
  if (tokenCodes.includes(code)) return AuthenticationError;
  if (rateCodes.includes(code)) return RateLimitError;
  if (accountCodes.includes(code)) return AccountRestrictedError;
  if (isPermissionCode(code)) return PermissionError;
  if (code === 2500 || code === 803 || (code === 100 && subcode === 33)) return NotFoundError;
  if (serverCodes.includes(code)) return ServerError;
  if (status === 401) return AuthenticationError;
  if (status === 403) return PermissionError;
  if (status === 429) return RateLimitError;
  return status !== null && status >= 500 ? ServerError : BlockhouseError;
}
