import type { Readable } from 'node:stream';

/** More bytes arrived than may be in memory; nothing of this body was read. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
  /** The sender of too much: all peers together, or this one. */
  readonly of: 'all' | 'peer';

  constructor(of: 'all' | 'peer') {
    super(`more bytes are on their way than are kept for ${of}`);
    this.of = of;
  }
}

/** A body is longer than the route takes. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** A body ended before it was complete. */
export class BodyCutOff extends Error {
  override readonly name = 'BodyCutOff';
}

/** The bytes of one request. */
export interface BodyShare {
  /**
   * Reads a body whole. Its bytes count from when they arrive until the release. @throws BudgetExceeded,
   * BodyTooLarge, BodyCutOff
   */
  read(body: Readable, bytesMax: number): Promise<Buffer>;
  /** Gives the bytes back; may be called more than once. */
  release(): void;
}

/**
 * Memory for bodies of which nobody knows yet who has sent them: so many bytes in all, and from one peer. Only bytes
 * that have arrived count, so that connections that send nothing, or next to nothing, keep nobody out.
 */
export class BodyBudget {
  readonly #allMax: number;
  readonly #peerMax: number;
  readonly #peers = new Map<string, number>();
  #all = 0;

  constructor(options: { readonly allMax: number; readonly peerMax: number }) {
    this.#allMax = options.allMax;
    this.#peerMax = options.peerMax;
  }

  /** @param peer the address that the request came from. */
  open(peer: string): BodyShare {
    let bytes = 0;
    let isOpen = true;
    const take = (more: number) => {
      if (!isOpen) return;
      this.#require(peer, more);
      bytes += more;
      this.#count(peer, more);
    };
    return {
      read: (body, bytesMax) => readWhole(body, bytesMax, take),
      release: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#count(peer, -bytes);
      },
    };
  }

  #require(peer: string, more: number): void {
    if (this.#all + more > this.#allMax) throw new BudgetExceeded('all');
    if ((this.#peers.get(peer) ?? 0) + more > this.#peerMax) throw new BudgetExceeded('peer');
  }

  #count(peer: string, more: number): void {
    this.#all += more;
    const bytes = (this.#peers.get(peer) ?? 0) + more;
    if (bytes > 0) this.#peers.set(peer, bytes);
    else this.#peers.delete(peer);
  }
}

/**
 * Reads a body; once it is refused, the rest of it is let pass unread, so that the answer can go out.
 * @param take called with the bytes as they arrive; an error that it throws refuses the body.
 * @throws BodyTooLarge, BodyCutOff
 */
export function readWhole(
  body: Readable,
  bytesMax: number,
  take: (bytes: number) => void = () => {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const refuse = (error: unknown) => {
      body.off('data', add).resume();
      reject(error);
    };
    const add = (chunk: Buffer) => {
      size += chunk.length;
      try {
        if (size > bytesMax) throw new BodyTooLarge(`the body is longer than ${bytesMax} bytes`);
        take(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        refuse(error);
      }
    };
    const cutOff = () => reject(new BodyCutOff('the body was cut off'));
    body.on('data', add).once('end', () => resolve(Buffer.concat(chunks)));
    body.once('error', cutOff).once('close', cutOff);
  });
}
