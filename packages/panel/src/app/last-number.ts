const key = 'blockhouse-number';

/** The number that was shown last in this browser, for an address that names none; null: it is not known. */
export function rememberedNumber(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** A browser may refuse to keep anything; then the number is chosen again next time. */
export function rememberNumber(id: string): void {
  try {
    localStorage.setItem(key, id);
  } catch {}
}
