/** A name for a call, so that it can be asked for again. Not `crypto.randomUUID()`, which pages have over https alone. */
export function newName(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
