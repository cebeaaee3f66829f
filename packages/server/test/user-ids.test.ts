// Shows that business-scoped user IDs are stable, can be decrypted, belong to one portfolio, and cannot be
// forged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWaId } from '@blockhouse/engine';
import fc from 'fast-check';
import { UserIdIssuer } from '../src/users/user-ids.ts';

const secret = Buffer.alloc(32, 7);
const issuer = new UserIdIssuer(secret);
const waIds = fc
  .stringMatching(/^[1-9]\d{6,14}$/)
  .map(readWaId)
  .filter((waId) => waId !== null);

test('every ID can be decrypted to its wa_id, and is the same after a restart', () => {
  fc.assert(
    fc.property(waIds, (waId) => {
      const userId = issuer.of('a').issue([waId])[0] ?? '';
      assert.match(userId, /^[A-Z]{2}\.\d{1,39}$/);
      assert.equal(issuer.of('a').find(userId), waId);
      assert.deepEqual(new UserIdIssuer(secret).of('a').issue([16505551234, waId]).slice(1), [userId]);
      assert.equal(issuer.of('b').find(userId), null);
      assert.equal(new UserIdIssuer(Buffer.alloc(32, 8)).of('a').find(userId), null);
    }),
  );
});

test('an ID that was not issued belongs to no user', () => {
  const issued = issuer.of('a').issue([16505551234])[0] ?? '';
  assert.equal(issuer.of('a').find(issued.replace('US', 'DE')), null);
  assert.equal(issuer.of('a').find(`US.${BigInt(issued.slice(3)) + 1n}`), null);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), (value) => {
      assert.equal(issuer.of('a').find(`US.${value}`), null);
    }),
  );
  for (const text of ['US.', 'US.abc', 'US.ENT.1', '', 'x'.repeat(200)])
    assert.equal(issuer.of('a').find(text), null);
});
