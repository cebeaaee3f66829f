/** Result codes of SQLite that say that the file cannot be written, and what an operator is told. */
const refusals: ReadonlyMap<number, string> = new Map([
  [8, 'The disk of the database is read-only.'],
  [10, 'The disk of the database fails to write.'],
  [11, 'The database file is damaged.'],
  [13, 'The disk of the database is full.'],
  [14, 'The files of the database cannot be opened.'],
  [26, 'The database file is damaged.'],
]);

/** A commit could not be made durable: only a restart, which reads the disk, shows what the disk has. */
export class DiskFailure extends Error {
  override readonly name = 'DiskFailure';
}

/** How often a store that refuses writes is tried, however often somebody asks. */
const checkEveryMs = 5_000;

/**
 * Whether the store keeps what is written, as its own writes tell: as long as they succeed, asking costs no write. Once one was
 * refused, a small write finds out, now and then, whether the store takes writes again.
 */
export class WriteHealth {
  readonly #check: () => Promise<unknown>;
  readonly #checkEveryMs: number;
  #problem: string | null = null;
  #checkedAtMs = Number.NEGATIVE_INFINITY;

  /** @param options.check writes something; rejects when that is refused, and reports so with {@link failed}. */
  constructor(options: { check: () => Promise<unknown>; checkEveryMs?: number | undefined }) {
    this.#check = options.check;
    this.#checkEveryMs = options.checkEveryMs ?? checkEveryMs;
  }

  /** Takes in why a write failed; an error that says nothing of the disk is left aside. */
  failed(error: unknown): void {
    this.#problem = problemOf(error) ?? this.#problem;
  }

  /** Why writes are refused, in words for an operator; null: they are not. */
  async problem(): Promise<string | null> {
    const nowMs = performance.now();
    if (this.#problem === null || nowMs - this.#checkedAtMs < this.#checkEveryMs) return this.#problem;
    this.#checkedAtMs = nowMs;
    try {
      await this.#check();
      this.#problem = null;
    } catch (error) {
      this.failed(error);
    }
    return this.#problem;
  }
}

function problemOf(error: unknown): string | null {
  if (error instanceof DiskFailure) return 'The disk has lost what was written; restart the server.';
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  // The lowest byte is the kind; the others say more of it.
  return refusals.get(code & 0xff) ?? null;
}
