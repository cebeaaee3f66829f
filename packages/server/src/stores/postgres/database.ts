import { type Ask, type ConnectionOptions, Connections } from './connections.ts';
import { withRetry } from './retry.ts';
import { statements } from './statements.ts';

/**
 * Statements and transactions that are retried until the deadline while the database does not answer.
 * @throws StoreUnavailable when the deadline has passed.
 */
export class Database {
  readonly connections: Connections;
  readonly deadlineMs: number;
  readonly #closing = new AbortController();

  constructor(options: ConnectionOptions & { readonly deadlineMs: number }) {
    this.connections = new Connections(options);
    this.deadlineMs = options.deadlineMs;
  }

  /** Aborted when the database is being closed: nothing is retried from then on. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Runs a statement that changes nothing. */
  read(...question: Parameters<Ask>): ReturnType<Ask> {
    return this.retry(() => this.connections.read(...question));
  }

  /** Runs a statement that writes. It may run twice, so running it again must do no harm. */
  write(...question: Parameters<Ask>): ReturnType<Ask> {
    return this.retry(() => this.connections.write(...question));
  }

  /** Runs `work` in a transaction. It may be committed twice, so running it again must do no harm. */
  transaction<Answer>(work: (ask: Ask) => Promise<Answer>): Promise<Answer> {
    return this.retry(() => this.connections.transaction(work));
  }

  /** Runs `work` in a transaction on one number. It may be committed twice, so running it again must do no harm. */
  onNumber<Answer>(numberId: string, work: (ask: Ask) => Promise<Answer>): Promise<Answer> {
    return this.transaction((ask) => {
      stayOnNode(this.connections, ask, numberId);
      return work(ask);
    });
  }

  /** Runs `work` in a transaction, after all others with the same lock, in any process. */
  serialized<Answer>(lock: string, work: (ask: Ask) => Promise<Answer>): Promise<Answer> {
    return this.transaction(async (ask) => {
      ask(statements.lockGlobal, [lock]);
      return await work(ask);
    });
  }

  /** @param waitedMs how long the caller has waited already. */
  retry<Answer>(work: () => Promise<Answer>, waitedMs = 0): Promise<Answer> {
    return withRetry(work, { deadlineMs: this.deadlineMs - waitedMs, closing: this.closing });
  }

  /** Ends all retries. */
  abort(): void {
    this.#closing.abort();
  }
}

/** Asks that a number stays where it is until the transaction ends: shards of a cluster move while they are in use. */
export function stayOnNode({ isCluster }: Connections, ask: Ask, numberId: string): void {
  if (isCluster) ask(statements.lockShard, [numberId]);
}
