/** A bulk run is named by its caller, so its name belongs to the caller's key. */
export interface RunKey {
  readonly keyId: string;
  readonly id: string;
}

/** The decision on the record of a run: an answer for the caller, and what is written; null: nothing. */
export interface RunDecision<Answer> {
  readonly answer: Answer;
  readonly put: RunChange | null;
}

/** A new record of a run, with the results of a chunk of it if there are any. Both are JSON. */
export interface RunChange {
  readonly record: string;
  readonly results?: { readonly chunk: number; readonly results: string };
  /** When the run and its results expire, in milliseconds since 1970. */
  readonly untilMs: number;
}

/** The records of bulk runs and their results. Expired ones are absent, and some are removed at each change. */
export interface BulkRunStore {
  find(run: RunKey, nowMs: number): Promise<string | null>;
  /** The results of a chunk; null: there are none. */
  results(run: RunKey, chunk: number, nowMs: number): Promise<string | null>;
  /**
   * Shows `decide` the record of a run and writes what it says, in one transaction: all of it or nothing. Changes of the
   * same run come one after the other, in every process. `decide` is pure and may be called again.
   */
  change<Answer>(
    run: RunKey,
    nowMs: number,
    decide: (record: string | null) => RunDecision<Answer>,
  ): Promise<Answer>;
}
