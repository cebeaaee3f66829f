import { type Bucket, StoreUnavailable } from '@blockhouse/engine';
import type { Ask } from './connections.ts';
import { statements } from './statements.ts';

interface Taking {
  readonly take: (bucket: Bucket) => unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  waiting: Taking[];
  running: boolean;
  /** What the bucket held when we last wrote it; whether that still holds, the next write finds out. */
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
  readonly #lanes = new Map<string, Lane>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  take<Answer>(numberId: string, keyId: string, take: (bucket: Bucket) => Answer): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const name = `${numberId} ${keyId}`;
      const taking = { take, resolve: resolve as (answer: unknown) => void, reject };
      let lane = this.#lanes.get(name);
      if (lane === undefined) {
        lane = { waiting: [], running: false, known: null };
        this.#lanes.set(name, lane);
      }
      lane.waiting.push(taking);
      if (!lane.running) void this.#run(lane, [numberId, keyId]);
    });
  }

  async #run(lane: Lane, place: readonly [string, string]): Promise<void> {
    lane.running = true;
    while (lane.waiting.length > 0) {
      const takings = lane.waiting;
      lane.waiting = [];
      try {
        const answers = await this.#takeAll(lane, takings, place);
        takings.forEach(({ resolve }, index) => {
          resolve(answers[index]);
        });
      } catch (error) {
        for (const { reject } of takings) reject(error);
      }
    }
    lane.running = false;
  }

  async #takeAll(
    lane: Lane,
    takings: readonly Taking[],
    place: readonly [string, string],
  ): Promise<readonly unknown[]> {
    for (let tries = 0; tries < triesMax; tries++) {
      lane.known ??= await this.#read(place);
      const bucket = { emptyAtMs: lane.known ?? 0 };
      const answers = takings.map(({ take }) => take(bucket));
      const [written] =
        lane.known === null
          ? await this.#ask(statements.addBucket, [...place, bucket.emptyAtMs])
          : await this.#ask(statements.changeBucket, [...place, bucket.emptyAtMs, lane.known]);
      lane.known = written === undefined ? null : bucket.emptyAtMs;
      if (written !== undefined) return answers;
    }
    throw new StoreUnavailable('a rate could not be counted: too many others count the same one');
  }

  async #read(place: readonly [string, string]): Promise<number | null> {
    const [row] = await this.#ask(statements.bucket, place);
    return row === undefined ? null : (row[0] as number);
  }
}
