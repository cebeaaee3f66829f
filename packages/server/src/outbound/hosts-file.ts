import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { platform } from 'node:process';

/** Where the operating system keeps names of its own. */
export const hostsFile =
  platform === 'win32'
    ? `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts`
    : '/etc/hosts';

/** How long what was read of the file counts, in milliseconds. */
const keptMs = 5_000;

/** The names of a hosts file; a file that cannot be read has none. */
export class HostsFile {
  readonly #path: string;
  #names: Promise<ReadonlyMap<string, readonly string[]>> | null = null;
  #readAtMs = 0;

  constructor(path: string = hostsFile) {
    this.#path = path;
  }

  /** The addresses of a name in the order of the file; none: the file does not have it. */
  async addressesOf(hostname: string): Promise<readonly string[]> {
    const nowMs = performance.now();
    if (this.#names === null || nowMs - this.#readAtMs > keptMs) {
      this.#readAtMs = nowMs;
      this.#names = readFile(this.#path, 'utf8').then(readNames, () => new Map());
    }
    return (await this.#names).get(hostname) ?? [];
  }
}

function readNames(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    // An address that is good on one interface alone leads nowhere by itself.
    if (isIP(address) === 0 || address.includes('%')) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      found.set(key, [...(found.get(key) ?? []), address]);
    }
  }
  return found;
}
