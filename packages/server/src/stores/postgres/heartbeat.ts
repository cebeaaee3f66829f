import { randomUUID } from 'node:crypto';
import type { Connections } from './connections.ts';
import { statements } from './statements.ts';

/** How often a process renews its heartbeat, and after which silence it counts as dead, in milliseconds. */
const heartbeatMs = 3000;
const silenceMaxMs = 10_000;

/** The actions after a process has died. Both parts may be repeated, and several processes may do them. */
export interface PeerEvents {
  /** The work of dead processes is free now. */
  takeOver(): Promise<void>;
  /** They have been gone for so long that nothing of tevents can still be on its way. */
  forget(workers: readonly string[]): Promise<void>;
}

/**
 * The processes that share a store. Each renews a heartbeat, by the clock of the database. The work of a process whose
 * heartbeat has lapsed is taken over by the others. The process is remembered for a while longer, since its last writes
 * may still be under way.
 */
export class Workers {
  /** The name of this process. */
  readonly id = randomUUID();
  readonly #connections: Connections;
  readonly #silenceMaxMs: number;
  readonly #events: PeerEvents;
  readonly #timer: NodeJS.Timeout;
  /** Processes whose work was taken over from here. */
  readonly #takenOver = new Set<string>();
  #dead: readonly string[] = [];
  #isBeating = false;
  /** When the database last took the heartbeat of this process, and why it has not since then. */
  #beatAtMs = performance.now();
  #problem: string | null = null;

  constructor(options: { connections: Connections; events: PeerEvents; silenceMaxMs?: number | undefined }) {
    this.#connections = options.connections;
    this.#events = options.events;
    this.#silenceMaxMs = options.silenceMaxMs ?? silenceMaxMs;
    const everyMs = Math.min(heartbeatMs, this.#silenceMaxMs / 3);
    // A report that fails is repeated the next time; requests report that the database does not answer.
    this.#timer = setInterval(() => void this.#beatAgain(), everyMs).unref();
  }

  /**
   * Why the database takes no writes from this process; null: it does. The heartbeat shows it, so that asking costs
   * nothing.
   */
  problem(): string | null {
    const isSilent = performance.now() - this.#beatAtMs > this.#silenceMaxMs;
    return this.#problem ?? (isSilent ? noAnswer : null);
  }

  /** The processes that were dead at the last heartbeat. */
  get dead(): readonly string[] {
    return this.#dead;
  }

  async beat(): Promise<void> {
    await this.#keepAlive();
    const silent = await this.#connections.read(statements.deadWorkers, [this.id]);
    this.#dead = silent.map(([id]) => String(id));
    // A process is only forgotten after its work was taken over at an earlier heartbeat.
    const longGone = silent.filter(([, isLongGone]) => isLongGone).map(([id]) => String(id));
    const forgotten = longGone.filter((id) => this.#takenOver.has(id));
    const fresh = this.#dead.filter((id) => !this.#takenOver.has(id));
    if (fresh.length > 0) {
      await this.#events.takeOver();
      for (const id of fresh) this.#takenOver.add(id);
    }
    if (forgotten.length === 0) return;
    await this.#events.forget(forgotten);
    await this.#connections.write(statements.removeWorkers, [forgotten]);
    for (const id of forgotten) this.#takenOver.delete(id);
  }

  async #keepAlive(): Promise<void> {
    try {
      await this.#connections.write(statements.heartbeat, [this.id, this.#silenceMaxMs]);
      this.#beatAtMs = performance.now();
      this.#problem = null;
    } catch (error) {
      this.#problem = problemOf(error);
      throw error;
    }
  }

  /** One heartbeat at a time: a database that hangs is not asked once more for each of them. */
  async #beatAgain(): Promise<void> {
    if (this.#isBeating) return;
    this.#isBeating = true;
    await this.beat().catch(() => {});
    this.#isBeating = false;
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
