import { randomUUID } from 'node:crypto';
import type { Ask } from './connections.ts';
import { statements } from './statements.ts';

/** How often a process says that it is alive, and after which silence it is taken for dead. */
const sayEveryMs = 3000;
const silenceMaxMs = 10_000;

/**
 * The processes on one store. Each says now and then, by the database's clock, that it is alive; what one that has
 * fallen silent had taken on is taken over by another, which is told of it here.
 */
export class Workers {
  /** The name of this process. */
  readonly id = randomUUID();
  readonly #ask: Ask;
  readonly #silenceMaxMs: number;
  readonly #onDeath: (workers: readonly string[]) => void;
  readonly #timer: NodeJS.Timeout;

  /** @param options.onDeath told once, in one process alone, of those that are gone. */
  constructor(options: {
    ask: Ask;
    onDeath: (workers: readonly string[]) => void;
    silenceMaxMs?: number | undefined;
  }) {
    this.#ask = options.ask;
    this.#onDeath = options.onDeath;
    this.#silenceMaxMs = options.silenceMaxMs ?? silenceMaxMs;
    const everyMs = Math.min(sayEveryMs, this.#silenceMaxMs / 3);
    // What cannot be said now is said the next time; requests report that the database does not answer.
    this.#timer = setInterval(() => void this.sayAlive().catch(() => {}), everyMs).unref();
  }

  async sayAlive(): Promise<void> {
    await this.#ask(statements.keepAlive, [this.id, this.#silenceMaxMs]);
    const gone = await this.#ask(statements.buryWorkers, [this.id]);
    if (gone.length > 0) this.#onDeath(gone.map(([id]) => String(id)));
  }

  /** Says goodbye: others take over at once. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#ask(statements.leave, [this.id]).catch(() => {});
  }
}
