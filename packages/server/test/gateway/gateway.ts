import type { TestContext } from 'node:test';
import type { Config } from '@blockhouse/server';
import { adminKey, demoNumber, type Running, startServer } from '../harness.ts';

export const metaAppSecret = "the secret of Meta's app";
export const metaVerifyToken = "Meta's verify token";

/** A gateway as it stands in front of Meta, on the real clock; Meta is a sandbox of ours. */
export async function startGateway(
  t: Pick<TestContext, 'after'>,
  { over = {}, meta }: { over?: Partial<Config>; meta?: Running } = {},
) {
  const upstream = meta ?? (await startServer(t));
  const gateway = await startGatewayTo(t, { base_url: upstream.url, token: upstream.key }, over);
  return { meta: upstream, gateway, key: over.adminKey ?? adminKey };
}

/** A gateway with one number, which is at an upstream. */
export async function startGatewayTo(
  t: Pick<TestContext, 'after'>,
  upstream: object,
  over: Partial<Config> = {},
): Promise<Running> {
  const gateway = await startServer(t, {
    sandbox: false,
    adminKey,
    secrets: ['a secret of the gateway that is long enough'],
    webhookTargets: 'loopback',
    upstreamRate: null,
    ...over,
  });
  await addCloudNumber(gateway, upstream);
  return gateway;
}

/** Moves a number of the gateway to an upstream. */
export async function addCloudNumber(
  gateway: Running,
  upstream: object,
  { id = demoNumber, phone = '+1 555 078 3881' }: { id?: string; phone?: string } = {},
): Promise<void> {
  const answer = await gateway.call('POST', '/blockhouse/v1/numbers', {
    body: {
      id,
      display_phone_number: phone,
      waba_id: '102290129340398',
      platform: 'cloud',
      upstream: { app_secret: metaAppSecret, verify_token: metaVerifyToken, ...upstream },
    },
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
}
