import type { AccessRule } from './authenticate.ts';

/** Reading and changing blocklists, in every dialect. */
export const listing: AccessRule = { roles: ['admin', 'agent', 'app'], number: true, limited: true };

/** Sending messages, and what belongs to it. */
export const sending: AccessRule = { roles: ['admin', 'app'], number: true, limited: true };
