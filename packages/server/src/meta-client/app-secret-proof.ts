import { createHmac } from 'node:crypto';

/**
 * Proves to Graph that a call comes from the app's own server: `appsecret_proof` is the HMAC-SHA256 of the token under the app
 * secret, in hexadecimal. Apps can demand it (Meta, "Securing Graph API Requests").
 */
export function appSecretProof(token: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(token).digest('hex');
}
