import { BlockhouseError } from '../errors.ts';
import type { ApiRequest } from './api-request.ts';
import { limitsOf, type RequestOptions } from './options.ts';
import { retryWaitMs } from './retry.ts';
import { contentOf, send } from './send.ts';
import type { Transport } from './transport.ts';

/**
 * Sends a request and retries it until it succeeds, an error is final, or the deadline is reached. Every
 * request of the SDK goes through this function.
 * @returns the body of the response.
 * @throws BlockhouseError when the request failed. Any other error comes from the caller: a callback, or
 * `signal`.
 */
export async function request(
  transport: Transport,
  call: ApiRequest,
  options: RequestOptions = {},
): Promise<unknown> {
  const { signal, stop } = options;
  const { timeoutMs, deadlineMs, retries } = limitsOf(call.limits, transport.limits, options);
  const content = contentOf(call);
  const startMs = performance.now();
  const leftMs = () => deadlineMs - (performance.now() - startMs);
  for (let retried = 0; ; retried++) {
    signal?.throwIfAborted();
    try {
      return await send(transport, call, { content, signal, timeoutMs: Math.min(timeoutMs, leftMs()) });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof BlockhouseError)) throw error;
      call.attempts?.fail(error);
      const waitMs = retryWaitMs({ error, retried, retries, leftMs: leftMs(), random: transport.random() });
      if (waitMs === null || stop?.aborted) throw error;
      await wait(waitMs, [signal, stop]);
      signal?.throwIfAborted();
      if (stop?.aborted) throw error;
    }
  }
}

/** Waits, or returns early if one of the signals aborts. */
async function wait(waitMs: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(end, waitMs);
    function end() {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener('abort', end);
      resolve();
    }
    for (const signal of signals) signal?.addEventListener('abort', end);
  });
}
