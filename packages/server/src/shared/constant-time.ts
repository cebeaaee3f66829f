import { hash, timingSafeEqual } from 'node:crypto';

/**
 * Compares two texts in a time that depends only on their lengths. Use it for hashes and signatures, whose
 * length is public.
 */
export function isSameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Compares two secrets of any length in constant time. It compares their hashes, so it does not reveal their
 * lengths.
 */
export function isSameSecret(one: string, other: string): boolean {
  return isSameText(hash('sha256', one), hash('sha256', other));
}
