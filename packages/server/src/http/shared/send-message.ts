import type { SendAnswer } from '@blockhouse/client/wire';
import { readUser, type UserIds, type WaId } from '@blockhouse/engine';
import type { FastifyRequest } from 'fastify';
import type { Services } from '../../services.ts';
import { newWamid } from '../../shared/ids.ts';
import { numberOf } from './access.ts';
import { invalid, missing, RequestError, shown } from './errors.ts';
import { injectFaults } from './inject-faults.ts';
import { parametersOf } from './parameters.ts';
import { requireProduct } from './product.ts';
import { requireLocal } from './require-local.ts';

/** The recipient of a message, and how the request named them. */
interface Recipient {
  readonly input: string;
  readonly waId: WaId;
  readonly by: 'phone' | 'user_id';
}

/** The handler of a request to send a message. @param blocked the error of a message to a blocked user. */
export function sendHandler(services: Services, blocked: 'blocked' | 'blockedAtProvider') {
  const { platforms, directory } = services;
  return async (request: FastifyRequest): Promise<object> => {
    const fields = parametersOf(request);
    requireProduct(fields);
    if (fields['status'] !== undefined) return markRead(fields);
    const number = numberOf(request);
    requireLocal(number);
    const recipient = readRecipient(fields, await directory.lookup(number, { texts: recipientsIn(fields) }));
    const { waId } = recipient;
    const callbackData = readCallbackData(fields);
    if (services.sandbox !== null)
      await injectFaults(
        services.sandbox,
        { operation: 'send', numberId: number.id, users: [waId] },
        request,
      );
    const id = newWamid(String(waId), 'outbound');
    const isTemplate = fields['type'] === 'template';
    if (waId === number.waId) throw new RequestError('selfSend');
    const outcome = await platforms.local.send(number, { id, to: waId, isTemplate, callbackData });
    if (outcome.refused) throw new RequestError(blocked);
    return sendAnswer(recipient, { id, isTemplate });
  };
}

/** A read receipt, with or without a typing indicator, has the same path as a message. */
function markRead({ status, message_id: messageId }: Readonly<Record<string, unknown>>): { success: true } {
  if (status !== 'read') throw invalid('Param status must be one of {read}.');
  if (messageId === undefined) throw missing('message_id');
  if (typeof messageId !== 'string') throw invalid('Param message_id must be a string.');
  return { success: true };
}

/**
 * A phone as Meta accepts it in `to`: plus signs, hyphens, parentheses and spaces are ignored (Meta, "Phone number formats"), and
 * leading zeros are refused (gabrieldwight/Whatsapp-Business-Cloud-Api-Net#31).
 */
const phoneForm = /^[+\s()-]*[1-9][\d+\s()-]*$/;
const phoneSeparators = /[+\s()-]/g;
const userIdForm = /^[A-Z]{2}\./;

/** The business's own text, which its statuses repeat (Meta, "Status messages webhook reference"). */
function readCallbackData({
  biz_opaque_callback_data: data,
}: Readonly<Record<string, unknown>>): string | null {
  if (data === undefined || data === null) return null;
  // A text of a form that looks like JSON was read as JSON.
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  if (text.length > callbackDataMax)
    throw invalid(`Param biz_opaque_callback_data must have at most ${callbackDataMax} characters.`);
  return text;
}

const callbackDataMax = 512;

function recipientsIn({ to, recipient }: Readonly<Record<string, unknown>>): readonly string[] {
  return [to, recipient].filter((text) => typeof text === 'string');
}

/** `to` takes precedence over `recipient`. */
function readRecipient(fields: Readonly<Record<string, unknown>>, ids: UserIds): Recipient {
  const name = fields['to'] !== undefined ? 'to' : 'recipient';
  const input = fields[name];
  if (input === undefined) throw missing('to');
  if (typeof input !== 'string') throw invalid(`Param ${name} must be a string.`);
  const ref = phoneForm.test(input)
    ? readUser(input.replace(phoneSeparators, ''), ids)
    : userIdForm.test(input)
      ? readUser(input, ids)
      : ({ kind: 'nobody' } as const);
  if (ref.kind !== 'user') {
    throw invalid(
      /^[+\s()-]*0/.test(input)
        ? `Param ${name} must begin with the country calling code, without zeros in front - got "${shown(input)}".`
        : `Param ${name} must be a phone number or a business-scoped user ID - got "${shown(input)}".`,
    );
  }
  return { input, waId: ref.waId, by: ref.by };
}

function sendAnswer(
  { input, waId, by }: Recipient,
  { id, isTemplate }: { id: string; isTemplate: boolean },
): SendAnswer {
  const contact = by === 'phone' ? { input, wa_id: String(waId) } : { input, user_id: input };
  return {
    messaging_product: 'whatsapp',
    contacts: [contact],
    messages: [isTemplate ? { id, message_status: 'accepted' } : { id }],
  };
}
