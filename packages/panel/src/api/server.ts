import {
  AmbiguousOutcome,
  Blockhouse,
  BlockhouseError,
  ConnectionError,
  TimeoutError,
} from '@blockhouse/client';
import { t } from '../i18n/messages.ts';
import { setServerTime } from './clock.ts';

/** In an embedded panel, the session's token: kept here and nowhere else. On its own, the panel has a cookie it cannot read. */
let bearer: string | null = null;

/** Called when the server says that nobody is signed in any more. */
let onSignedOut: () => void = () => {};

export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/** The person who is signed in. */
export interface Session {
  readonly key: { readonly id: string; readonly name: string; readonly role: 'admin' | 'agent' | 'app' };
  readonly person: string | null;
  /** The only number, in an embedded panel. */
  readonly number: string | null;
  readonly sandbox: boolean;
  /** The server's time. */
  readonly now: string;
}

/** The server has refused something; the message is for people. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Asks our own server: with the panel's header, by which cookies count, and with no key. */
export const ownFetch: typeof fetch = async (input, init = {}) => {
  const headers = new Headers(init.headers);
  headers.delete('authorization');
  headers.set('x-blockhouse-source', 'panel');
  if (bearer !== null) headers.set('authorization', `Bearer ${bearer}`);
  const response = await fetch(input, { ...init, headers, credentials: 'same-origin' });
  if (response.status === 401) onSignedOut();
  return response;
};

/** Everything the panel does goes through the SDK. Somebody waits in front of it, so it does not try for minutes. */
export const blockhouse = new Blockhouse({
  baseUrl: location.origin,
  token: 'panel',
  source: 'panel',
  fetch: ownFetch,
  timeoutMs: 15_000,
  deadlineMs: 20_000,
  retries: 1,
});

/** The person who is signed in; null: nobody. */
export async function readSession(): Promise<Session | null> {
  const response = await fetch('/blockhouse/v1/session', { headers: own() });
  if (response.status === 401) return null;
  return welcomed((await bodyOf(response)) as Session);
}

export async function signIn(key: string): Promise<Session> {
  return welcomed((await bodyOf(await post('/blockhouse/v1/session', { key }))) as Session);
}

/** Signs in an embedded panel, with the text of the link after the `#`. */
export async function signInByLink(link: string): Promise<Session> {
  const session = (await bodyOf(await post('/blockhouse/v1/session', { link }))) as Session & {
    token: string;
  };
  bearer = session.token;
  return welcomed(session);
}

/** Signs in an embedded panel with a key. @returns the token of its session, for {@link resumeFrame}. */
export async function signInFrame(key: string, number: string): Promise<string> {
  const session = (await bodyOf(await post('/blockhouse/v1/session', { key, number }))) as Session & {
    token: string;
  };
  bearer = session.token;
  welcomed(session);
  return session.token;
}

/** Continues a session of an embedded panel. */
export function resumeFrame(token: string): void {
  bearer = token;
}

function welcomed(session: Session): Session {
  setServerTime(session.now);
  return session;
}

export async function signOut(): Promise<void> {
  await bodyOf(await fetch('/blockhouse/v1/session', { method: 'DELETE', headers: own() }));
}

/**
 * Asks what the SDK has no call for: of the sandbox. The caller reads the answer, whose shape is not known here.
 */
export async function askJson(path: string, init: RequestInit = {}): Promise<unknown> {
  return bodyOf(await ownFetch(path, init));
}

/** Errors of browsers when a file of the panel does not arrive: each browser has its own words. */
const missingPart = /dynamically imported module|importing a module script|preload css/i;

/** Errors of browsers when there is no connection. */
const noConnection = /failed to fetch|networkerror|load failed/i;

/** The message for a person about an error. */
export function wordsOf(error: unknown): string {
  if (error instanceof AmbiguousOutcome)
    return error.cause === undefined ? (error.explanation ?? t('errors.silent')) : wordsOf(error.cause);
  if (error instanceof ConnectionError) return t('errors.unreachable');
  if (error instanceof TimeoutError) return t('errors.late');
  if (error instanceof BlockhouseError) {
    const { error: said } = (error.body ?? {}) as {
      error?: { message?: string; error_data?: { details?: string } };
    };
    return said?.error_data?.details ?? said?.message?.replace(/^\(#\d+\) /, '') ?? error.message;
  }
  if (!(error instanceof Error)) return String(error);
  if (missingPart.test(error.message)) return t('errors.missingPart');
  return error instanceof TypeError && noConnection.test(error.message)
    ? t('errors.unreachable')
    : error.message;
}

function own(): HeadersInit {
  return { 'x-blockhouse-source': 'panel', ...(bearer !== null && { authorization: `Bearer ${bearer}` }) };
}

function post(path: string, body: object): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    headers: { ...own(), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The message for a person about a response that is no success. */
export async function wordsOfResponse(response: Response): Promise<string> {
  return await bodyOf(response).then(
    () => `status ${response.status}`,
    (error: unknown) => wordsOf(error),
  );
}

async function bodyOf(response: Response): Promise<unknown> {
  const body = (await response.json().catch(() => null)) as {
    error?: { message?: string; error_data?: { details?: string } };
  } | null;
  if (response.ok && body !== null) return body;
  const { message = `status ${response.status}`, error_data: data } = body?.error ?? {};
  throw new Refused(response.status, data?.details ?? message.replace(/^\(#\d+\) /, ''));
}
