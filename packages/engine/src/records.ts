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
  /** Whose business-scoped user IDs this number sees. */
  readonly portfolioId: string;
  readonly createdAtMs: number;
  /** Where the number's webhooks go; null: nowhere, and none are kept. */
  readonly webhook: WebhookTarget | null;
  /** Who enforces the blocklist: somebody else, who is asked there; null: this store (the `local` platform). */
  readonly upstream: UpstreamTarget | null;
}

/** The receiver of a number's webhooks. Secrets are kept as the server's vault has sealed them. */
export interface WebhookTarget {
  readonly url: string;
  /** Signs every delivery (`X-Hub-Signature-256`). */
  readonly appSecret: string;
  /** Proves to the receiver, at the handshake, who asks. */
  readonly verifyToken: string;
}

/** Where a `cloud` number lives: Meta's Graph API, or what speaks like it. Secrets are kept sealed. */
export interface UpstreamTarget {
  readonly baseUrl: string;
  /** The Graph API version that our own calls name; null: none. */
  readonly version: string | null;
  /** The access token that opens the number there. */
  readonly token: string;
  /** The secret of the app that signs what Meta tells us; null: its webhooks are refused. */
  readonly appSecret: string | null;
  /** Whether calls carry a proof of the app secret, as apps can demand; they do when left out. */
  readonly sendsProof?: boolean;
  /** What Meta must know at the handshake; null: there is none for this number. */
  readonly verifyToken: string | null;
}

/** What a WhatsApp account is: a person's, a business's, or none at all. */
export type UserKind = 'consumer' | 'business' | 'none';

/** What the platform's directory says of a user; who is not in it is a consumer with a visible phone. */
export interface UserProfile {
  readonly kind: UserKind;
  readonly name: string | null;
  readonly username: string | null;
  readonly phoneHidden: boolean;
}

/**
 * Through what a change came: the API itself, the panel, the command line, an import, a standing block, the end of a time, or
 * something else that has a hand in a `cloud` number's list.
 */
export type Source = 'api' | 'panel' | 'cli' | 'import' | 'standing' | 'until' | 'elsewhere';

/** Who caused a change, and through what. */
export interface Actor {
  /** The key that asked. */
  readonly keyId: string;
  /** The person behind the key, where it says so. */
  readonly person: string | null;
  readonly source: Source;
}

/** Who caused a change, through what, and why. */
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

/** An order to block a user at their next message. */
export interface StandingBlock {
  readonly cause: AuditContext;
  readonly placedAtMs: number;
  /** When the order, or the block that came of it, ends by itself; null: never. */
  readonly untilMs: number | null;
}

/** One attempt to change a blocklist, refused or not. */
export interface ActivityEntry extends AuditContext {
  readonly atMs: number;
  readonly operation: Operation;
  /** Null when what was written names nobody. */
  readonly waId: WaId | null;
  /** The user as the caller wrote it, cut to 64 characters. */
  readonly input: string;
  /** `done`, `unchanged` (it was so already), `standing` (an order waits), `expired` (its time was over), or the reason of the refusal. */
  readonly outcome: string;
}

/** What can be done to a user on a number. */
export type Operation = 'block' | 'unblock' | 'standing_block' | 'withdraw';

/** What a key may do: all; block, unblock and list; Meta's dialect and inbound. */
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

/** A record as it is kept: read again until its time is over, in milliseconds since 1970. */
export interface KeptRecord {
  readonly name: string;
  readonly value: string;
  readonly untilMs: number;
}
