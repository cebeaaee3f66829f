import type { ReviewDecision } from './outbox.ts';
import type { WaId } from './phone.ts';

/** A business phone number. */
export interface NumberRecord {
  /** `phone_number_id`: digits. */
  readonly id: string;
  /** The number itself, as a WhatsApp account. */
  readonly waId: WaId;
  readonly displayPhoneNumber: string;
  readonly verifiedName: string;
  readonly wabaId: string;
  /** The portfolio whose business-scoped user IDs this number sees. */
  readonly portfolioId: string;
  readonly createdAtMs: number;
  /** Where the number's webhooks go; null: nowhere, and none are kept. */
  readonly webhook: WebhookTarget | null;
  /**
   * The platform that enforces the blocklist, if it is not this server; null: this store (the `local` platform).
   */
  readonly upstream: UpstreamTarget | null;
}

/** The receiver of a number's webhooks. The secrets are encrypted by the server's vault. */
export interface WebhookTarget {
  readonly url: string;
  /** Signs every delivery (`X-Hub-Signature-256`). */
  readonly appSecret: string;
  /** Proves to the receiver, at the handshake, who asks. */
  readonly verifyToken: string;
}

/** Where a `cloud` number lives: Meta's Graph API, or what speaks like it. The secrets are encrypted. */
export interface UpstreamTarget {
  readonly baseUrl: string;
  /** The Graph API version that our own calls name; null: none. */
  readonly version: string | null;
  /** The access token that opens the number there. */
  readonly token: string;
  /** The secret of the app that signs Meta's webhooks; null: its webhooks are refused. */
  readonly appSecret: string | null;
  /** Whether calls carry a proof of the app secret, as apps can demand; they do when left out. */
  readonly sendsProof?: boolean;
  /** The token that Meta sends at the handshake; null: this number has none. */
  readonly verifyToken: string | null;
}

/** The kind of a WhatsApp account: a person's, a business's, or none at all. */
export type UserKind = 'consumer' | 'business' | 'none';

/** The profile of a user in the platform's directory. A user without one is a consumer with a visible phone. */
export interface UserProfile {
  readonly kind: UserKind;
  readonly name: string | null;
  readonly username: string | null;
  readonly phoneHidden: boolean;
}

/**
 * The origin of a change: the API, the panel, the command line, an import, a standing block, an auto-block rule, an
 * expiry, or a change of a `cloud` number's list by something else.
 */
export type Source = 'api' | 'panel' | 'cli' | 'import' | 'standing' | 'rule' | 'until' | 'elsewhere';

/** The actor of a change, and its origin. */
export interface Actor {
  /** The key that asked, or the rule. */
  readonly keyId: string;
  /** The person behind the key, where it says so. */
  readonly person: string | null;
  readonly source: Source;
}

/** The actor of a change, its origin, and the reason. */
export interface AuditContext extends Actor {
  readonly note: string | null;
}

/**
 * Why a user is blocked, and until when, as a request states it. An absent field keeps what is there, null clears it: no note,
 * no end. A block that begins with the request has neither unless the request states it.
 */
export interface BlockTerms {
  readonly note?: string | null;
  /** When the block ends by itself; milliseconds since 1970. */
  readonly untilMs?: number | null;
}

/** A block that waits for the user's next message. */
export interface StandingBlock {
  readonly cause: AuditContext;
  readonly placedAtMs: number;
  /** When it, or the block that came of it, ends by itself; null: never. */
  readonly untilMs: number | null;
}

/** One attempt to change a blocklist, refused or not. */
export interface ActivityEntry extends AuditContext {
  readonly atMs: number;
  readonly operation: Operation | ReviewDecision;
  /** Null when what was written names nobody. */
  readonly waId: WaId | null;
  /** The user as the caller wrote it, cut to 64 characters. */
  readonly input: string;
  /** `done`, `unchanged` (no change was needed), `standing` (a standing block waits), `expired`, or the reason of the refusal. */
  readonly outcome: string;
}

/** The operations on a user. */
export type Operation = 'block' | 'unblock' | 'standing_block' | 'withdraw';

/** The permissions of a key: everything; block, unblock and list; Meta's dialect and inbound messages. */
export type Role = 'admin' | 'agent' | 'app';

/** An access token as it is stored: never the token itself. */
export interface KeyRecord {
  readonly id: string;
  /** SHA-256 of the token, hexadecimal. */
  readonly hash: string;
  readonly name: string;
  readonly role: Role;
  /** The numbers it opens, or `*` for all. */
  readonly numbers: readonly string[] | '*';
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
}
