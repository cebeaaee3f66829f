import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv, hkdfSync } from 'node:crypto';
import { countryOf, readWaId, type UserIds, type WaId } from '@blockhouse/engine';

/** AES works on blocks of this size; one holds a `wa_id` and as many zero bytes as prove that we wrote it. */
const blockBytes = 16;
const waIdBytes = 8;

/**
 * Issues the business-scoped user IDs of every portfolio: a country and the decimal value of one AES block that
 * holds the `wa_id` and eight zero bytes, enciphered under the portfolio's own key. So an ID is stable, says nothing
 * about the phone, cannot be forged or carried to another portfolio, and needs no table to be read back.
 */
export class UserIdIssuer {
  #secret: Buffer;
  readonly #portfolios = new Map<string, PortfolioIds>();

  /** @param secret 32 random bytes that belong to the installation; a new secret makes new IDs. */
  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /** Goes by another secret: the IDs are those of the installation it came from. */
  adopt(secret: Buffer): void {
    this.#secret = secret;
    this.#portfolios.clear();
  }

  of(portfolioId: string): UserIds {
    let ids = this.#portfolios.get(portfolioId);
    if (ids === undefined) {
      const key = Buffer.from(
        hkdfSync('sha256', this.#secret, portfolioId, 'blockhouse user ids', blockBytes),
      );
      ids = new PortfolioIds(key);
      this.#portfolios.set(portfolioId, ids);
    }
    return ids;
  }
}

class PortfolioIds implements UserIds {
  // ECB on single blocks keeps no state between blocks, so one object serves all calls.
  readonly #cipher: Cipheriv;
  readonly #decipher: Decipheriv;

  constructor(key: Buffer) {
    this.#cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    this.#decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  }

  issue(waIds: readonly WaId[]): string[] {
    const plain = Buffer.alloc(blockBytes * waIds.length);
    for (const [index, waId] of waIds.entries()) plain.writeBigUInt64BE(BigInt(waId), blockBytes * index);
    const sealed = this.#cipher.update(plain);
    return waIds.map((waId, index) => `${countryOf(String(waId))}.${readBlock(sealed, blockBytes * index)}`);
  }

  find(userId: string): WaId | null {
    const [country, digits] = userId.split('.');
    if (digits === undefined || !/^\d{1,39}$/.test(digits)) return null;
    const value = BigInt(digits);
    if (value >= 1n << 128n) return null;
    const plain = this.#decipher.update(writeBlock(value));
    if (plain.readBigUInt64BE(waIdBytes) !== 0n) return null;
    const waId = readWaId(String(plain.readBigUInt64BE(0)));
    return waId !== null && countryOf(String(waId)) === country ? waId : null;
  }
}

function readBlock(blocks: Buffer, offset: number): bigint {
  return (blocks.readBigUInt64BE(offset) << 64n) | blocks.readBigUInt64BE(offset + waIdBytes);
}

function writeBlock(value: bigint): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.writeBigUInt64BE(value >> 64n, 0);
  block.writeBigUInt64BE(value & 0xffff_ffff_ffff_ffffn, waIdBytes);
  return block;
}
