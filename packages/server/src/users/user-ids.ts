import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv, hkdfSync } from 'node:crypto';
import { countryOf, readWaId, type UserIds, type WaId } from '@blockhouse/engine';

/**
 * The block size of AES. A block holds a `wa_id` and eight zero bytes, which prove that this issuer encrypted
 * it.
 */
const blockBytes = 16;
const waIdBytes = 8;

/**
 * Issues the business-scoped user IDs of every portfolio. An ID is a country and the decimal value of one AES
 * block, which holds the `wa_id` and eight zero bytes, encrypted with the portfolio's own key. An ID is
 * stable, does not reveal the phone, and cannot be forged or used in another portfolio. No table is needed to
 * decrypt it.
 */
export class UserIdIssuer {
  #secret: Buffer;
  readonly #portfolios = new Map<string, PortfolioIds>();

  /** @param secret the 32 random bytes of the installation. The IDs depend on it. */
  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /** Uses the secret of another installation, and so its IDs. */
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
    const encrypted = this.#cipher.update(plain);
    return waIds.map(
      (waId, index) => `${countryOf(String(waId))}.${readBlock(encrypted, blockBytes * index)}`,
    );
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
