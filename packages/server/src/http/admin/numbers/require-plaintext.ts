import type { Vault } from '../../../auth/secret-vault.ts';
import { invalid } from '../../shared/errors.ts';

/** Refuses a secret that the vault would mistake for an encrypted one. */
export function requirePlaintext(vault: Vault, parameter: string, secrets: readonly (string | null)[]): void {
  if (secrets.some((secret) => secret !== null && vault.looksEncrypted(secret)))
    throw invalid(`Param ${parameter}: a secret must not begin like an encrypted one.`);
}
