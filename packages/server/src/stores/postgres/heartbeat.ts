import { randomUUID } from 'node:crypto';
import { DatabaseError } from 'pg';
import type { Row } from '../rows.ts';
import type { Connections } from './connections.ts';
import { statements } from './statements.ts';

/** How often a process renews its heartbeat, and after which silence it counts as dead, in milliseconds. */
const heartbeatMs = 3000;
const silenceMaxMs = 10_000;

/** The actions after a process has died. Both parts may be repeated, and several processes may do them. */
export interface PeerEvents {
  /** The work of dead processes is free now. */
  takeOver(): Promise<void>;
  /** They have been gone for so long that nothing of theirs can still be on its way. */
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
  readonly #now: () => number;
  readonly #connections: Pick<Connections, 'read' | 'write'>;
  readonly #silenceMaxMs: number;
  readonly #events: PeerEvents;
  readonly #timer: NodeJS.Timeout;
  /** Processes whose work was taken over from here. */
  readonly #takenOver = new Set<string>();
  #dead: readonly string[] = [];
  #isBeating = false;
  /** When the database last answered a heartbeat of this process, and why it did not take the latest one. */
  #answeredAtMs: number;
  #problem: string | null = null;
  /** When the last heartbeat of this process was taken. */
  #beatAtMs: number;
  /** Until when no process is newly counted as dead. */
  #graceUntilMs = 0;

  /** @param options.now the time in milliseconds, from any origin. */
  constructor(options: {
    connections: Pick<Connections, 'read' | 'write'>;
    events: PeerEvents;
    silenceMaxMs?: number | undefined;
    now?: () => number;
  }) {
    this.#now = options.now ?? (() => performance.now());
    this.#answeredAtMs = this.#now();
    this.#beatAtMs = this.#now();
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
    const isSilent = this.#now() - this.#answeredAtMs > this.#silenceMaxMs;
    return this.#problem ?? (isSilent ? noAnswer : null);
  }

  /** The processes that were dead at the last heartbeat. */
  get dead(): readonly string[] {
    return this.#dead;
  }

  async beat(): Promise<void> {
    await this.#keepAlive();
    const silent = await this.#findDead();
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

  /** After an outage of the database all processes look dead until each has renewed its heartbeat. */
  async #findDead(): Promise<readonly Row[]> {
    const silent = await this.#connections.read(statements.deadWorkers, [this.id]);
    if (this.#now() >= this.#graceUntilMs) return silent;
    return silent.filter(([id]) => this.#dead.includes(String(id)));
  }

  async #keepAlive(): Promise<void> {
    try {
      await this.#connections.write(statements.heartbeat, [this.id, this.#silenceMaxMs]);
      const nowMs = this.#now();
      const wasOutage = nowMs - this.#beatAtMs > this.#silenceMaxMs / 2;
      if (wasOutage) this.#graceUntilMs = nowMs + this.#silenceMaxMs;
      this.#beatAtMs = nowMs;
      this.#answeredAtMs = nowMs;
      this.#problem = null;
    } catch (error) {
      if (isOfAnotherNode(error)) this.#answeredAtMs = this.#now();
      else this.#problem = problemOf(error);
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

/** A node of a cluster answers that it cannot reach another one. Numbers on the nodes that it reaches continue to work. */
function isOfAnotherNode(error: unknown): boolean {
  return error instanceof DatabaseError && error.code?.startsWith('08') === true;
}

function problemOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return refusals[code] ?? noAnswer;
}
