const key = 'blockhouse-reasons';

/** Reasons that are offered again. */
const keptMax = 12;

/** The reasons that were used in this browser, the latest first. */
export function usedReasons(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

/** A browser may refuse to keep anything; then reasons are typed again. */
export function rememberReason(reason: string | null): void {
  if (reason === null || reason.trim() === '' || reason.length > 200) return;
  const others = usedReasons().filter((one) => one !== reason);
  try {
    localStorage.setItem(key, JSON.stringify([reason, ...others].slice(0, keptMax)));
  } catch {}
}
