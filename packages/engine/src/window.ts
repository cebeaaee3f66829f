import { windowMs } from './limits.ts';

/** Whether the customer service window is open: exactly 24 hours after the last message it is closed. */
export function isWindowOpen(lastInboundMs: number | null, nowMs: number): boolean {
  return lastInboundMs !== null && nowMs - lastInboundMs < windowMs;
}

/** When the window closes or closed, or null when the user never wrote. */
export function windowClosesAtMs(lastInboundMs: number | null): number | null {
  return lastInboundMs === null ? null : lastInboundMs + windowMs;
}
