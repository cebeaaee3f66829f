/** The bound of every wait. It ends a test that would hang, and no test depends on its length. */
const boundMs = 60_000;

// Read before any test mocks the timers.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;

/**
 * Waits for a promise, up to a bound.
 * @param what completes the sentence "60 seconds passed before …".
 */
export async function within<Value>(what: string | (() => string), promise: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = startTimer(() => late.reject(timeout(typeof what === 'string' ? what : what())), boundMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    stopTimer(timer);
  }
}

/**
 * Polls until a result is as expected, up to a bound. Use it only if there is no event to wait for.
 * @param what completes the sentence "60 seconds passed before …".
 * @returns the first expected result.
 */
export async function eventually<Answer>(
  what: string,
  poll: () => Answer | Promise<Answer>,
  isExpected: (answer: Answer) => boolean = Boolean,
): Promise<Answer> {
  const startMs = performance.now();
  while (true) {
    const answer = await poll();
    if (isExpected(answer)) return answer;
    if (performance.now() - startMs > boundMs)
      throw timeout(`${what}; the last answer was ${JSON.stringify(answer)}`);
    // Lets other work run between two polls.
    await new Promise((resolve) => startTimer(resolve, 2));
  }
}

function timeout(what: string): Error {
  return new Error(`${boundMs / 1000} seconds passed before ${what}`);
}
