import type { WaId } from '@blockhouse/engine';

/** An operation into which faults can be injected. */
export type FaultOperation = 'block' | 'unblock' | 'list' | 'send' | 'inbound' | 'webhook';

/**
 * When a fault applies: always, the first `times`, or every `every`th time. A fault never applies at random.
 */
export type FaultWhen = 'always' | { readonly times: number } | { readonly every: number };

/**
 * The effect of a fault: an error code, a delay, or a broken connection. A webhook can also be sent twice, or
 * after the user's next one.
 */
export type FaultEffect =
  | { readonly code: number }
  | { readonly delayMs: number }
  | { readonly disconnect: true }
  | { readonly duplicate: true }
  | { readonly reorder: true };

/** A fault to inject. Null means any number, any user. */
export interface Fault {
  readonly id: string;
  readonly operation: FaultOperation;
  readonly numberId: string | null;
  readonly waId: WaId | null;
  readonly when: FaultWhen;
  readonly what: FaultEffect;
}

/** The faults to inject, and how often each has been considered. */
export class FaultRegistry {
  #entries: { readonly fault: Fault; considered: number }[] = [];

  add(fault: Fault): void {
    this.#entries.push({ fault, considered: 0 });
  }

  /** Whether a fault has not been removed since. */
  has({ id }: Fault): boolean {
    return this.#entries.some(({ fault }) => fault.id === id);
  }

  list(): readonly Fault[] {
    return this.#entries.map(({ fault }) => fault);
  }

  /** Returns whether the fault existed. */
  remove(id: string): boolean {
    const before = this.#entries.length;
    this.#entries = this.#entries.filter(({ fault }) => fault.id !== id);
    return this.#entries.length < before;
  }

  clear(): void {
    this.#entries = [];
  }

  /**
   * The faults that apply to an operation on these users of a number, in the order in which they were added.
   */
  match(operation: FaultOperation, numberId: string, users: readonly WaId[]): Fault[] {
    const matching: Fault[] = [];
    for (const entry of this.#entries) {
      const { fault } = entry;
      if (fault.operation !== operation) continue;
      if (fault.numberId !== null && fault.numberId !== numberId) continue;
      if (fault.waId !== null && !users.includes(fault.waId)) continue;
      entry.considered++;
      if (appliesAt(fault.when, entry.considered)) matching.push(fault);
    }
    return matching;
  }
}

function appliesAt(when: FaultWhen, considered: number): boolean {
  if (when === 'always') return true;
  return 'times' in when ? considered <= when.times : considered % when.every === 0;
}
