/** Pieces of expected bodies, written out once as Meta's pages show them. */

export const path = '/v25.0/{number}/block_users';

export const users = (...list: readonly string[]) => ({
  messaging_product: 'whatsapp',
  block_users: list.map((user) => ({ user })),
});

export const userIds = (...list: readonly string[]) => ({
  messaging_product: 'whatsapp',
  block_users: list.map((user_id) => ({ user_id })),
});

/** An error in Graph's envelope. */
export const graphError = (message: string, code: number, more: object = {}) => ({
  error: { message, type: 'OAuthException', code, ...more, fbtrace_id: '<trace>' },
});

export const unknownNumber = (method: string, id: string) => ({
  error: {
    message: `Unsupported ${method} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api`,
    type: 'GraphMethodException',
    code: 100,
    error_subcode: 33,
    fbtrace_id: '<trace>',
  },
});

const userError = (code: number, message: string, details: string) => ({
  errors: [{ message, code, error_data: { details } }],
});

export const windowClosed = userError(
  131047,
  'Re-engagement required',
  'User has not messaged in the last 24 hours',
);
export const notAUser = userError(
  131047,
  'Re-engagement required',
  'The number is not a valid WhatsApp user',
);
export const isNoForm = userError(
  131047,
  'Re-engagement required',
  'The user is not in the form of a phone number, wa_id or user ID',
);
export const isBusiness = userError(
  131047,
  'Re-engagement required',
  'The user is a WhatsApp Business account, which cannot be blocked',
);
export const isSelf = userError(131021, 'Self block', 'Cannot block your own phone number');

const someRefused = (verb: 'block' | 'unblock') =>
  graphError('(#139100) Failed to block/unblock users', 139100, {
    error_data: { details: `Failed to ${verb} some users, see the block_users response list for details` },
  });

export const blocked = (...added: readonly object[]) => ({
  messaging_product: 'whatsapp',
  block_users: { added_users: added },
});

export const unblocked = (...removed: readonly object[]) => ({
  messaging_product: 'whatsapp',
  block_users: { removed_users: removed },
});

export const partlyBlocked = (added: readonly object[], failed: readonly object[]) => ({
  messaging_product: 'whatsapp',
  block_users: { added_users: added, failed_users: failed },
  ...someRefused('block'),
});

export const partlyUnblocked = (removed: readonly object[], failed: readonly object[]) => ({
  messaging_product: 'whatsapp',
  block_users: { removed_users: removed, failed_users: failed },
  ...someRefused('unblock'),
});

/** A user who was named by phone. */
export const by = (input: string) => ({ input, wa_id: input.replace(/\D/g, '') });
