declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/**
 * A reviver for `JSON.parse` that preserves numbers when the value is serialized again. Without it, a number
 * of more than 53 bits would be rounded.
 */
export function keepNumbers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? JSON.rawJSON(source)
    : value;
}
