/** How far the server's clock is ahead of this browser's: hours in a sandbox whose clock was moved. */
let aheadMs = 0;

/** The server has said what time it is. */
export function setServerTime(time: string): void {
  aheadMs = Date.parse(time) - Date.now();
}

/** The time of the server: everything that it returns is of that time. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}
