import type { PlatformProblem } from './wire/index.ts';

/** A business phone number of a Blockhouse server. */
export interface NumberInfo {
  /** The `phone_number_id`. */
  readonly id: string;
  readonly displayPhoneNumber: string;
  readonly verifiedName: string;
  readonly wabaId: string;
  readonly portfolioId: string;
  /** The platform that enforces the number's blocklist. */
  readonly platform: 'local' | 'cloud';
  /** Where a cloud number lives, and how things stand there; null: here. Secrets are never shown. */
  readonly upstream: {
    readonly baseUrl: string;
    readonly version: string | null;
    readonly appSecretSet: boolean;
    readonly verifyTokenSet: boolean;
    readonly health: {
      /** `limited`: Meta answers, and asks for fewer requests. */
      readonly state: 'unknown' | 'ok' | 'limited' | 'failing';
      readonly lastOkAt: string | null;
      /** In Meta's words, where it gave any. */
      readonly problem: string | null;
      readonly problemKind: PlatformProblem | null;
      /** The person who has to act, and the action. */
      readonly advice: string | null;
      /** Until when Meta wants no request. */
      readonly pausedUntil: string | null;
      readonly problemAt: string | null;
      readonly lastWebhookAt: string | null;
    };
  } | null;
  /** Where webhooks go; secrets are never shown. */
  readonly webhook: {
    readonly url: string;
    /** How the last delivery went. */
    readonly health: {
      readonly state: 'unknown' | 'ok' | 'failing';
      readonly lastAttemptAt: string | null;
      readonly problem: string | null;
    };
  } | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** The apps that get the webhooks of a number's account at Meta. */
export interface Subscription {
  readonly subscribed: boolean;
  readonly apps: readonly { readonly id: string; readonly name: string | null }[];
}

/** Where a cloud number lives; what is left out stays as it is, or is Meta's. */
export interface UpstreamChanges {
  /** `https://graph.facebook.com` unless said otherwise. */
  readonly baseUrl?: string;
  /** Graph API version; null: none in the path. */
  readonly version?: string | null;
  /** The access token that opens the number there. */
  readonly token?: string;
  /** The secret of the app that signs Meta's webhooks. */
  readonly appSecret?: string | null;
  /** Whether calls carry a proof of the app secret; they do unless it is false. */
  readonly sendAppsecretProof?: boolean;
  /** The token that Meta sends at the handshake of `/webhooks/meta`. */
  readonly verifyToken?: string | null;
}

/** The settings of a number that can be changed. A setting that is left out stays. */
export interface NumberChanges {
  readonly displayPhoneNumber?: string;
  readonly verifiedName?: string;
  readonly wabaId?: string;
  readonly portfolioId?: string;
  readonly upstream?: UpstreamChanges;
  /** Null: webhooks go nowhere. */
  readonly webhook?: {
    readonly url?: string;
    readonly appSecret?: string;
    readonly verifyToken?: string;
  } | null;
}

/** A number to be added; what is left out gets a default. */
export interface NewNumber {
  readonly id?: string;
  /** As people write it, such as `+1 555 078 3881`. */
  readonly displayPhoneNumber: string;
  readonly verifiedName?: string;
  readonly wabaId?: string;
  readonly portfolioId?: string;
  readonly webhook?: { readonly url: string; readonly appSecret: string; readonly verifyToken: string };
  /** `cloud`: it lives at Meta, and `upstream` and `id` say where. */
  readonly platform?: 'local' | 'cloud';
  readonly upstream?: UpstreamChanges;
}
