import { fieldOf, textOf } from '../api/unknown.ts';

/** Whether a customer sees the business online: `GET /sandbox/users/{wa_id}`. True where the answer does not say. */
export function readIsOnline(answer: unknown, number: string): boolean {
  return fieldOf(fieldOf(fieldOf(answer, 'numbers'), number), 'online') !== false;
}

/** The sandbox's time: `GET /sandbox/clock`; null where the answer does not say. */
export function readClock(answer: unknown): string | null {
  const now = textOf(fieldOf(answer, 'now'));
  return now === null || Number.isNaN(Date.parse(now)) ? null : now;
}
