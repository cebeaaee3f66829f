import { type Bucket, StoreUnavailable } from '@blockhouse/engine';
import type { Ask } from './connections.ts';
import { statements } from './statements.ts';

interface Taking {
  readonly take: (bucket: Bucket) => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface BucketQueue {
  waiting: Taking[];
  running: boolean;
  /** The value of the bucket at our last write. The next write finds out whether it is still the same. */
  known: number | null;
}

/** Others who use the same key on the same number at the same time can be in the way only so often. */
const triesMax = 50;

/**
 * Buckets of rates, shared by all processes. A bucket is changed only if nobody has changed it since it was read, in a
 * single statement; what arrives while that is on its way shares the next one.
 */
export class Buckets {
  readonly #ask: Ask;
  /** One for each key and number that were used here: both are registered things, so they are bounded. */
  readonly #queues = new Map<string, BucketQueue>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  take<Answer>(numberId: string, keyId: string, take: (bucket: Bucket) => Answer): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const name = `${numberId} ${keyId}`;
      const taking = { take, resolve: resolve as (answer: unknown) => void, reject };
      let queue = this.#queues.get(name);
      if (queue === undefined) {
        queue = { waiting: [], running: false, known: null };
        this.#queues.set(name, queue);
      }
      queue.waiting.push(taking);
      if (!queue.running) void this.#run(queue, [numberId, keyId]);
    });
  }

  async #run(queue: BucketQueue, place: readonly [string, string]): Promise<void> {
    queue.running = true;
    while (queue.waiting.length > 0) {
      const takings = queue.waiting;
      queue.waiting = [];
      try {
        const answers = await this.#takeAll(queue, takings, place);
        takings.forEach(({ resolve }, index) => {
          resolve(answers[index]);
        });
      } catch (error) {
        for (const { reject } of takings) reject(error);
      }
    }
    queue.running = false;
  }

  async #takeAll(
    queue: BucketQueue,
    takings: readonly Taking[],
    place: readonly [string, string],
  ): Promise<readonly unknown[]> {
    for (let tries = 0; tries < triesMax; tries++) {
      queue.known ??= await this.#read(place);
      const bucket = { emptyAtMs: queue.known ?? 0 };
      const answers = takings.map(({ take }) => take(bucket));
      const [written] =
        queue.known === null
          ? await this.#ask(statements.addBucket, [...place, bucket.emptyAtMs])
          : await this.#ask(statements.changeBucket, [...place, bucket.emptyAtMs, queue.known]);
      queue.known = written === undefined ? null : bucket.emptyAtMs;
      if (written !== undefined) return answers;
    }
    throw new StoreUnavailable('a rate could not be counted: too many others count the same one');
  }

  async #read(place: readonly [string, string]): Promise<number | null> {
    const [row] = await this.#ask(statements.bucket, place);
    return row === undefined ? null : (row[0] as number);
  }
}
