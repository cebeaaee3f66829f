const firstDelayMs = 1_000;
const delayMaxMs = 60_000;

/**
 * How long to wait after so many failures in a row: about a second, then twice as long each time, at most a minute. The
 * delay varies by half, so that what failed together is not repeated together.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const delayMs = Math.min(firstDelayMs * 2 ** Math.max(0, failures - 1), delayMaxMs);
  return delayMs * (0.5 + random() / 2);
}
