/** The effect of Ctrl-C on work that must report what it has done. */
export interface Interruption {
  /** The first: end once the request in flight is answered. */
  readonly stop: AbortSignal;
  /** The second one ends immediately. */
  readonly abort: AbortSignal;
  /** Leaves signals to the system again. */
  dispose(): void;
}

/** Listens until disposed of. @param onStop called at the first interrupt. */
export function interruption(onStop: () => void): Interruption {
  const stop = new AbortController();
  const abort = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) return abort.abort();
    onStop();
    stop.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    stop: stop.signal,
    abort: abort.signal,
    dispose() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
