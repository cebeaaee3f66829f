import { randomUUID } from 'node:crypto';
import type { Connections } from './connections.ts';
import { statements } from './statements.ts';

/** How often a process says that it is alive, and after which silence it is taken for dead. */
const sayEveryMs = 3000;
const silenceMaxMs = 10_000;

/** The work after processes that are gone. Both parts may be repeated, and several processes may do them. */
export interface PeerEvents {
  /** Their work is free now. */
  takeOver(): Promise<void>;
  /** They have been gone for so long that nothing of theirs can still be on its way. */
  deadForGood(workers: readonly string[]): Promise<void>;
}

/**
 * The processes on one store. Each says now and then, by the database's clock, that it is alive; what one that has
 * fallen silent had taken on is taken over by the others. It is remembered for a while longer: its own last attempts may
 * still be under way.
 */
export class Workers {
  /** The name of this process. */
  readonly id = randomUUID();
  readonly #connections: Connections;
  readonly #silenceMaxMs: number;
  readonly #heirs: PeerEvents;
  readonly #timer: NodeJS.Timeout;
  /** Processes whose work was taken over from here. */
  readonly #takenOver = new Set<string>();
  #speaking = false;
  /** When the database has last taken down that this process is alive, and why it has not since then. */
  #saidAtMs = performance.now();
  #problem: string | null = null;

  constructor(options: { connections: Connections; heirs: PeerEvents; silenceMaxMs?: number | undefined }) {
    this.#connections = options.connections;
    this.#heirs = options.heirs;
    this.#silenceMaxMs = options.silenceMaxMs ?? silenceMaxMs;
    const everyMs = Math.min(sayEveryMs, this.#silenceMaxMs / 3);
    // A report that fails is repeated the next time; requests report that the database does not answer.
    this.#timer = setInterval(() => void this.#sayAgain(), everyMs).unref();
  }

  /**
   * Why the database takes no writes from this process; null: it does. The heartbeat shows it, so that asking costs
   * nothing.
   */
  problem(): string | null {
    const isSilent = performance.now() - this.#saidAtMs > this.#silenceMaxMs;
    return this.#problem ?? (isSilent ? noAnswer : null);
  }

  async beat(): Promise<void> {
    await this.#keepAlive();
    const silent = await this.#connections.read(statements.deadWorkers, [this.id]);
    const fresh = silent.map(([id]) => String(id)).filter((id) => !this.#takenOver.has(id));
    if (fresh.length > 0) {
      await this.#heirs.takeOver();
      for (const id of fresh) this.#takenOver.add(id);
    }
    const longGone = silent.filter(([, isLongGone]) => isLongGone).map(([id]) => String(id));
    if (longGone.length === 0) return;
    await this.#heirs.deadForGood(longGone);
    await this.#connections.write(statements.removeWorkers, [longGone]);
    for (const id of longGone) this.#takenOver.delete(id);
  }

  async #keepAlive(): Promise<void> {
    try {
      await this.#connections.write(statements.heartbeat, [this.id, this.#silenceMaxMs]);
      this.#saidAtMs = performance.now();
      this.#problem = null;
    } catch (error) {
      this.#problem = problemOf(error);
      throw error;
    }
  }

  /** One heartbeat at a time: a database that hangs is not asked once more for each of them. */
  async #sayAgain(): Promise<void> {
    if (this.#speaking) return;
    this.#speaking = true;
    await this.beat().catch(() => {});
    this.#speaking = false;
  }

  /** Leaves: other processes take over immediately. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#connections.write(statements.leave, [this.id]).catch(() => {});
  }
}

const noAnswer = 'The database does not answer.';

/** SQLSTATEs of a database that answers, and does not write. */
const refusals: Readonly<Record<string, string>> = {
  '25006': 'The database takes no writes: it is a standby, or set to read-only.',
  '53100': 'The disk of the database is full.',
};

function problemOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return refusals[code] ?? noAnswer;
}
