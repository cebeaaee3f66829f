import type { WaId } from './phone.ts';

/** What a fault can be ordered for. */
export type FaultOperation = 'block' | 'unblock' | 'list' | 'send' | 'inbound' | 'webhook';

/** When a fault that applies strikes: always, the first `times`, or every `every`th time. Never by chance. */
export type FaultWhen = 'always' | { readonly times: number } | { readonly every: number };

/**
 * What a fault does: answers with a code, waits, or breaks the connection. A webhook can also be sent twice, or behind the
 * user's next one.
 */
export type FaultEffect =
  | { readonly code: number }
  | { readonly delayMs: number }
  | { readonly disconnect: true }
  | { readonly duplicate: true }
  | { readonly reorder: true };

/** An order: this shall go wrong. Null means any number, any user. */
export interface Fault {
  readonly id: string;
  readonly operation: FaultOperation;
  readonly numberId: string | null;
  readonly waId: WaId | null;
  readonly when: FaultWhen;
  readonly what: FaultEffect;
}

/** The faults that are ordered, and how often each has applied. */
export class FaultRegistry {
  #entries: { readonly fault: Fault; applied: number }[] = [];

  add(fault: Fault): void {
    this.#entries.push({ fault, applied: 0 });
  }

  /** Whether a fault is still ordered. */
  has({ id }: Fault): boolean {
    return this.#entries.some(({ fault }) => fault.id === id);
  }

  list(): readonly Fault[] {
    return this.#entries.map(({ fault }) => fault);
  }

  /** Takes an order back; answers whether there was one. */
  remove(id: string): boolean {
    const before = this.#entries.length;
    this.#entries = this.#entries.filter(({ fault }) => fault.id !== id);
    return this.#entries.length < before;
  }

  clear(): void {
    this.#entries = [];
  }

  /** The faults that strike an operation at a number that concerns these users, in the order they were ordered in. */
  match(operation: FaultOperation, numberId: string, users: readonly WaId[]): Fault[] {
    const striking: Fault[] = [];
    for (const entry of this.#entries) {
      const { fault } = entry;
      if (fault.operation !== operation) continue;
      if (fault.numberId !== null && fault.numberId !== numberId) continue;
      if (fault.waId !== null && !users.includes(fault.waId)) continue;
      entry.applied++;
      if (appliesAt(fault.when, entry.applied)) striking.push(fault);
    }
    return striking;
  }
}

function appliesAt(when: FaultWhen, applied: number): boolean {
  if (when === 'always') return true;
  return 'times' in when ? applied <= when.times : applied % when.every === 0;
}
