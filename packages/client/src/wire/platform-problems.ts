/**
 * The problems between Blockhouse and Meta for one number. Each one has advice: the person who has to act,
 * and the action.
 */
export const platformProblems = {
  token:
    'Meta refuses the token that Blockhouse holds for this number. An administrator of Blockhouse must set a new one: blockhouse numbers token.',
  permission:
    'The token that Blockhouse holds for this number lacks a permission. In the Business settings at Meta, give its system user whatsapp_business_messaging and whatsapp_business_management for this account.',
  number:
    'The token that Blockhouse holds for this number does not open it. Check the phone number ID. In the Business settings at Meta, check that the system user of the token has the account.',
  app_secret:
    "The app demands a proof of its app secret. Set upstream.app_secret to the secret of the token's app. If the app demands no proof, set upstream.send_appsecret_proof to false.",
  account:
    'Meta has restricted the business account. Open Account quality in WhatsApp Manager, and request a review there.',
  rate_limit: 'Meta asks for fewer requests. Blockhouse waits as long as Meta asks. You do not have to act.',
  failing: "Meta answers with server errors. Wait, and check Meta's status page.",
  unreachable:
    "The server cannot reach Meta. Check the server's network, DNS, and clock, and check upstream.base_url.",
} as const satisfies Record<string, string>;

export type PlatformProblem = keyof typeof platformProblems;

/** Codes of a limit that holds for a number, its account or its app. */
const numberRateCodes: readonly number[] = [4, 17, 613, 80007, 80008, 130429];

/**
 * Codes for too many requests: those above, and 131056, which is about messages to one user. 130429 also
 * stands for too many users in one request.
 *
 * Source: Meta, "WhatsApp Cloud API error codes" and "Graph API rate limits".
 */
export const rateCodes: readonly number[] = [...numberRateCodes, 131056];

/**
 * Codes for a business account that Meta has restricted: 368 for violating a policy, 131031 when it is
 * locked.
 */
export const accountCodes: readonly number[] = [368, 131031];

/** Codes for an access token that is missing, malformed, expired or revoked. */
export const tokenCodes: readonly number[] = [102, 104, 190];

/** An error as Graph writes it. No field is certain. */
export interface UncertainError {
  readonly code?: unknown;
  readonly error_subcode?: unknown;
  readonly message?: unknown;
}

/** The problem of the whole number that an error shows; null if the error concerns only one request. */
export function platformProblemIn(error: UncertainError): PlatformProblem | null {
  const { code, error_subcode: subcode, message } = error;
  if (isAboutProof(String(message))) return 'app_secret';
  if (typeof code !== 'number') return null;
  if (isPermissionCode(code)) return 'permission';
  if (code === 100 && subcode === 33) return 'number';
  if (tokenCodes.includes(code)) return 'token';
  if (accountCodes.includes(code)) return 'account';
  return numberRateCodes.includes(code) ? 'rate_limit' : null;
}

/** Whether a code says that a token lacks a permission: 10, 200 to 299, and 131005. */
export function isPermissionCode(code: number): boolean {
  return code === 10 || code === 131005 || (code >= 200 && code < 300);
}

/** Whether a message says that a proof of the app secret is missing or wrong. */
export function isAboutProof(message: string): boolean {
  return message.includes('appsecret_proof');
}

/**
 * The header that marks an error as one between a Blockhouse server and Meta, and not of the caller's key. Its
 * value is a {@link PlatformProblem}. The body of such a response is Meta's own.
 */
export const platformProblemHeader = 'x-blockhouse-platform-problem';

/** Reads the header. @returns null if its value is not a known problem. */
export function readPlatformProblem(text: string | null): PlatformProblem | null {
  return text !== null && Object.hasOwn(platformProblems, text) ? (text as PlatformProblem) : null;
}
