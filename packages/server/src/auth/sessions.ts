import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  type Clock,
  type KeyRecord,
  type NumberRecord,
  neverExpiresMs,
  realClock,
  type Store,
} from '@blockhouse/engine';
import { hashToken, type KeyRing, opens } from './api-keys.ts';

/** A working day and a little more: whoever comes back tomorrow signs in again. */
const sessionLifeMs = 12 * 60 * 60 * 1000;

/** What begins like this is a session's token, not a key's. */
const sessionMark = 'ses_';

/** Somebody who has signed in to the panel, with the key whose rights they have. */
export interface Session {
  readonly key: KeyRecord;
  /** Who it is, where the link says so that signed them in. */
  readonly person: string | null;
  /** The only number it opens, in an embedded panel; null: those of the key. */
  readonly number: string | null;
  readonly expiresAtMs: number;
}

/** A session as it is kept, under the hash of its token. */
interface Kept {
  readonly keyHash: string;
  readonly person: string | null;
  readonly number: string | null;
  readonly expiresAtMs: number;
}

/** What a signed link to an embedded panel says; whoever holds it can read it. */
interface EmbedLink {
  readonly key: string;
  /** Proves that the key is still the one that has made the link, and tells nothing of the key. */
  readonly proof: string;
  readonly number: string;
  readonly person: string | null;
  readonly expiresAtMs: number;
}

/**
 * Sessions of the panel: a random token that lives for hours and has the rights of a key, so that no key is kept in a browser. A
 * key that is revoked or over takes its sessions along. Time is the real one, also where the sandbox's clock is moved.
 */
export class Sessions {
  readonly #store: Store;
  readonly #keyRing: KeyRing;
  readonly #secret: Buffer;
  readonly #clock: Clock;
  readonly #isMovable: boolean;

  /**
   * @param options.secret signs links; it belongs to the installation.
   * @param options.isMovable others keep records by a clock that is moved: what is over by that clock may not be over.
   */
  constructor(options: {
    store: Store;
    keyRing: KeyRing;
    secret: Buffer;
    isMovable: boolean;
    clock?: Clock;
  }) {
    this.#store = options.store;
    this.#keyRing = options.keyRing;
    this.#secret = options.secret;
    this.#clock = options.clock ?? realClock;
    this.#isMovable = options.isMovable;
  }

  /** Whether a text is meant as a session's token. */
  isToken(text: string): boolean {
    return text.startsWith(sessionMark);
  }

  /** Signs in with the rights of a key. */
  async open(
    key: KeyRecord,
    { person = null, number = null }: { person?: string | null; number?: string | null } = {},
  ): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
    const token = `${sessionMark}${randomBytes(32).toString('base64url')}`;
    const nowMs = this.#clock();
    // A key that is over by then takes the session along.
    const expiresAtMs = nowMs + sessionLifeMs;
    const kept: Kept = { keyHash: key.hash, person, number, expiresAtMs };
    const untilMs = this.#isMovable ? neverExpiresMs : expiresAtMs;
    await this.#store.putRecord(nameOf(token), JSON.stringify(kept), { nowMs: 0, untilMs });
    return { token, expiresAtMs };
  }

  /** Whose session this is; null: nobody's, or it is over. */
  async find(token: string): Promise<Session | null> {
    const text = await this.#store.record(nameOf(token), this.#clock());
    if (text === null) return null;
    const { keyHash, ...kept } = JSON.parse(text) as Kept;
    if (kept.expiresAtMs <= this.#clock()) return null;
    const check = await this.#keyRing.checkHash(keyHash);
    return check.state === 'valid' ? { ...kept, key: restricted(check.key, kept.number) } : null;
  }

  /** Signs out. */
  async close(token: string): Promise<void> {
    const nowMs = this.#clock();
    await this.#store.putRecord(nameOf(token), '', { nowMs, untilMs: nowMs });
  }

  /** Signs a link to a number's embedded panel. It signs in as often as it is opened, until its life is over. */
  signLink(key: KeyRecord, number: NumberRecord, said: { person: string | null; lifeMs: number }): string {
    const expiresAtMs = this.#clock() + said.lifeMs;
    const link: EmbedLink = {
      key: key.id,
      proof: this.#proofOf(key),
      number: number.id,
      person: said.person,
      expiresAtMs,
    };
    const content = Buffer.from(JSON.stringify(link)).toString('base64url');
    return `${content}.${this.#sign(`embed ${content}`)}`;
  }

  /** Signs in with such a link; null: it is not ours, or it is over. */
  async openLink(text: string): Promise<{ readonly token: string; readonly session: Session } | null> {
    const [content = '', signature = ''] = text.split('.');
    if (!sameText(signature, this.#sign(`embed ${content}`))) return null;
    const link = JSON.parse(Buffer.from(content, 'base64url').toString('utf8')) as EmbedLink;
    const check = await this.#keyRing.checkId(link.key);
    if (link.expiresAtMs <= this.#clock() || check.state !== 'valid' || !opens(check.key, link.number))
      return null;
    if (!sameText(link.proof, this.#proofOf(check.key))) return null;
    const { number, person } = link;
    const { token, expiresAtMs } = await this.open(check.key, { number, person });
    return { token, session: { key: restricted(check.key, number), number, person, expiresAtMs } };
  }

  /** Another one for every token: the key of the configuration has one ID, whatever its token is. */
  #proofOf({ hash }: KeyRecord): string {
    return this.#sign(`embed key ${hash}`);
  }

  #sign(content: string): string {
    return createHmac('sha256', this.#secret).update(content).digest('base64url');
  }
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** In an embedded panel nobody may do more than an agent, and nothing but on its number. */
function restricted(key: KeyRecord, number: string | null): KeyRecord {
  return number === null ? key : { ...key, role: 'agent', numbers: [number] };
}

function nameOf(token: string): string {
  return `session ${hashToken(token)}`;
}
