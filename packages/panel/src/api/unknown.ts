/** A field of a value of which nothing is known; undefined where there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** A list, or an empty one where the value is something else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text; null where the value is something else. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
