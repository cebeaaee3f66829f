import { type PlatformProblem, platformProblems } from '@blockhouse/client/wire';
import type { Clock } from '@blockhouse/engine';

/** So many faults of its own in a row, and a platform is not well any more. */
const faultsMax = 3;

/** Problems that a good answer to another request than one about the blocklist does not end. */
const unprovenByPassing: readonly PlatformProblem[] = ['permission', 'number', 'account'];

/** How things stand with the platform of a number, as this process has seen it since it started. */
export interface Health {
  /** `limited`: it answers, and asks for fewer requests. */
  readonly state: 'unknown' | 'ok' | 'limited' | 'failing';
  /** When it last answered as it should; null: not yet. */
  readonly okAtMs: number | null;
  /** The last problem, if it still exists. */
  readonly problem: Problem | null;
  /** Until when it wants no request; null: it takes them. */
  readonly pausedUntilMs: number | null;
}

/** Something that is wrong, with who has to act. */
export interface Problem {
  readonly kind: PlatformProblem;
  readonly atMs: number;
  /** In the platform's words, where it has given any. */
  readonly text: string;
  readonly advice: string;
}

/** The state that one answer shows. */
export type Sign =
  /** `isPassedOn`: the request was a client's and not about the blocklist, so that it proves less. */
  | { readonly kind: 'well'; readonly isPassedOn?: boolean }
  /** It works, and refuses something: what is wrong, if anything, is not known. */
  | { readonly kind: 'refusal' }
  | { readonly kind: 'fault'; readonly text: string }
  | { readonly kind: 'problem'; readonly problem: PlatformProblem; readonly text: string };

/** Keeps what the answers of a platform, and their absence, say of it. */
export class PlatformHealth {
  readonly #clock: Clock;
  #okAtMs: number | null = null;
  #problem: Problem | null = null;
  #faults = 0;
  #pausedUntilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get current(): Health {
    const pausedUntilMs = this.#pausedUntilMs > this.#clock() ? this.#pausedUntilMs : null;
    return { state: this.#state, okAtMs: this.#okAtMs, problem: this.#problem, pausedUntilMs };
  }

  /** Notes an answer of the platform's own. */
  answered(sign: Sign): void {
    switch (sign.kind) {
      case 'well':
        this.#faults = 0;
        this.#okAtMs = this.#clock();
        if (!this.#outlives(sign)) this.#problem = null;
        return;
      case 'refusal':
        this.#faults = 0;
        if (this.#problem?.kind === 'failing') this.#problem = null;
        return;
      case 'fault':
        this.#faults++;
        if (this.#faults >= faultsMax || this.#problem?.kind === 'unreachable')
          this.#note('failing', sign.text);
        return;
      case 'problem':
        this.#note(sign.problem, sign.text);
    }
  }

  /** Notes that the platform was not reached, or gave no answer of its own. */
  unreachable(text: string): void {
    this.#note('unreachable', text);
  }

  /** Notes that a connection works, whatever the answer says. */
  reached(): void {
    if (this.#problem?.kind === 'unreachable') this.#problem = null;
  }

  paused(forMs: number): void {
    this.#pausedUntilMs = this.#clock() + forMs;
  }

  /** Whether a problem is still there after a good answer. */
  #outlives({ isPassedOn = false }: Sign & { kind: 'well' }): boolean {
    if (!isPassedOn || this.#problem === null) return false;
    const { kind } = this.#problem;
    return kind === 'rate_limit' ? this.#pausedUntilMs > this.#clock() : unprovenByPassing.includes(kind);
  }

  get #state(): Health['state'] {
    if (this.#problem === null) return this.#okAtMs === null ? 'unknown' : 'ok';
    return this.#problem.kind === 'rate_limit' ? 'limited' : 'failing';
  }

  #note(kind: PlatformProblem, text: string): void {
    this.#problem = { kind, atMs: this.#clock(), text, advice: platformProblems[kind] };
  }
}
