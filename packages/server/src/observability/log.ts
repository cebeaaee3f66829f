import { type DestinationStream, pino } from 'pino';
import type { Config } from '../config/config.ts';

/** Lines of JSON on standard output. A text that could be a token or a phone number is never logged. */
export function createLog(level: Config['logLevel'], destination: DestinationStream = pino.destination(1)) {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/** Standard output that holds the lines of a log until `release`, so that the banner is printed first. */
export class HeldOutput implements DestinationStream {
  readonly #output = pino.destination(1);
  #held: string[] | null = [];

  write(line: string): void {
    if (this.#held === null) this.#output.write(line);
    else this.#held.push(line);
  }

  /** Writes the held lines, and every later line immediately. */
  release(): void {
    for (const line of this.#held ?? []) this.#output.write(line);
    this.#held = null;
  }
}
