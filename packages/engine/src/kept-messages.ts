/** Messages that came in at about the same time, encrypted. */
export interface KeptBatch {
  /** Unique within the number. */
  readonly id: string;
  /** When the last of them came in, in milliseconds since 1970. */
  readonly atMs: number;
  /** How many they are. */
  readonly messages: number;
  readonly encrypted: string;
}

/** Which batches are asked for. */
export interface KeptQuery {
  readonly sinceMs: number;
  /** The batch that the answer continues behind; null: it begins with the newest one. */
  readonly before: Pick<KeptBatch, 'id' | 'atMs'> | null;
  readonly count: number;
}

/** The contents of messages that came in, kept for a while so that auto-block rules can be tried on them. */
export interface KeptMessages {
  /** Does nothing for a number that is not there any more. */
  add(numberId: string, batch: KeptBatch): Promise<void>;
  /** Batches of a number, the newest first. */
  list(numberId: string, query: KeptQuery): Promise<KeptBatch[]>;
  /** Deletes some of the batches that are older, at most {@link keptPurgeBatch}; answers how many. Zero: none is left. */
  purge(numberId: string, beforeMs: number): Promise<number>;
}

/** Batches that are deleted at a time. */
export const keptPurgeBatch = 1_000;
