import * as sql from './sql.ts';

/** A statement with the name under which a connection prepares it once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

type Texts = typeof sql;
type Named = { readonly [Name in keyof Texts as Texts[Name] extends string ? Name : never]: Statement };

/** Every statement of the store that is one text. */
export const statements = Object.fromEntries(
  Object.entries(sql)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .map(([name, text]) => [name, { name, text }]),
) as Named;

/** The statements that remove a number, in their order. */
export const removeNumber: readonly Statement[] = sql.removeNumber.map((text, index) => ({
  name: `removeNumber${index}`,
  text,
}));

/** Activity by time, by user and by key, and where slices of each end. */
export const activity: readonly Statement[] = sql.activity.map((text, index) => ({
  name: `activity${index}`,
  text,
}));
export const activitySliceEnd: readonly Statement[] = sql.activitySliceEnd.map((text, index) => ({
  name: `activitySliceEnd${index}`,
  text,
}));

/** Blocks in each order that they can be sorted by. */
export const blocksSorted: readonly Statement[] = sql.blocksSorted.map((text, index) => ({
  name: `blocksSorted${index}`,
  text,
}));
