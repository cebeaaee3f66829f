interface Waiting<Value> {
  readonly name: string;
  readonly since: number;
  readonly resolve: (value: Value | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Looks many things up together: lookups that arrive while one is under way share the next one. Nobody is
 * given what was read before they asked, so this is no cache.
 */
export class Loader<Value> {
  readonly #read: (names: readonly string[], waitedMs: number) => Promise<ReadonlyMap<string, Value>>;
  #waiting: Waiting<Value>[] = [];
  #running = false;

  constructor(read: (names: readonly string[], waitedMs: number) => Promise<ReadonlyMap<string, Value>>) {
    this.#read = read;
  }

  load(name: string): Promise<Value | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ name, since: performance.now(), resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    // Lookups that arrive in the same turn of the event loop travel together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const asked = this.#waiting;
      this.#waiting = [];
      try {
        const waitedMs = performance.now() - (asked[0]?.since ?? 0);
        const found = await this.#read([...new Set(asked.map(({ name }) => name))], waitedMs);
        for (const { name, resolve } of asked) resolve(found.get(name) ?? null);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.#running = false;
  }
}
