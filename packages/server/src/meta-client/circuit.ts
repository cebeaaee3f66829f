import { BlockhouseError } from '@blockhouse/client';

/** So many requests without an answer, one after the other, and nobody is asked any more for a while. */
const failuresMax = 5;

const firstPauseMs = 1_000;
const pauseMaxMs = 30_000;

/** A platform has not answered for a while, and is not asked again yet. Nothing was sent. */
export class CircuitOpen extends BlockhouseError {
  override readonly name = 'CircuitOpen';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`the platform has not answered lately, and is asked again in ${Math.ceil(retryAfterMs / 1000)} s`);
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The role of a request for the circuit: one of many, or the one that finds out whether the platform answers again.
 */
export type CircuitPermit = 'request' | 'probe';

/**
 * Keeps requests away from who does not answer. After a pause one request finds out whether that has changed; each one that
 * does not makes the next pause twice as long. Times are milliseconds of a clock that only goes forward.
 */
export class Circuit {
  #failures = 0;
  #pauseMs = 0;
  #openUntilMs = 0;
  #probing = false;

  /** Asks to let a request through. @throws CircuitOpen */
  acquire(nowMs: number): CircuitPermit {
    if (this.#failures < failuresMax) return 'request';
    if (nowMs < this.#openUntilMs) throw new CircuitOpen(this.#openUntilMs - nowMs);
    if (this.#probing) throw new CircuitOpen(this.#pauseMs);
    this.#probing = true;
    return 'probe';
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pauseMs = 0;
    this.#probing = false;
  }

  /** The request was given up by who asked: it says nothing of the other side. */
  abandoned(passage: CircuitPermit): void {
    if (passage === 'probe') this.#probing = false;
  }

  failed(passage: CircuitPermit, nowMs: number): void {
    this.#failures++;
    if (passage === 'probe') this.#probing = false;
    // Requests that were under way together fail together: only the first one that is too many, and probes, count.
    const opens = passage === 'probe' || this.#failures === failuresMax;
    if (!opens) return;
    this.#pauseMs = Math.min(this.#pauseMs === 0 ? firstPauseMs : this.#pauseMs * 2, pauseMaxMs);
    this.#openUntilMs = nowMs + this.#pauseMs;
  }
}
