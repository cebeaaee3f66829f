import type { Attempts } from './attempts.ts';
import type { Limits } from './options.ts';

/** One request, and what counts as its success. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent unchanged, with this content type. */
  readonly text?: { readonly type: string; readonly content: string };
  /** The accepted type: JSON by default. A successful response of any other type is returned as text. */
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The limits of this kind of call. The client and the call can override them. */
  readonly limits?: Limits;
  /** Records whether the request may have been applied although it failed. */
  readonly attempts?: Attempts;
  /** Called when an attempt begins. An error that it throws ends the request unchanged. */
  readonly onAttempt?: () => void;
  /**
   * Called with the body of a successful response as it arrives. An error that it throws ends the request
   * unchanged.
   */
  readonly onText?: (chunk: string) => void;
  /**
   * Whether a response is a success. The status alone is not enough: Meta puts results into a response with
   * status 400, and errors into one with status 200.
   */
  readonly isSuccess: (body: unknown, status: number) => boolean;
}
