import { isAmbiguous } from './ambiguous.ts';

/** The attempts of one request: whether any of them may have been applied although the request failed. */
export class Attempts {
  #isInFlight = false;
  #wasAmbiguous = false;

  begin(): void {
    this.#isInFlight = true;
  }

  /** An attempt has failed. An attempt that was abandoned has not, and stays in flight. */
  fail(error: unknown): void {
    this.#isInFlight = false;
    this.#wasAmbiguous ||= isAmbiguous(error);
  }

  get mayBeApplied(): boolean {
    return this.#isInFlight || this.#wasAmbiguous;
  }
}
