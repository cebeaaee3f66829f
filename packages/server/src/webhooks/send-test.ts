import type { NumberRecord, WebhookTarget } from '@blockhouse/engine';
import type { ReceiverClient } from './receiver-client.ts';
import { signatureOf } from './signature.ts';

/** The result of a test. */
export interface TestResult {
  readonly delivered: boolean;
  /** Null: it did not respond. */
  readonly status: number | null;
  readonly problem: string | null;
}

/** Sends a sample message to a receiver, once. A receiver that fails is a result, not an error. */
export async function sendTest(
  receivers: ReceiverClient,
  { number, target }: { readonly number: NumberRecord; readonly target: WebhookTarget },
): Promise<TestResult> {
  const body = sampleFor(number);
  const headers = {
    'content-type': 'application/json',
    'x-hub-signature-256': signatureOf(body, target.appSecret),
  };
  try {
    const { status } = await receivers.ask(target.url, { method: 'POST', headers, body });
    const problem = status === 200 ? null : `status ${status}; only 200 acknowledges`;
    return { delivered: status === 200, status, problem };
  } catch (error) {
    return { delivered: false, status: null, problem: (error as Error).message };
  }
}

/** The sample that the app dashboard of Meta sends for the field `messages`; its sender is a number of Meta. */
function sampleFor({ id, wabaId, displayPhoneNumber }: NumberRecord): string {
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: wabaId,
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: displayPhoneNumber.replace(/\D/g, ''), phone_number_id: id },
              contacts: [{ profile: { name: 'test user name' }, wa_id: '16315551181' }],
              messages: [
                {
                  from: '16315551181',
                  id: 'ABGGFlA5Fpa',
                  timestamp: '1504902988',
                  type: 'text',
                  text: { body: 'this is a text message' },
                },
              ],
            },
          },
        ],
      },
    ],
  });
}
