import { versions } from '@blockhouse/client/wire';
import type { NumberRecord, UpstreamTarget } from '@blockhouse/engine';
import { type Config, settings } from '../../../config/config.ts';
import type { TargetCheck } from '../../../meta-client/clients.ts';
import { checkLiteral } from '../../../outbound/ssrf-guard.ts';
import { isLoopback, type TargetPolicy } from '../../../outbound/target-policy.ts';
import type { Services } from '../../../services.ts';
import { invalid, missing } from '../../shared/errors.ts';
import { readReceiverUrl } from '../../shared/receiver-url.ts';
import type { UpstreamChange } from './number-schemas.ts';
import { requirePlaintext } from './require-plaintext.ts';

const metaUrl = 'https://graph.facebook.com';

/** A platform that was checked, as the store keeps it; null: the number is local. */
export type CheckedUpstream = { readonly upstream: UpstreamTarget | null } & Pick<
  TargetCheck,
  'isAnswered' | 'verifiedName'
>;

/**
 * Reads a change of a number's platform, and asks the platform whether the token gives access to the number. A platform that
 * does not answer can be configured all the same; only its refusal is an error.
 */
export async function checkUpstream(
  { vault, metaClients, config }: Services,
  number: Pick<NumberRecord, 'id' | 'upstream'>,
  change: UpstreamChange | undefined,
): Promise<CheckedUpstream> {
  if (change === undefined) return { upstream: number.upstream, isAnswered: false, verifiedName: null };
  if (!vault.canEncrypt)
    throw invalid(
      `Param upstream: set ${settings.secrets.name} first, so that the token can be stored encrypted.`,
    );
  const before = number.upstream === null ? null : vault.decryptUpstream(number, number.upstream);
  const target = changedUpstream(before, change, config);
  requirePlaintext(vault, 'upstream', [target.token, target.appSecret, target.verifyToken]);
  const { refusal, ...checked } = await metaClients.check(number.id, target);
  if (refusal !== null)
    throw invalid(`Param upstream: the platform refuses the number or its token: ${refusal}`);
  return { ...checked, upstream: vault.encryptUpstream(number.id, target) };
}

/**
 * Applies a change that was checked to the platform as it is by then. Another request may have changed the fields that this one
 * leaves out.
 */
export function applyUpstreamChange(
  { vault, config }: Services,
  number: NumberRecord,
  change: UpstreamChange | undefined,
): UpstreamTarget | null {
  if (change === undefined || number.upstream === null) return number.upstream;
  const before = vault.decryptUpstream(number, number.upstream);
  return vault.encryptUpstream(number.id, changedUpstream(before, change, config));
}

function changedUpstream(
  before: UpstreamTarget | null,
  change: UpstreamChange,
  { webhookTargets }: Config,
): UpstreamTarget {
  const baseUrl = readUpstreamUrl(change.base_url ?? before?.baseUrl ?? metaUrl, webhookTargets);
  // A token is sent to no other host than the one that it was given for.
  const isElsewhere = before !== null && new URL(baseUrl).origin !== new URL(before.baseUrl).origin;
  const token = change.token ?? (isElsewhere ? undefined : before?.token);
  if (token === undefined) throw missing('upstream.token');
  const {
    version = before === null ? versions.latest : before.version,
    app_secret: appSecret = before?.appSecret ?? null,
    send_appsecret_proof: sendsProof = before?.sendsProof ?? true,
    verify_token: verifyToken = before?.verifyToken ?? null,
  } = change;
  return { baseUrl, version, token, appSecret, sendsProof, verifyToken };
}

/** The token goes to this address, so it must be encrypted on its way, except on this machine. */
function readUpstreamUrl(text: string, policy: TargetPolicy): string {
  const url = new URL(readReceiverUrl('upstream.base_url', text));
  if (url.search !== '') throw invalid('Param upstream.base_url must not have a query.');
  try {
    checkLiteral(url, policy);
  } catch (error) {
    throw invalid(`Param upstream.base_url: ${(error as Error).message}.`);
  }
  if (url.protocol !== 'https:' && policy !== 'any' && !isLoopback(url))
    throw invalid('Param upstream.base_url must be an https address, since the token is sent to it.');
  return url.href.replace(/\/+$/, '');
}
