/**
 * Every limit of the platform, each with its unit last. Sources: Meta's "Block users" page (window,
 * list, request), Graph's paging conventions (page), our own choice where Meta is silent.
 */

/** The customer service window stays open this long after the user's last admitted inbound message. */
export const windowMs = 24 * 60 * 60 * 1000;

/** A user becomes known to the business this long after their first message: see auto-block rules. */
export const knownAfterMs = 24 * 60 * 60 * 1000;

/** A message of the business to a user is noted once within this time. */
export const contactEveryMs = 60 * 60 * 1000;

/** "The blocklist has a 64,000 user limit." */
export const blocklistMax = 64_000;

/** "Each request can include a maximum of 1,000 users." */
export const batchMax = 1_000;

/** Messages in one webhook `value`; Meta batches at most 1,000 updates. */
export const inboundMax = 1_000;

/** Users in one request of the provider's dialect (Splashify Pro, "Block / Unblock Users"). */
export const providerBatchMax = 500;

/** Rows on a page of the provider's dialect when the caller names no limit. */
export const providerPageDefault = 100;

/** Rows on a page when the caller names no limit: Graph's default. */
export const pageDefault = 25;

/** A larger limit is clamped to this. */
export const pageMax = 1_000;

/** Size of one body of Meta's webhooks: "Payloads can be up to 3 MB"; a little more costs nothing. */
export const metaWebhookBytesMax = 4 * 1024 * 1024;

/** Size of one request body. */
export const bodyBytesMax = 1024 * 1024;

/** Nesting of a JSON body; Meta's deepest message (a carousel template) nests about ten levels. */
export const bodyDepthMax = 64;

/** A client that has not finished its request by then is cut off. */
export const requestTimeoutMs = 30_000;

/** The rate limit for each key and number if the configuration names none. */
export const ratePerSecondDefault = 50;

/** How long a receiver of webhooks may take to answer, when the configuration names no time. */
export const webhookTimeoutMsDefault = 10_000;

/** Requests to the platform of a `cloud` number, each about up to 1,000 users, that are made a second at most. */
export const upstreamRateDefault = 20;

/** How long one answer of that platform may take. */
export const upstreamTimeoutMsDefault = 5_000;

/** How long it is asked again: within the time that clients, ours included, wait for an answer. */
export const upstreamDeadlineMsDefault = 9_000;

/** How many webhooks of one number are delivered at the same time, each about another user. */
export const webhooksAtOnceMax = 8;

/** Characters that are kept of a name. */
export const nameLengthMax = 200;

/** Characters of a note. */
export const noteLengthMax = 1_000;

/** A record that is never over: the last moment that a date can name. */
export const neverExpiresMs = 8_640_000_000_000_000;

/** Entries of activity that one call of a store forgets at most: no transaction may take long. */
export const activityPurgeBatch = 1_000;

/** How long a request waits for a database that does not answer: less than the SDK waits for the answer. */
export const storeDeadlineMs = 8_000;

/** Connections of one process to a database. */
export const storeConnectionsDefault = 10;

/** How long closing may wait for requests in flight; supervisors kill after ten seconds or so. */
export const closeTimeoutMs = 4_000;

if (batchMax > blocklistMax || pageDefault > pageMax || pageMax > blocklistMax) {
  throw new Error('limits.ts contradicts itself: batchMax and pageMax must fit into blocklistMax');
}
