/**
 * The bodies of the Block Users API and of messages, as Meta writes them.
 *
 * Source: developers.facebook.com/documentation/business-messaging/whatsapp/block-users, and Meta's OpenAPI.
 */

/** One element of `block_users`; `user` wins when both are given. */
export interface UserElement {
  /** A phone number or `wa_id`. */
  readonly user?: string;
  /** A business-scoped user ID. */
  readonly user_id?: string;
}

/** The body of `POST` and `DELETE /{phone-number-id}/block_users`. */
export interface BlockUsersRequest {
  readonly messaging_product: 'whatsapp';
  readonly block_users: readonly UserElement[];
}

/** A user who is now blocked, or unblocked. */
export interface ChangedUser {
  /** The text of the request, exactly. */
  readonly input: string;
  /** Absent when the request named the user by `user_id`. */
  readonly wa_id?: string;
  /** Present only when the request named the user by it. */
  readonly user_id?: string;
}

/** A user who was refused, and why. */
export interface FailedUser extends ChangedUser {
  readonly errors: readonly UserError[];
}

/** Why one user was refused. */
export interface UserError {
  readonly message: string;
  readonly code: number;
  readonly error_data: { readonly details: string };
}

/** The answer to a block. With refusals, `failed_users` and `error` 139100 are present. */
export interface BlockAnswer {
  readonly messaging_product: 'whatsapp';
  readonly block_users: {
    readonly added_users: readonly ChangedUser[];
    readonly failed_users?: readonly FailedUser[];
  };
  readonly error?: GraphError;
}

/** The answer to an unblock. */
export interface UnblockAnswer {
  readonly messaging_product: 'whatsapp';
  readonly block_users: {
    readonly removed_users: readonly ChangedUser[];
    readonly failed_users?: readonly FailedUser[];
  };
  readonly error?: GraphError;
}

/** A row of the list. */
export interface BlockedUser {
  readonly messaging_product: 'whatsapp';
  /** Absent when the user hides the phone. */
  readonly wa_id?: string;
  readonly user_id: string;
}

/** The answer to a list. `paging` is absent when the list is empty. */
export interface ListAnswer {
  readonly data: readonly BlockedUser[];
  readonly paging?: {
    readonly cursors: { readonly before: string; readonly after: string };
    readonly next?: string;
    readonly previous?: string;
  };
}

/** The answer to a send. */
export interface SendAnswer {
  readonly messaging_product: 'whatsapp';
  readonly contacts: readonly {
    readonly input: string;
    readonly wa_id?: string;
    readonly user_id?: string;
  }[];
  readonly messages: readonly { readonly id: string; readonly message_status?: 'accepted' }[];
}

/** Graph's error object. */
export interface GraphError {
  readonly message: string;
  readonly type: ErrorType;
  readonly code: number;
  readonly error_subcode?: number;
  readonly error_data?: { readonly messaging_product?: 'whatsapp'; readonly details: string };
  readonly is_transient?: boolean;
  readonly fbtrace_id: string;
}

/** Graph's error types that this API uses. */
export type ErrorType = 'OAuthException' | 'GraphMethodException';

/** The body of every answer with a status of 400 or more. 139102 has `messaging_product` beside the error. */
export interface ErrorAnswer {
  readonly messaging_product?: 'whatsapp';
  readonly error: GraphError;
}
