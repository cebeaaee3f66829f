import type { NumberRecord } from '@blockhouse/engine';
import { isSameText } from '../shared/constant-time.ts';
import { signatureOf } from '../webhooks/signature.ts';
import type { mentionedIds } from './parse-webhook.ts';

/** Signatures that are compared for a webhook that names no number of this server. */
const otherNumbersMax = 16;

/** The signature of a webhook is missing, or it is not the one of the number's app. */
export class NotSigned extends Error {
  override readonly name = 'NotSigned';
}

/**
 * Verifies the signature of a webhook. The app of each named number must have signed it. If the webhook names
 * only a business account, the app of any of its numbers is enough, and if it names nothing of this server,
 * any app.
 * @param signature the header `X-Hub-Signature-256`.
 * @param options.numbers the numbers at Meta.
 * @throws NotSigned
 */
export function verifySignature(
  raw: Buffer,
  signature: string,
  {
    numbers,
    mentioned: { numberIds, wabaIds },
    appSecretOf,
  }: {
    readonly numbers: readonly NumberRecord[];
    readonly mentioned: ReturnType<typeof mentionedIds>;
    readonly appSecretOf: (number: NumberRecord) => string | null;
  },
): void {
  const byId = numbers.filter(({ id }) => numberIds.includes(id));
  const named = byId.length > 0 ? byId : numbers.filter(({ wabaId }) => wabaIds.includes(wabaId));
  const candidates = named.length > 0 ? named : numbers.slice(0, otherNumbersMax);
  const hasSigned = (number: NumberRecord): boolean => {
    const appSecret = appSecretOf(number);
    return appSecret !== null && isSameText(signatureOf(raw, appSecret), signature);
  };
  if (byId.length > 0 ? candidates.every(hasSigned) : candidates.some(hasSigned)) return;
  const withoutSecret = named.find((number) => appSecretOf(number) === null);
  throw new NotSigned(
    withoutSecret === undefined
      ? 'X-Hub-Signature-256 is not the signature of this body by the app of its number'
      : `Number ${withoutSecret.id} has no upstream.app_secret, so that no signature can be checked`,
  );
}
