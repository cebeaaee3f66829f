import { graphError } from '../bodies.ts';
import type { Scenario } from '../scenario.ts';

const path = '/v25.0/{number}/messages';
const ana = '+16505551234';
const message = (more: object) => ({ messaging_product: 'whatsapp', ...more });
const sent = (contact: object, more: object = {}) => ({
  messaging_product: 'whatsapp',
  contacts: [contact],
  messages: [{ id: '<wamid>', ...more }],
});
const refusal = 'Unable to deliver the message. This business has blocked the end user on WhatsApp';
const blocked = graphError(`(#130403) ${refusal}`, 130403, {
  error_data: { messaging_product: 'whatsapp', details: refusal },
});

/** Sends: accepted whatever they hold, refused to blocked users. */
export const sending: readonly Scenario[] = [
  {
    name: 'a text',
    given: [{ write: [ana] }],
    request: { method: 'POST', path, body: message({ to: ana, type: 'text', text: { body: 'hello' } }) },
    expect: { status: 200, body: sent({ input: ana, wa_id: '16505551234' }) },
  },
  {
    name: 'a template has a message_status',
    request: { method: 'POST', path, body: message({ to: '16505551234', type: 'template', template: {} }) },
    expect: {
      status: 200,
      body: sent({ input: '16505551234', wa_id: '16505551234' }, { message_status: 'accepted' }),
    },
  },
  {
    name: 'a type that nobody knows',
    request: { method: 'POST', path, body: message({ to: ana, type: 'hologram', hologram: [1, null] }) },
    expect: { status: 200, body: sent({ input: ana, wa_id: '16505551234' }) },
  },
  {
    name: 'marking as read',
    request: { method: 'POST', path, body: message({ status: 'read', message_id: 'wamid.x' }) },
    expect: { status: 200, body: { success: true } },
  },
  {
    name: 'a text to a blocked user',
    given: [{ write: [ana] }, { block: [ana] }],
    request: { method: 'POST', path, body: message({ to: ana, type: 'text' }) },
    expect: { status: 400, body: blocked },
  },
  {
    name: 'a template to a blocked user, in another spelling',
    given: [{ write: [ana] }, { block: [ana] }],
    request: { method: 'POST', path, body: message({ to: '1 650 555 1234', type: 'template' }) },
    expect: { status: 400, body: blocked },
  },
  {
    name: 'to a user who was unblocked',
    given: [{ write: [ana] }, { block: [ana] }, { unblock: [ana] }],
    request: { method: 'POST', path, body: message({ to: ana, type: 'text' }) },
    expect: { status: 200, body: sent({ input: ana, wa_id: '16505551234' }) },
  },
  {
    name: 'to nobody in particular',
    request: { method: 'POST', path, body: message({ type: 'text' }) },
    expect: { status: 400, body: graphError('(#100) The parameter to is required.', 100) },
  },
  {
    name: 'to what is no phone number',
    request: { method: 'POST', path, body: message({ to: 'Ana' }) },
    expect: {
      status: 400,
      body: graphError(
        '(#100) Param to must be a phone number or a business-scoped user ID - got "Ana".',
        100,
      ),
    },
  },
];
