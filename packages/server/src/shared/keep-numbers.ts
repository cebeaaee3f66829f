declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/**
 * For `JSON.parse`, where what was read is written again: a number that would be written otherwise than it was, such as one of
 * more than 53 bits, stays as it was.
 */
export function keepNumbers(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? JSON.rawJSON(source)
    : value;
}
