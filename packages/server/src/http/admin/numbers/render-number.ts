import type { Attempt, NumberRecord, UpstreamTarget, WebhookTarget } from '@blockhouse/engine';
import type { Static } from 'typebox';
import type { Services } from '../../../services.ts';
import { isoTime } from '../../shared/time.ts';
import type { numberShape } from './number-schemas.ts';

export async function renderNumber(
  services: Services,
  number: NumberRecord,
): Promise<Static<typeof numberShape>> {
  const { upstream, webhook } = number;
  return {
    id: number.id,
    display_phone_number: number.displayPhoneNumber,
    verified_name: number.verifiedName,
    waba_id: number.wabaId,
    portfolio_id: number.portfolioId,
    platform: upstream === null ? 'local' : 'cloud',
    upstream: upstream === null ? null : await renderUpstream(services, number, upstream),
    webhook: webhook === null ? null : renderWebhook(webhook, services.lastDelivery(number.id)),
    created_at: isoTime(number.createdAtMs),
  };
}

async function renderUpstream(
  { metaIngest, metaClients }: Services,
  number: NumberRecord,
  { baseUrl, version, appSecret, sendsProof, verifyToken }: UpstreamTarget,
) {
  const { state, okAtMs, problem, pausedUntilMs } = metaClients.health(number.id);
  return {
    base_url: baseUrl,
    version,
    token_set: true as const,
    app_secret_set: appSecret !== null,
    send_appsecret_proof: sendsProof !== false,
    verify_token_set: verifyToken !== null,
    health: {
      state,
      last_ok_at: isoTime(okAtMs),
      problem: problem?.text ?? null,
      problem_kind: problem?.kind ?? null,
      problem_at: isoTime(problem?.atMs ?? null),
      advice: problem?.advice ?? null,
      paused_until: isoTime(pausedUntilMs),
      last_webhook_at: isoTime(await metaIngest.lastWebhookAtMs(number)),
    },
  };
}

function renderWebhook({ url }: WebhookTarget, last: Attempt | null) {
  return {
    url,
    app_secret_set: true as const,
    verify_token_set: true as const,
    health: {
      state: deliveryState(last),
      last_attempt_at: isoTime(last?.atMs ?? null),
      problem: last?.problem ?? null,
    },
  };
}

function deliveryState(last: Attempt | null): 'unknown' | 'ok' | 'failing' {
  if (last === null) return 'unknown';
  return last.problem === null ? 'ok' : 'failing';
}
