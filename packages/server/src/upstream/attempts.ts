/** What is known of the tries of one call: whether anything may have been done, and whether anything may yet be. */
export class Attempts {
  /** A request may have arrived. */
  reached = false;
  /** One that may have arrived was not answered by the API itself: it may still be at work. */
  unanswered = false;

  /** Notes how a try has ended that had reached the other side. */
  note(isAnswered: boolean): void {
    this.reached = true;
    if (!isAnswered) this.unanswered = true;
  }
}
