import { randomBytes } from 'node:crypto';
import type { Store } from '@blockhouse/engine';

/** The setting of the store that holds the secret. */
export const installationSecretSetting = 'user_id_secret';

/**
 * The secret of the installation, created at the first start. Business-scoped user IDs are encrypted with it.
 */
export async function loadInstallationSecret(store: Store): Promise<Buffer> {
  const fresh = randomBytes(32).toString('base64');
  const secret = await store.changeSetting(installationSecretSetting, (saved) => saved ?? fresh);
  return Buffer.from(secret, 'base64');
}
