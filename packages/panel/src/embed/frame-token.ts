/** Where a frame keeps its session: browsers keep it apart for each page around it, and drop cookies of frames. */
const keyOf = (number: string) => `blockhouse-frame-${number}`;

export function readFrameToken(number: string): string | null {
  try {
    return localStorage.getItem(keyOf(number));
  } catch {
    return null;
  }
}

/** Without storage the person signs in again in the next frame. */
export function keepFrameToken(number: string, token: string | null): void {
  try {
    if (token === null) localStorage.removeItem(keyOf(number));
    else localStorage.setItem(keyOf(number), token);
  } catch {}
}
