import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import {
  type NumberRecord,
  NumberUnknown,
  type Store,
  type UpstreamTarget,
  type WebhookTarget,
} from '@blockhouse/engine';
import { settings } from '../config/config.ts';
import { ConfigError } from '../config/setting.ts';

/** AES-256-GCM: a random nonce of 96 bits for each text, and a tag of 128 bits. */
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** An encrypted text is `sealed.v1.{key ID}.{nonce, ciphertext, and tag}`. Any other text is plaintext. */
const encryptedPrefix = 'sealed.v1.';

interface Key {
  /** Identifies the key without revealing it. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** None of the configured secrets decrypts a text. */
export class CannotDecrypt extends Error {
  override readonly name = 'CannotDecrypt';
}

/**
 * Encrypts the secrets of numbers: Meta's tokens always, and the secrets of webhooks if a secret is
 * configured. Each text is bound to its number and its field, so it cannot be moved to another one.
 */
export class Vault {
  readonly #keys: readonly Key[];

  /** @param secrets the first secret encrypts, and all of them decrypt, so that a secret can be rotated. */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => {
      const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'blockhouse vault', keyBytes));
      const id = createHash('sha256').update(bytes).digest('base64url').slice(0, 8);
      return { id, bytes };
    });
  }

  get canEncrypt(): boolean {
    return this.#keys.length > 0;
  }

  looksEncrypted(text: string): boolean {
    return text.startsWith(encryptedPrefix);
  }

  encryptWebhook(numberId: string, target: WebhookTarget): WebhookTarget {
    return mapWebhook(target, (text, field) => this.#encrypt(text, `${numberId} ${field}`));
  }

  /** @throws CannotDecrypt */
  decryptWebhook({ id }: { readonly id: string }, target: WebhookTarget): WebhookTarget {
    return mapWebhook(target, (text, field) => this.#decrypt(text, `${id} ${field}`));
  }

  encryptUpstream(numberId: string, target: UpstreamTarget): UpstreamTarget {
    return mapUpstream(target, (text, field) => this.#encrypt(text, `${numberId} ${field}`));
  }

  /** @throws CannotDecrypt */
  decryptUpstream({ id }: { readonly id: string }, target: UpstreamTarget): UpstreamTarget {
    return mapUpstream(target, (text, field) => this.#decrypt(text, `${id} ${field}`));
  }

  /** Encrypts messages of a number that are kept. */
  encryptMessages(numberId: string, text: string): string {
    return this.#encrypt(text, `${numberId} messages`);
  }

  /** @throws CannotDecrypt */
  decryptMessages(numberId: string, text: string): string {
    return this.#decrypt(text, `${numberId} messages`);
  }

  /**
   * Encrypts all secrets of a number with the first key. Returns the same record if they already are.
   * @throws CannotDecrypt
   */
  reencrypted(number: NumberRecord): NumberRecord {
    if (secretsOf(number).every((text) => this.#isCurrent(text))) return number;
    const { id, webhook, upstream } = number;
    return {
      ...number,
      webhook: webhook === null ? null : this.encryptWebhook(id, this.decryptWebhook(number, webhook)),
      upstream: upstream === null ? null : this.encryptUpstream(id, this.decryptUpstream(number, upstream)),
    };
  }

  #isCurrent(text: string): boolean {
    const [first] = this.#keys;
    return first === undefined
      ? !this.looksEncrypted(text)
      : text.startsWith(`${encryptedPrefix}${first.id}.`);
  }

  /** @param context is authenticated with the text: the number and the field. */
  #encrypt(text: string, context: string): string {
    const [key] = this.#keys;
    if (key === undefined) return text;
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(Buffer.from(context));
    const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return `${encryptedPrefix}${key.id}.${Buffer.concat(parts).toString('base64url')}`;
  }

  #decrypt(text: string, context: string): string {
    if (!this.looksEncrypted(text)) return text;
    const [id = '', content = ''] = text.slice(encryptedPrefix.length).split('.');
    const key = this.#keys.find((one) => one.id === id);
    if (key === undefined) {
      throw new CannotDecrypt(`${context} is encrypted with a secret that is not configured`);
    }
    const bytes = Buffer.from(content, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(-tagBytes));
      const plain = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([plain, decipher.final()]).toString('utf8');
    } catch {
      throw new CannotDecrypt(`${context} is damaged, or it was encrypted for another number or field`);
    }
  }
}

/**
 * Encrypts the secrets of all numbers with the first secret, at the start.
 * @throws ConfigError if one cannot be decrypted.
 */
export async function reencryptSecrets(
  vault: Vault,
  store: Pick<Store, 'numbers' | 'changeNumbers'>,
): Promise<void> {
  for (const number of await store.numbers()) {
    try {
      if (vault.reencrypted(number) === number) continue;
      await store.changeNumbers((numbers) => {
        const current = numbers.find(({ id }) => id === number.id);
        if (current === undefined) throw new NumberUnknown(number.id);
        return { put: vault.reencrypted(current) };
      });
    } catch (error) {
      // Another process has removed the number in the meantime.
      if (error instanceof NumberUnknown) continue;
      if (!(error instanceof CannotDecrypt)) throw error;
      throw new ConfigError(
        `${settings.secrets.name} does not decrypt the secrets of number ${number.id}. ` +
          'Add the secret that they were encrypted with, after the new one (NEW,OLD).',
      );
    }
  }
}

function secretsOf({ webhook, upstream }: NumberRecord): readonly string[] {
  return [
    webhook?.appSecret,
    webhook?.verifyToken,
    upstream?.token,
    upstream?.appSecret,
    upstream?.verifyToken,
  ].filter((text) => text != null);
}

function mapWebhook(target: WebhookTarget, map: (text: string, field: string) => string): WebhookTarget {
  return {
    url: target.url,
    appSecret: map(target.appSecret, 'webhook.app_secret'),
    verifyToken: map(target.verifyToken, 'webhook.verify_token'),
  };
}

function mapUpstream(target: UpstreamTarget, map: (text: string, field: string) => string): UpstreamTarget {
  const { token, appSecret, verifyToken } = target;
  return {
    ...target,
    token: map(token, 'upstream.token'),
    appSecret: appSecret === null ? null : map(appSecret, 'upstream.app_secret'),
    verifyToken: verifyToken === null ? null : map(verifyToken, 'upstream.verify_token'),
  };
}
