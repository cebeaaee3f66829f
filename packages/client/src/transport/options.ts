/** The options of one call. An option that is undefined counts as left out. */
export interface RequestOptions {
  /** Ends the call immediately, also during a request. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Ends the call after the current attempt: no retry and no further request follows. A call of several
   * requests then rejects with an {@link AmbiguousOutcome} that lists the remaining users.
   */
  readonly stop?: AbortSignal;
  /** The timeout of one attempt, in milliseconds; 10,000 by default. */
  readonly timeoutMs?: number;
  /** The time limit for a request with all its attempts and waits, in milliseconds; 120,000 by default. */
  readonly deadlineMs?: number;
  /** The number of attempts after the first; 4 by default. 0 means no retries. */
  readonly retries?: number;
}

/** The options that can be set for the client and for a single call. */
export type Limits = Pick<RequestOptions, 'timeoutMs' | 'deadlineMs' | 'retries'>;

const standardLimits: Required<Limits> = { timeoutMs: 10_000, deadlineMs: 120_000, retries: 4 };

/**
 * Limits of calls for which a Blockhouse server reads a whole list from Meta. The server takes up to 60
 * seconds for that. A client that gives up earlier and retries makes the server start again.
 */
export const wholeListLimits = { timeoutMs: 75_000, deadlineMs: 160_000, retries: 1 } as const;

/** For calls that are not safe to repeat: no retries, unless the caller asks for them. */
export function withoutRetries<Options extends RequestOptions>(
  options: Options,
): Options & { readonly retries: number } {
  return { ...options, retries: options.retries ?? 0 };
}

/** The limits of one request. Later layers override earlier ones: the kind of call, the client, the call. */
export function limitsOf(...layers: readonly (MaybeUndefined<Limits> | undefined)[]): Required<Limits> {
  return layers.reduce<Required<Limits>>(
    (limits, layer = {}) => ({
      timeoutMs: layer.timeoutMs ?? limits.timeoutMs,
      deadlineMs: layer.deadlineMs ?? limits.deadlineMs,
      retries: layer.retries ?? limits.retries,
    }),
    standardLimits,
  );
}

type MaybeUndefined<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined };
