import type { IncomingHttpHeaders } from 'node:http';

/** A platform's own answer as it came, without the secrets of the number in it. */
export interface PlatformAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * The known state of the attempts of one call: whether a change may have happened, and whether it may still happen.
 */
export class Attempts {
  /** A request may have arrived. */
  reached = false;
  /** One that may have arrived was not answered by the API itself: it may still be at work. */
  unanswered = false;
  /** The last answer of the API itself. */
  answer: PlatformAnswer | null = null;

  /** Notes how an attempt has ended that had reached the other side. @param answer null when it was not the API's own. */
  note(answer: PlatformAnswer | null): void {
    this.reached = true;
    if (answer === null) this.unanswered = true;
    else this.answer = answer;
  }
}
