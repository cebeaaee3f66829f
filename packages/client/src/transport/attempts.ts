import { isAmbiguous } from '../ambiguous.ts';

/** The attempts of one request: whether any of them may have been applied although the request failed. */
export class Attempts {
  #isRunning = false;
  #wasAmbiguous = false;

  begin(): void {
    this.#isRunning = true;
  }

  /** Records that an attempt failed. An aborted attempt is not recorded, and may still be applied. */
  fail(error: unknown): void {
    this.#isRunning = false;
    this.#wasAmbiguous ||= isAmbiguous(error);
  }

  get mayBeApplied(): boolean {
    return this.#isRunning || this.#wasAmbiguous;
  }
}
