import type { RefusalName } from '../wire/index.ts';
import type { BulkOptions } from './bulk.ts';

/** The outcome of one user on one number. */
export interface BulkRow {
  readonly number: string;
  readonly user: string;
  readonly outcome: string;
  readonly wa_id?: string;
  readonly user_id?: string;
  readonly code?: number;
  readonly reason?: RefusalName;
  readonly message?: string;
  readonly details?: string;
  readonly explanation?: string;
}

/** A line of a streamed response. */
type BulkLine =
  | {
      readonly type: 'results';
      readonly done: number;
      readonly total: number;
      readonly results: readonly BulkRow[];
    }
  | {
      readonly type: 'end';
      readonly run: { readonly id: string; readonly state: string };
      readonly error?: unknown;
    };

/** Reads a streamed response as it arrives: lines of JSON. */
export class BulkResponse {
  readonly rows: BulkRow[] = [];
  /** The last line; null if it has not arrived, or if an earlier line was unreadable. */
  end: Extract<BulkLine, { type: 'end' }> | null = null;
  #rest = '';
  #isReadable = true;
  readonly #onProgress: BulkOptions['onProgress'];

  constructor(onProgress?: BulkOptions['onProgress']) {
    this.#onProgress = onProgress;
  }

  take(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '' && this.#isReadable) this.#read(line);
    }
  }

  #read(text: string): void {
    const line = readLine(text);
    if (line === null) this.#isReadable = false;
    else if (line.type === 'end') this.end = line;
    else if (line.type === 'results') {
      this.rows.push(...line.results);
      this.#onProgress?.({ done: line.done, total: line.total });
    }
  }
}

/** Reads a line; null if it is not a line of such a response. */
function readLine(text: string): BulkLine | null {
  try {
    const line = JSON.parse(text) as BulkLine;
    const isWhole = line.type !== 'results' || Array.isArray(line.results);
    return isWhole ? line : null;
  } catch {
    return null;
  }
}
