import {
  accountCodes,
  type GraphError,
  isPermissionCode,
  type PlatformProblem,
  platformProblems,
  rateCodes,
  tokenCodes,
} from './wire/index.ts';

/** The fields of a failed request. */
export interface Failure {
  readonly method: string;
  /** Without the query, which may contain a token. */
  readonly path: string;
  /** The HTTP status; null if there was no response. */
  readonly status: number | null;
  /** Graph's error object; null if the response has none. */
  readonly error: Partial<GraphError> | null;
  /** The body of the response, parsed if it is JSON. */
  readonly body: unknown;
  /** The time of `Retry-After`, in milliseconds; null if the response has none. */
  readonly retryAfterMs: number | null;
  /** The problem between Blockhouse and Meta, if the server names one. */
  readonly platformProblem?: PlatformProblem | null;
}

/**
 * The base class of all errors of the SDK, except `TypeError`s for wrong arguments. The message contains the
 * method, path, status, code, and text of the error. It never contains a token.
 */
export class BlockhouseError extends Error {
  override readonly name: string = 'BlockhouseError';
  /** Graph's error code; null if there was no response in Graph's format. */
  readonly code: number | null;
  /** The HTTP status; null if there was no response. */
  readonly status: number | null;
  /** `fbtrace_id`, which identifies the request to the operator of the server. */
  readonly traceId: string | null;
  /** The body of the response, parsed if it is JSON; undefined if there was no response. */
  readonly body: unknown;
  /**
   * The problem between a Blockhouse server and Meta, if Meta refused the server and not you: the token that
   * Blockhouse has, its permissions, or the account. Your own key is valid in this case. Null for every other
   * error.
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

  /**
   * The person who has to act at Meta or at the server, and the action; null if the error concerns your key
   * or request.
   */
  get advice(): string | null {
    if (this.platformProblem !== null) return platformProblems[this.platformProblem];
    return accountCodes.includes(this.code ?? 0) ? platformProblems.account : null;
  }
}

/**
 * The token is missing, wrong, or expired (102, 104, 190, status 401). If `platformProblem` is set, it is the
 * token that a Blockhouse server has for Meta, and not yours.
 */
export class AuthenticationError extends BlockhouseError {
  override readonly name = 'AuthenticationError';
}

/**
 * The token does not allow the call (10, 200 to 299, 131005, status 403). If `platformProblem` is set, it is
 * the token that a Blockhouse server has for Meta, and not yours.
 */
export class PermissionError extends BlockhouseError {
  override readonly name = 'PermissionError';
}

/**
 * Meta has restricted the business account (368, 131031). Another token does not help. `advice` says what to
 * do.
 */
export class AccountRestrictedError extends BlockhouseError {
  override readonly name = 'AccountRestrictedError';
}

/**
 * The phone number ID or the path does not exist, or the token does not open the number (100 with subcode 33,
 * 803, 2500).
 */
export class NotFoundError extends BlockhouseError {
  override readonly name = 'NotFoundError';
}

/** The blocklist changed between two pages (139102). Start again without a cursor. */
export class ListChangedError extends BlockhouseError {
  override readonly name = 'ListChangedError';
}

/** Too many requests (4, 17, 613, 80007, 80008, 130429, 131056, status 429), after all retries. */
export class RateLimitError extends BlockhouseError {
  override readonly name = 'RateLimitError';
  /** The wait that the server asks for, in milliseconds; null if it does not say. */
  readonly retryAfterMs: number | null;

  constructor(message: string, options: { failure: Failure }) {
    super(message, options);
    this.retryAfterMs = options.failure.retryAfterMs;
  }
}

/**
 * One request has more users than the server accepts (130429 for the size, or a provider's 100). Nothing was
 * applied, and the same request cannot succeed. Set `batchSize` to the limit of the server.
 */
export class TooManyUsersError extends BlockhouseError {
  override readonly name = 'TooManyUsersError';
}

/** The server failed (1, 2, 139103, status 5xx), after all retries. A change may have been applied. */
export class ServerError extends BlockhouseError {
  override readonly name = 'ServerError';
}

/** The server could not be reached, or the connection broke. A change may have been applied. */
export class ConnectionError extends BlockhouseError {
  override readonly name = 'ConnectionError';
}

/** The server did not respond in time. A change may have been applied. */
export class TimeoutError extends BlockhouseError {
  override readonly name = 'TimeoutError';
}

/** The response is HTML, incomplete JSON, or JSON of another form. A change may have been applied. */
export class UnexpectedResponseError extends BlockhouseError {
  override readonly name = 'UnexpectedResponseError';
}

const serverCodes: readonly number[] = [1, 2, 139103];

/** The error for a failed request. */
export function errorOf(failure: Failure): BlockhouseError {
  const { method, path, status, error } = failure;
  if (error === null) {
    const message = `${method} ${path}: status ${status} with a body that is not the API's`;
    const options = { failure };
    return status !== null && status >= 500
      ? new ServerError(message, options)
      : new UnexpectedResponseError(message, options);
  }
  const { code = 0, message: text = 'no message', error_data: data, error_subcode: subcode } = error;
  const details = data?.details === undefined ? '' : ` (${data.details})`;
  const message = `${method} ${path}: status ${status}, code ${code}: ${text}${details}`;
  if (isTooManyUsers(code, `${text} ${data?.details}`))
    return new TooManyUsersError(`${message}; set batchSize to what the server takes`, { failure });
  const Kind = kindOf(code, subcode, status);
  return new Kind(message, { failure });
}

/** Meta has one code for too many requests and for too many users in a request. Only the text differs. */
function isTooManyUsers(code: number, text: string): boolean {
  if (code === 130429) return /in the request itself/i.test(text) && !/period of time/i.test(text);
  return code === 100 && /more than \d+ users in one request/i.test(text);
}

/**
 * A known code takes precedence over the status, because a gateway may use a status of its own for Meta's
 * error.
 */
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
