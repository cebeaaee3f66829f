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

/** AES-256-GCM: a nonce of 96 bits, drawn for every text, and a tag of 128 bits. */
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** `sealed.v1.{key}.{nonce, text and tag}`: what does not begin like this was never sealed. */
const mark = 'sealed.v1.';

interface Key {
  /** Names the key without telling anything of it. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** What is sealed can be opened with none of the secrets that are set. */
export class CannotOpen extends Error {
  override readonly name = 'CannotOpen';
}

/**
 * Seals the secrets of numbers: Meta's tokens always, the secrets of webhooks where a secret is set. Each is bound to its
 * number and its place, so that none can be moved to another.
 */
export class Vault {
  readonly #keys: readonly Key[];

  /** @param secrets the first seals; all of them open, so that one can take the place of another. */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => {
      const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'blockhouse vault', keyBytes));
      const id = createHash('sha256').update(bytes).digest('base64url').slice(0, 8);
      return { id, bytes };
    });
  }

  /** Whether there is a secret to seal with. */
  get canSeal(): boolean {
    return this.#keys.length > 0;
  }

  /** Whether a text could be taken for one that was sealed. */
  looksSealed(text: string): boolean {
    return text.startsWith(mark);
  }

  sealWebhook(numberId: string, target: WebhookTarget): WebhookTarget {
    return this.#mapWebhook(target, (text, place) => this.#seal(text, `${numberId} ${place}`));
  }

  /** @throws CannotOpen */
  openWebhook({ id }: { readonly id: string }, target: WebhookTarget): WebhookTarget {
    return this.#mapWebhook(target, (text, place) => this.#open(text, `${id} ${place}`));
  }

  sealUpstream(numberId: string, target: UpstreamTarget): UpstreamTarget {
    return this.#mapUpstream(target, (text, place) => this.#seal(text, `${numberId} ${place}`));
  }

  /** @throws CannotOpen */
  openUpstream({ id }: { readonly id: string }, target: UpstreamTarget): UpstreamTarget {
    return this.#mapUpstream(target, (text, place) => this.#open(text, `${id} ${place}`));
  }

  /** A number whose secrets are all sealed by the first key; the same one when they are already. @throws CannotOpen */
  renewed(number: NumberRecord): NumberRecord {
    const { id, webhook, upstream } = number;
    const texts = [
      webhook?.appSecret,
      webhook?.verifyToken,
      upstream?.token,
      upstream?.appSecret,
      upstream?.verifyToken,
    ].filter((text) => text != null);
    const [first] = this.#keys;
    if (
      texts.every((text) =>
        first === undefined ? !this.looksSealed(text) : text.startsWith(`${mark}${first.id}.`),
      )
    )
      return number;
    const plainWebhook = webhook === null ? null : this.openWebhook(number, webhook);
    const plainUpstream = upstream === null ? null : this.openUpstream(number, upstream);
    return {
      ...number,
      webhook: plainWebhook === null ? null : this.sealWebhook(id, plainWebhook),
      upstream: plainUpstream === null ? null : this.sealUpstream(id, plainUpstream),
    };
  }

  #mapWebhook(target: WebhookTarget, map: (text: string, place: string) => string): WebhookTarget {
    return {
      url: target.url,
      appSecret: map(target.appSecret, 'webhook.app_secret'),
      verifyToken: map(target.verifyToken, 'webhook.verify_token'),
    };
  }

  #mapUpstream(target: UpstreamTarget, map: (text: string, place: string) => string): UpstreamTarget {
    const { token, appSecret, verifyToken } = target;
    return {
      ...target,
      token: map(token, 'upstream.token'),
      appSecret: appSecret === null ? null : map(appSecret, 'upstream.app_secret'),
      verifyToken: verifyToken === null ? null : map(verifyToken, 'upstream.verify_token'),
    };
  }

  #seal(text: string, about: string): string {
    const [key] = this.#keys;
    if (key === undefined) return text;
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(Buffer.from(about));
    const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return `${mark}${key.id}.${Buffer.concat(sealed).toString('base64url')}`;
  }

  #open(text: string, about: string): string {
    if (!this.looksSealed(text)) return text;
    const [id = '', content = ''] = text.slice(mark.length).split('.');
    const key = this.#keys.find((one) => one.id === id);
    if (key === undefined) throw new CannotOpen(`${about} is encrypted with a secret that is not set`);
    const bytes = Buffer.from(content, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
        .setAAD(Buffer.from(about))
        .setAuthTag(bytes.subarray(-tagBytes));
      const plain = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([plain, decipher.final()]).toString('utf8');
    } catch {
      throw new CannotOpen(`${about} is damaged, or was encrypted for another number or field`);
    }
  }
}

/** Has every number's secrets sealed by the first secret, at the start. @throws ConfigError when some cannot be opened. */
export async function renewSecrets(
  vault: Vault,
  store: Pick<Store, 'numbers' | 'changeNumbers'>,
): Promise<void> {
  for (const number of await store.numbers()) {
    try {
      if (vault.renewed(number) === number) continue;
      await store.changeNumbers((numbers) => {
        const current = numbers.find(({ id }) => id === number.id);
        if (current === undefined) throw new NumberUnknown(number.id);
        return { put: vault.renewed(current) };
      });
    } catch (error) {
      // Somebody has removed it meanwhile.
      if (error instanceof NumberUnknown) continue;
      if (!(error instanceof CannotOpen)) throw error;
      throw new ConfigError(
        `${settings.secrets.name} does not decrypt the secrets of number ${number.id}: set the secret that they were encrypted with, ` +
          'after the new one if there is one (NEW,OLD).',
      );
    }
  }
}
