import { NumberUnknown } from '@blockhouse/engine';
import { backoffMs } from './backoff.ts';

/** A timer longer than this is set anew: the clock may be moved, and timers have 32 bits. */
const timerMaxMs = 60 * 60 * 1000;

/** A clock that stands still just before something is due must not be asked all the time. */
const timerMinMs = 50;

/**
 * What follows a run: another one after so many milliseconds, `retry` when something is left that failed (after a growing
 * delay), null when nothing is to be done until somebody wakes the worker.
 */
export type NextRun = number | 'retry' | null;

interface Worker {
  /** The present run, with those that follow it at once; null: none. */
  running: Promise<void> | null;
  /** The worker was woken during its run: what it has read may be old. */
  again: boolean;
  /** Runs that failed, one after the other. */
  failures: number;
  timer: NodeJS.Timeout | undefined;
  timerAtMs: number;
}

/**
 * Background work with one worker for each key, a number mostly. A worker runs once at a time. A run that fails is repeated with
 * a growing delay for as long as the process lives; a failure of one key wakes no other.
 */
export class KeyedWorkers {
  readonly #work: (key: string, closing: AbortSignal) => Promise<NextRun>;
  readonly #onError: (error: unknown, key: string) => void;
  readonly #workers = new Map<string, Worker>();
  readonly #closing = new AbortController();

  /**
   * @param options.work must be safe to repeat. When it finds that its number is unknown, nothing is repeated; `closing` is aborted
   * when long work has to end early.
   * @param options.onError told of each run that failed.
   */
  constructor(options: {
    work: (key: string, closing: AbortSignal) => Promise<NextRun>;
    onError: (error: unknown, key: string) => void;
  }) {
    this.#work = options.work;
    this.#onError = options.onError;
  }

  /** Runs the work of a key, once more if it is running; fulfilled when that is over. It never rejects: a failure is repeated. */
  run(key: string): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.resolve();
    const worker = this.#workerOf(key);
    // The work begins once it is known to run: it may wake its own key.
    if (worker.running === null) worker.running = Promise.resolve().then(() => this.#runAll(key, worker));
    else worker.again = true;
    return worker.running;
  }

  /** Wakes a key in so many milliseconds, unless it wakes earlier. */
  wakeIn(key: string, delayMs: number): void {
    this.#setTimer(key, this.#workerOf(key), delayMs);
  }

  /** Starts nothing any more, and waits for what is running. */
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
