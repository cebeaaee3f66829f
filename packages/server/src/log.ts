import { pino } from 'pino';
import type { LogLevel } from './config.ts';

/** Lines of JSON on standard output. What could be a token or a phone number is never handed to it. */
export function createLog(level: LogLevel) {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
