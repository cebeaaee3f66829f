import type { Transport } from '../transport/transport.ts';

/** The blocklist of one number, and where to reach it. */
export interface Blocklist {
  readonly transport: Transport;
  readonly phoneNumberId: string;
  /** The path of `block_users`. */
  readonly path: string;
  /** The highest number of users in one request. */
  readonly batchSize: number;
}
