import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { setServerTime } from './clock.ts';
import { readChanges } from './live-changes.ts';
import { ownFetch } from './server.ts';

const firstWaitMs = 1_000;
const waitMaxMs = 15_000;

/**
 * The server says every twenty seconds that it is there: what is silent for longer is gone, as after a laptop's
 * sleep.
 */
const silenceMaxMs = 45_000;

/**
 * Keeps what is shown of a number up to date: after every event of the server, what was read of it is read again.
 * Answers whether the server is listened to just now.
 */
export function useLive(number: string | null): boolean {
  const queries = useQueryClient();
  const [isLive, setLive] = useState(true);
  useEffect(() => {
    if (number === null) return;
    const refresh = unhurried(() => readChanges(queries, number));
    let stop = new AbortController();
    // A page in the background does not listen: a browser has six connections to a host, and each tab would hold one.
    const follow = () => {
      stop.abort();
      stop = new AbortController();
      if (!document.hidden) void listen(number, stop.signal, { refresh, setLive });
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      stop.abort();
    };
  }, [number, queries]);
  return isLive;
}

/**
 * Runs something soon after it is asked for: never twice at the same time, and not sooner again than it took. A list
 * of 64,000 rows that changes all the time would be read all the time.
 */
function unhurried(work: () => Promise<void>): () => void {
  let isBusy = false;
  let isAsked = false;
  const run = async () => {
    isBusy = true;
    const startMs = performance.now();
    await work().catch(() => {});
    setTimeout(() => {
      isBusy = false;
      if (!isAsked) return;
      isAsked = false;
      void run();
    }, performance.now() - startMs);
  };
  return () => {
    if (isBusy) isAsked = true;
    else void run();
  };
}

async function listen(
  number: string,
  signal: AbortSignal,
  { refresh, setLive }: { refresh: () => void; setLive: (isLive: boolean) => void },
): Promise<void> {
  for (let waitMs = 0; !signal.aborted; waitMs = Math.min(Math.max(waitMs * 2, firstWaitMs), waitMaxMs)) {
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    try {
      const silent = new AbortController();
      let silence = setTimeout(() => silent.abort(), silenceMaxMs);
      const either = AbortSignal.any([signal, silent.signal]);
      const response = await ownFetch(`/blockhouse/v1/numbers/${number}/events`, { signal: either });
      if (response.status === 401) return;
      if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
      // Changes while nothing was connected were not announced.
      refresh();
      setLive(true);
      waitMs = 0;
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (let text = ''; ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        clearTimeout(silence);
        silence = setTimeout(() => silent.abort(), silenceMaxMs);
        const events = (text + decoder.decode(value, { stream: true })).split('\n\n');
        text = events.pop() ?? '';
        const [now] = events.flatMap((event) => /^data: (\S+)$/m.exec(event)?.[1] ?? []).slice(-1);
        if (now !== undefined) setServerTime(now);
        if (events.some((event) => event.startsWith('event: change'))) refresh();
      }
    } catch {
      // The connection has ended, one way or the other: it is made again.
    }
    if (!signal.aborted) setLive(false);
  }
}
