// Shows that texts and secrets are equal only if every character is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameSecret, isSameText } from '../src/shared/constant-time.ts';

for (const isSame of [isSameText, isSameSecret]) {
  test(`${isSame.name} compares every character, for any lengths`, () => {
    assert.equal(isSame('', ''), true);
    assert.equal(isSame('a secret é', 'a secret é'), true);
    for (const other of ['', 'a secret', 'a secret e', 'b secret é', 'a secret é '])
      assert.equal(isSame('a secret é', other), false, other);
  });
}
