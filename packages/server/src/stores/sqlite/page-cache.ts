import type { BlockRows, RowRange } from '@blockhouse/engine';

/** How many pages are kept: those that are asked for again and again, such as the first of each list. */
const pagesMax = 256;

/** Longer pages are not kept: they are for going through a list once, and would fill the memory. */
const rowsMax = 100;

/**
 * Rows that were read lately. A page belongs to one version of its list and never changes, so it need not be dropped
 * when the list moves on: nobody asks for that version again. The very same object is handed out, which lets the
 * caller keep what it has made of it.
 */
export class PageCache {
  readonly #pages = new Map<string, BlockRows>();

  get(
    numberKey: number,
    { start, count, seek }: RowRange,
    version: number,
    read: () => BlockRows,
  ): BlockRows {
    const anchor = seek === null ? '' : 'after' in seek ? `a${seek.after}` : `b${seek.before}`;
    const name = `${numberKey} ${version} ${start} ${count} ${anchor}`;
    const known = this.#pages.get(name);
    if (known !== undefined) return known;
    const page = read();
    if (count > rowsMax) return page;
    // The oldest goes first: a Map keeps the order in which its entries came.
    const [oldest] = this.#pages.size < pagesMax ? [] : this.#pages.keys();
    if (oldest !== undefined) this.#pages.delete(oldest);
    this.#pages.set(name, page);
    return page;
  }

  clear(): void {
    this.#pages.clear();
  }
}
