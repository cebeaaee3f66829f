import type { Facts, NumberRecord, UserFacts, UserKind, UserProfile, WaId } from '@blockhouse/engine';

/** A user with nothing but a kind in the directory. */
export function profileOf(kind: UserKind): UserProfile {
  return { kind, name: null, username: null, phoneHidden: false };
}

/** Builders for what decisions are taken on; tests name only what they are about. */
export const nowMs = Date.UTC(2026, 1, 23, 12);

export const number: NumberRecord = {
  id: '106540352242922',
  waId: 15550783881,
  displayPhoneNumber: '+1 555 078 3881',
  verifiedName: 'Test',
  wabaId: '1',
  portfolioId: 'default',
  createdAtMs: 0,
  webhook: null,
  upstream: null,
};

export function userFacts(over: Partial<UserFacts> = {}): UserFacts {
  return {
    profile: null,
    isNumber: false,
    blocked: false,
    block: over.blocked ? { keyId: 'key_a', source: 'api', sinceMs: nowMs - 1000, untilMs: null } : null,
    standing: null,
    name: null,
    dropped: 0,
    lastInboundMs: nowMs - 1000,
    lastOutboundMs: null,
    knownFromMs: null,
    ticks: 2,
    ...over,
  };
}

export function factsOf(
  users: Readonly<Record<WaId, Partial<UserFacts>>>,
  blocklist: Facts['blocklist'] = { version: 1, size: 0 },
): Facts {
  const entries = Object.entries(users).map(([waId, over]) => [Number(waId), userFacts(over)] as const);
  return { number, blocklist, users: new Map(entries), seenAtMs: new Map() };
}

/** The same facts of a number that has a receiver of webhooks. */
export function listening(facts: Facts): Facts {
  const webhook = { url: 'https://example.com/', appSecret: 's', verifyToken: 't' };
  return { ...facts, number: { ...facts.number, webhook } };
}

/** Facts of a number at Meta. */
export function cloudFacts(...given: Parameters<typeof factsOf>): Facts {
  const upstream = { baseUrl: 'https://x', version: null, token: 't', appSecret: null, verifyToken: null };
  const facts = listening(factsOf(...given));
  return { ...facts, number: { ...facts.number, upstream } };
}
