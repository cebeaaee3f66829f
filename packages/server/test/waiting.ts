/** How long a test waits for what must come. It ends a test that would hang; no test depends on its length. */
const boundMs = 60_000;

// Taken before any test replaces the timers.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;

/**
 * Waits for a promise, up to a bound.
 * @param what completes the sentence "60 seconds passed before …".
 */
export async function within<Value>(what: string | (() => string), promise: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = startTimer(() => late.reject(tooLate(typeof what === 'string' ? what : what())), boundMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    stopTimer(timer);
  }
}

/**
 * Asks again and again until an answer is as expected, up to a bound. For what announces itself by no event.
 * @param what completes the sentence "60 seconds passed before …".
 * @returns the first answer that is as expected.
 */
export async function eventually<Answer>(
  what: string,
  ask: () => Answer | Promise<Answer>,
  isExpected: (answer: Answer) => boolean = Boolean,
): Promise<Answer> {
  const startMs = performance.now();
  while (true) {
    const answer = await ask();
    if (isExpected(answer)) return answer;
    if (performance.now() - startMs > boundMs)
      throw tooLate(`${what}; the last answer was ${JSON.stringify(answer)}`);
    // Leaves the processor to what is waited for.
    await new Promise((resolve) => startTimer(resolve, 2));
  }
}

function tooLate(what: string): Error {
  return new Error(`${boundMs / 1000} seconds passed before ${what}`);
}
