const firstDelayMs = 1_000;
const delayMaxMs = 60_000;

/**
 * The delay before a retry: about a second after the first failure in a row, then twice as long each time, at
 * most a minute. Random jitter of up to half of the delay keeps clients that failed together from retrying
 * together.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const delayMs = Math.min(firstDelayMs * 2 ** Math.max(0, failures - 1), delayMaxMs);
  return delayMs * (0.5 + random() / 2);
}
