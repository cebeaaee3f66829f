import { createHmac, randomBytes } from 'node:crypto';
import { type Clock, type KeyRecord, type NumberRecord, realClock, type Store } from '@blockhouse/engine';
import { isSameText } from '../shared/constant-time.ts';
import { hashToken, type KeyRing, opens } from './api-keys.ts';

/** Sessions last for a working day, in milliseconds. */
const sessionLifeMs = 12 * 60 * 60 * 1000;

/** The prefix of the token of a session. A key has another one. */
const tokenPrefix = 'ses_';

/** A person who is signed in to the panel, with the rights of a key. */
export interface Session {
  readonly key: KeyRecord;
  /** The name of the person, if an embed link has stated it. */
  readonly person: string | null;
  /** The only number of an embedded panel; null: the numbers of the key. */
  readonly number: string | null;
  readonly expiresAtMs: number;
}

/** The content of an embed link. It is signed, and it is not secret. */
interface EmbedLink {
  readonly key: string;
  /** Shows that the key is still the one that made the link, without revealing it. */
  readonly proof: string;
  readonly number: string;
  readonly person: string | null;
  readonly expiresAtMs: number;
}

/**
 * Sessions of the panel. A session is a random token with the rights of a key, so that browsers do not keep
 * keys. It ends with its key. Sessions follow the real clock, not the one of the sandbox.
 */
export class Sessions {
  readonly #store: Store;
  readonly #keyRing: KeyRing;
  readonly #secret: Buffer;
  readonly #clock: Clock;

  /** @param options.secret the secret of the installation, which signs links. */
  constructor(options: { store: Store; keyRing: KeyRing; secret: Buffer; clock?: Clock }) {
    this.#store = options.store;
    this.#keyRing = options.keyRing;
    this.#secret = options.secret;
    this.#clock = options.clock ?? realClock;
  }

  /** Whether a token is one of a session. */
  isToken(text: string): boolean {
    return text.startsWith(tokenPrefix);
  }

  /** Signs in with the rights of a key. */
  async open(
    key: KeyRecord,
    { person = null, number = null }: { person?: string | null; number?: string | null } = {},
  ): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
    const token = `${tokenPrefix}${randomBytes(32).toString('base64url')}`;
    const nowMs = this.#clock();
    const expiresAtMs = nowMs + sessionLifeMs;
    const tokenHash = hashToken(token);
    const session = { tokenHash, keyHash: key.hash, person, numberId: number, expiresAtMs };
    await this.#store.sessions.add(session, nowMs);
    return { token, expiresAtMs };
  }

  /** The session that a token belongs to; null: there is none, or it has ended. */
  async find(token: string): Promise<Session | null> {
    const stored = await this.#store.sessions.find(hashToken(token));
    if (stored === null || stored.expiresAtMs <= this.#clock()) return null;
    const { keyHash, person, numberId: number, expiresAtMs } = stored;
    const check = await this.#keyRing.checkHash(keyHash);
    if (check.state !== 'valid') return null;
    return { key: restricted(check.key, number), person, number, expiresAtMs };
  }

  /** Signs out. */
  async close(token: string): Promise<void> {
    await this.#store.sessions.remove(hashToken(token));
  }

  /** Signs a link to a number's embedded panel. It can be opened several times until it expires. */
  signLink(
    key: KeyRecord,
    number: NumberRecord,
    { person, lifeMs }: { person: string | null; lifeMs: number },
  ): string {
    const expiresAtMs = this.#clock() + lifeMs;
    const link: EmbedLink = {
      key: key.id,
      proof: this.#proofOf(key),
      number: number.id,
      person,
      expiresAtMs,
    };
    const content = Buffer.from(JSON.stringify(link)).toString('base64url');
    return `${content}.${this.#sign(`embed ${content}`)}`;
  }

  /** Signs in with an embed link; null: the link was not made here, or it has expired. */
  async openLink(text: string): Promise<{ readonly token: string; readonly session: Session } | null> {
    const [content = '', signature = ''] = text.split('.');
    if (!isSameText(signature, this.#sign(`embed ${content}`))) return null;
    const link = JSON.parse(Buffer.from(content, 'base64url').toString('utf8')) as EmbedLink;
    const check = await this.#keyRing.checkId(link.key);
    if (link.expiresAtMs <= this.#clock() || check.state !== 'valid' || !opens(check.key, link.number))
      return null;
    if (!isSameText(link.proof, this.#proofOf(check.key))) return null;
    return await this.openFramed(check.key, link.number, link.person);
  }

  /** Signs in an embedded panel: with the rights of an agent, at one number. */
  async openFramed(
    key: KeyRecord,
    number: string,
    person: string | null = null,
  ): Promise<{ readonly token: string; readonly session: Session }> {
    const { token, expiresAtMs } = await this.open(key, { number, person });
    return { token, session: { key: restricted(key, number), number, person, expiresAtMs } };
  }

  /** The proof depends on the token, since the key of the configuration has the same ID with every token. */
  #proofOf({ hash }: KeyRecord): string {
    return this.#sign(`embed key ${hash}`);
  }

  #sign(content: string): string {
    return createHmac('sha256', this.#secret).update(content).digest('base64url');
  }
}

/** A key with the rights of an embedded panel: those of an agent, at one number. */
function restricted(key: KeyRecord, number: string | null): KeyRecord {
  return number === null ? key : { ...key, role: 'agent', numbers: [number] };
}
