import { createHmac } from 'node:crypto';
import type { UpstreamTarget } from '@blockhouse/engine';
import { withoutParameters, withParameter } from '../shared/query-text.ts';

/**
 * Proves to Graph that a call comes from the app's own server: `appsecret_proof` is the HMAC-SHA256 of the token under the app
 * secret, in hexadecimal. Apps can demand it (Meta, "Securing Graph API Requests").
 */
export function appSecretProof(token: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(token).digest('hex');
}

/** The address with the proof for the token that is really sent; a proof of the caller's was for another token. */
export function provenUrl(url: URL, { token, appSecret, sendsProof }: UpstreamTarget): URL {
  const proven = new URL(url);
  const query = withoutParameters(url.search.slice(1), ['appsecret_proof']);
  const hasProof = sendsProof !== false && appSecret !== null;
  proven.search = hasProof
    ? withParameter(query, 'appsecret_proof', appSecretProof(token, appSecret))
    : query;
  return proven;
}
