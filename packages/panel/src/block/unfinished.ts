import { del, get, set } from 'idb-keyval';
import { type StoredWork, Work } from './work.ts';

/** Blocking that was begun in this browser and not ended: it can be continued after the tab was closed. */
const key = 'unfinished-block';

/** Whether the form of what is stored is ours: another version of the panel may have stored it. */
function isStored(value: unknown): value is StoredWork {
  const { version } = (value ?? {}) as { version?: unknown };
  return version === 1;
}

/** A browser may refuse to keep anything; then the work ends with its tab. */
export async function keepUnfinished(work: Work): Promise<void> {
  await set(key, work.stored()).catch(() => {});
}

export async function forgetUnfinished(): Promise<void> {
  await del(key).catch(() => {});
}

/** The work that was not ended; null: there is none. */
export async function readUnfinished(): Promise<Work | null> {
  const stored: unknown = await get(key).catch(() => null);
  return isStored(stored) ? Work.restored(stored) : null;
}
