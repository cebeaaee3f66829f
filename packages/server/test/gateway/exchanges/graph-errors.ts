import type { FakeAnswer } from '../fake-meta.ts';

/** An error as Graph documents it. */
export interface DocumentedError {
  readonly status: number;
  readonly error: Readonly<Record<string, unknown>> & { readonly code: number; readonly message: string };
}

const cloudApi = (status: number, code: number, title: string, details: string): DocumentedError => ({
  status,
  error: {
    message: `(#${code}) ${title}`,
    type: 'OAuthException',
    code,
    error_data: { messaging_product: 'whatsapp', details },
  },
});

/** Errors about the token and its permissions (Meta, "Error codes"; the examples of its OpenAPI). */
export const tokenErrors: readonly DocumentedError[] = [
  {
    status: 401,
    error: {
      message: 'Error validating access token: Session has expired on Friday, 01-Aug-25 10:00:00 PDT.',
      type: 'OAuthException',
      code: 190,
      error_subcode: 463,
    },
  },
  {
    status: 403,
    error: { message: '(#10) Application does not have permission', type: 'OAuthException', code: 10 },
  },
  {
    status: 403,
    error: {
      message: '(#200) You do not have the necessary permissions',
      type: 'OAuthException',
      code: 200,
      error_subcode: 1349174,
      error_user_title: 'Berechtigung fehlt',
      error_user_msg: 'Bitte füge die Berechtigung „whatsapp_business_messaging“ hinzu.',
    },
  },
];

/** Errors of a request, its recipient or its account: a retry does not help. */
export const definiteErrors: readonly DocumentedError[] = [
  {
    status: 400,
    error: {
      message: '(#100) Invalid parameter',
      type: 'OAuthException',
      code: 100,
      error_subcode: 2388093,
      is_transient: false,
      error_user_title: 'Nome inválido',
      error_user_msg: 'O nome só pode ter letras/números — «olá» não serve.',
      error_data: { blame_field_specs: [['name']], big: '#raw:12345678901234567890#', share: '#raw:1.10#' },
    },
  },
  {
    status: 404,
    error: {
      message: '(#803) Some of the aliases you requested do not exist: a/b',
      type: 'GraphMethodException',
      code: 803,
    },
  },
  {
    status: 422,
    error: { message: '(#100) Param text must be a string', type: 'OAuthException', code: 100 },
  },
  { status: 400, error: { message: '(#33) Parameter value is not valid', type: 'OAuthException', code: 33 } },
  { status: 400, error: { message: '(#3) Unknown method', type: 'OAuthException', code: 3 } },
  {
    status: 403,
    error: { message: 'Temporarily blocked for policies violations', type: 'OAuthException', code: 368 },
  },
  cloudApi(403, 130497, 'Business account is restricted from messaging users in this country', 'Restricted'),
  cloudApi(403, 131005, 'Access denied', 'The permission is not granted or was removed'),
  cloudApi(400, 131008, 'Required parameter is missing', 'The parameter text["body"] is required'),
  cloudApi(400, 131009, 'Parameter value is not valid', 'Values: <a> & </b> "é" \u2028'),
  cloudApi(400, 131021, 'Recipient cannot be sender', 'Sender and recipient are the same'),
  cloudApi(400, 131026, 'Message undeliverable', 'Message Undeliverable.'),
  cloudApi(403, 131031, 'Account has been locked', 'The account was restricted or disabled'),
  cloudApi(
    400,
    131042,
    'Business eligibility payment issue',
    'See https://business.facebook.com/billing?x=1&y=2',
  ),
  cloudApi(400, 131045, 'Incorrect certificate', 'Message failed: the number is not registered'),
  cloudApi(400, 131047, 'Re-engagement message', 'More than 24 hours have passed'),
  cloudApi(400, 131051, 'Unsupported message type', 'Message type is not currently supported'),
  cloudApi(400, 131052, 'Media download error', 'Unable to download the media https://example.com/a?b=%20c'),
  cloudApi(400, 131053, 'Media upload error', 'Unable to upload: mime type "application/x-foo"'),
  cloudApi(
    400,
    132000,
    'Number of parameters does not match the expected number of params',
    'body: 2 (expected 3)',
  ),
  cloudApi(
    404,
    132001,
    'Template name does not exist in the translation',
    'template (grüße) does not exist in de_DE',
  ),
  cloudApi(400, 132005, 'Translated text too long', 'Text too long'),
  cloudApi(400, 132012, 'Parameter format does not match', 'Format mismatch, expected TEXT'),
  cloudApi(400, 132015, 'Template is paused', 'Template is paused due to low quality'),
  cloudApi(
    404,
    133010,
    'Phone number not registered',
    'Number not registered on the WhatsApp Business Platform',
  ),
  cloudApi(400, 133006, 'Phone number needs to be verified', 'Verify it'),
  cloudApi(400, 135000, 'Generic user error', '…'),
];

/** Errors of the platform itself: the request may be retried. */
export const transientErrors: readonly DocumentedError[] = [
  { status: 500, error: { message: 'An unknown error occurred', type: 'OAuthException', code: 1 } },
  {
    status: 503,
    error: {
      message: 'Service temporarily unavailable',
      type: 'OAuthException',
      code: 2,
      is_transient: true,
    },
  },
  cloudApi(500, 131000, 'Something went wrong', 'Unknown error'),
  cloudApi(503, 131016, 'Service unavailable', 'A service is temporarily unavailable'),
  cloudApi(500, 133004, 'Server temporarily unavailable', 'Try again'),
];

/** Errors about limits. */
export const rateErrors: readonly DocumentedError[] = [
  {
    status: 429,
    error: {
      message: '(#4) Application request limit reached',
      type: 'OAuthException',
      code: 4,
      error_subcode: 2446079,
      is_transient: true,
    },
  },
  {
    status: 400,
    error: {
      message: '(#80007) There have been too many calls to this WhatsApp Business account.',
      type: 'OAuthException',
      code: 80007,
    },
  },
  cloudApi(429, 130429, 'Rate limit hit', 'Cloud API message throughput has been reached.'),
  cloudApi(429, 131048, 'Spam rate limit hit', 'Message failed to send'),
  cloudApi(429, 131056, '(Business Account, Consumer Account) pair rate limit hit', 'Too many messages'),
];

/** Pages that are not Graph's own. */
export const pages: readonly FakeAnswer[] = [
  {
    status: 502,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<!doctype html><title>Sorry – something went wrong.</title>',
  },
  { status: 500, headers: { 'content-type': 'text/html' }, body: '<html><body>é\u0000</body></html>' },
  { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>captive</html>' },
];
