import { NumberUnknown } from '@blockhouse/engine';
import { backoffMs } from './backoff.ts';

/**
 * The longest timer. A later run needs several timers, because the clock may be moved, and timers have 32
 * bits.
 */
const timerMaxMs = 60 * 60 * 1000;

/** The shortest timer, so that a clock that is frozen just before a due time does not cause a busy loop. */
const timerMinMs = 50;

/**
 * When to run again: after a number of milliseconds, `retry` with backoff after a failure, or null until the
 * next wake.
 */
export type NextRun = number | 'retry' | null;

interface Worker {
  /** The current run and its immediate reruns; null if there is none. */
  running: Promise<void> | null;
  /** The worker was woken during its run, so the data that it has read may be stale. */
  again: boolean;
  /** Failed runs in a row. */
  failures: number;
  timer: NodeJS.Timeout | undefined;
  timerAtMs: number;
}

/**
 * Background work with one worker for each key, usually a number. Runs of one key never overlap. A failed run
 * is retried with backoff until it succeeds or the process ends. Keys do not affect each other.
 */
export class KeyedWorkers {
  readonly #work: (key: string, closing: AbortSignal) => Promise<NextRun>;
  readonly #onError: (error: unknown, key: string) => void;
  readonly #workers = new Map<string, Worker>();
  readonly #closing = new AbortController();

  /**
   * @param options.work must be safe to repeat. If it throws NumberUnknown, it is not retried. Long work must
   * end when `closing` is aborted.
   * @param options.onError is called after each failed run.
   */
  constructor(options: {
    work: (key: string, closing: AbortSignal) => Promise<NextRun>;
    onError: (error: unknown, key: string) => void;
  }) {
    this.#work = options.work;
    this.#onError = options.onError;
  }

  /**
   * Runs the work of a key, or runs it again if it is running. Resolves after that run. Never rejects:
   * failures are retried.
   */
  run(key: string): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.resolve();
    const worker = this.#workerOf(key);
    // The work starts after `running` is set, because it may wake its own key.
    if (worker.running === null) worker.running = Promise.resolve().then(() => this.#runAll(key, worker));
    else worker.again = true;
    return worker.running;
  }

  /** Wakes a key after a delay, unless an earlier run is scheduled. */
  wakeIn(key: string, delayMs: number): void {
    this.#setTimer(key, this.#workerOf(key), delayMs);
  }

  /** Cancels all timers, and waits for the work that is running. */
  async close(): Promise<void> {
    this.#closing.abort();
    const workers = [...this.#workers.values()];
    for (const { timer } of workers) clearTimeout(timer);
    await Promise.all(workers.map(({ running }) => running));
  }

  async #runAll(key: string, worker: Worker): Promise<void> {
    do {
      worker.again = false;
      this.#clearTimer(worker);
      const next = await this.#runOnce(key);
      worker.failures = next === 'retry' ? worker.failures + 1 : 0;
      if (next !== null) this.#setTimer(key, worker, next === 'retry' ? backoffMs(worker.failures) : next);
    } while (worker.again && !this.#closing.signal.aborted);
    worker.running = null;
    if (worker.timer === undefined) this.#workers.delete(key);
  }

  async #runOnce(key: string): Promise<NextRun> {
    try {
      return await this.#work(key, this.#closing.signal);
    } catch (error) {
      if (error instanceof NumberUnknown || this.#closing.signal.aborted) return null;
      this.#onError(error, key);
      return 'retry';
    }
  }

  #setTimer(key: string, worker: Worker, delayMs: number): void {
    const waitMs = Math.min(Math.max(delayMs, timerMinMs), timerMaxMs);
    const atMs = performance.now() + waitMs;
    if (this.#closing.signal.aborted || (worker.timer !== undefined && worker.timerAtMs <= atMs)) return;
    clearTimeout(worker.timer);
    worker.timerAtMs = atMs;
    worker.timer = setTimeout(() => {
      worker.timer = undefined;
      void this.run(key);
    }, waitMs);
    worker.timer.unref();
  }

  #clearTimer(worker: Worker): void {
    clearTimeout(worker.timer);
    worker.timer = undefined;
  }

  #workerOf(key: string): Worker {
    let worker = this.#workers.get(key);
    if (worker === undefined) {
      worker = { running: null, again: false, failures: 0, timer: undefined, timerAtMs: 0 };
      this.#workers.set(key, worker);
    }
    return worker;
  }
}
