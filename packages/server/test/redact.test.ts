// Shows that a secret in a response is redacted in every spelling, and at every boundary of chunks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redactor } from '../src/meta-client/redact.ts';

const secret = 'EAAJB/one|two+three';
const spellings = [
  secret,
  encodeURIComponent(secret),
  encodeURIComponent(secret).toLowerCase().replace('eaajb', 'EAAJB'),
  secret.replaceAll('/', '\\/'),
];

for (const spelling of spellings) {
  test(`${spelling} is replaced by asterisks of the same length, at every boundary of chunks`, async () => {
    const redactor = new Redactor([secret, null, 'short']);
    const text = `a${spelling}b${spelling}`;
    const expected = `a${'*'.repeat(spelling.length)}b${'*'.repeat(spelling.length)}`;
    assert.equal(redactor.text(text), expected);
    for (let border = 0; border <= text.length; border++) {
      const stream = redactor.stream();
      stream.write(text.slice(0, border));
      stream.end(text.slice(border));
      const chunks = await stream.toArray();
      assert.equal(Buffer.concat(chunks).toString('latin1'), expected);
    }
  });
}
