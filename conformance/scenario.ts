/** A conformance scenario: what is the case, what is asked, and the whole answer. */
export interface Scenario {
  readonly name: string;
  /** Events before the request, on a number that nobody has used before. */
  readonly given?: readonly Given[];
  readonly request: ScenarioRequest;
  readonly expect: {
    readonly status: number;
    /**
     * The whole body. Words in angle brackets stand for patterns, see `placeholders`; `{url}` stands for the target's
     * address, `{wa_id}` for the number's own, the others for what they stand for in a request.
     */
    readonly body: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

export type Given =
  /** These users write to the number. */
  | { readonly write: readonly string[] }
  | { readonly block: readonly string[] }
  | { readonly unblock: readonly string[] }
  /** Says what a user is. */
  | { readonly user: string; readonly is: Readonly<Record<string, unknown>> }
  | { readonly advance: string }
  | { readonly freeze: true }
  /** Asks until the rate limit refuses; the clock should be frozen. */
  | { readonly exhaustRate: true }
  /** Keeps `paging.cursors` of a page for `{after}` and `{before}` in the request. */
  | { readonly keepCursorsOf: string }
  /** Keeps what this user is called at the number for `{user_id}` in the request. */
  | { readonly keepUserIdOf: string };

export interface ScenarioRequest {
  readonly method: string;
  /** `{number}` stands for the number's ID, `{after}` and `{before}` for cursors that were kept. */
  readonly path: string;
  readonly token?: Token;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a text that is sent as it is. `{phone}` stands for the number's own phone, `{token}` for the admin's. */
  readonly body?: unknown;
}

/** The owner of the token that is sent: the admin by default. */
export type Token = 'admin' | 'agent' | 'app' | 'of another number' | 'wrong' | 'none';

/** The values of the words in angle brackets in the texts of an expected body. */
export const placeholders: Readonly<Record<string, string>> = {
  '<trace>': 'A[\\w-]{22}',
  '<wamid>': 'wamid\\.[A-Za-z0-9+/=]+',
  '<user_id>': '[A-Z]{2}\\.\\d{1,39}',
  '<cursor>': '[A-Za-z0-9]+',
};
