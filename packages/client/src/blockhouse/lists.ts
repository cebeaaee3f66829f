/** One page of a list. */
export interface PageQuery {
  /** The highest number of rows, up to 1,000; 25 by default. */
  readonly limit?: number;
  /** The cursor of the previous page. */
  readonly after?: string;
}

/** One page of a list of Blockhouse's own API. */
export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** The number of rows in the whole list; null if the server does not count them. */
  readonly total: number | null;
  /** The cursor of the next page; null on the last page. */
  readonly after: string | null;
}

/** The person or program behind a change, and the reason. */
export interface Attribution {
  /** The key of the change; null if the change was made at Meta without Blockhouse. */
  readonly key: { readonly id: string; readonly name: string | null } | null;
  /** The person who used the key, if a program named one. */
  readonly person: string | null;
  readonly source: 'api' | 'panel' | 'cli' | 'import' | 'standing' | 'rule' | 'until' | 'elsewhere';
  /** The reason that was given with the change. */
  readonly note: string | null;
}
