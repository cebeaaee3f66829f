import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

/**
 * Removes what belonged to numbers that are gone, some rows a transaction. Rows that are left when the store closes are
 * removed after the next start.
 */
export class Purge {
  readonly #commits: GroupCommit;
  readonly #statements: Statements;
  #running: Promise<void> | null = null;
  #closing = false;

  constructor({ commits, statements }: { commits: GroupCommit; statements: Statements }) {
    this.#commits = commits;
    this.#statements = statements;
  }

  /** Begins to remove rows, if there are any and it has not begun. */
  start(): void {
    this.#running ??= this.#removeRows()
      .catch(() => {
        // The disk refused. The next write reports it, and the rows are removed after the next start.
      })
      .finally(() => {
        this.#running = null;
      });
  }

  /** Fulfilled when the transaction that is under way has ended. None begins after it. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#running;
  }

  async #removeRows(): Promise<void> {
    const { removedNumbers, removeRows, forgetRemovedNumber } = this.#statements;
    for (let row = removedNumbers.get(); row !== undefined && !this.#closing; row = removedNumbers.get()) {
      const key = Number(row[0]);
      await this.#commits.run(() => {
        if (!removeRows.some((statement) => statement.run(key).changes > 0)) forgetRemovedNumber.run(key);
      });
    }
  }
}
