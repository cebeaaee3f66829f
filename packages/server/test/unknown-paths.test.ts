// Shows that the path is checked first: an unknown path is reported with any body.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { demoNumber, startServer } from './harness.ts';

const { call } = await startServer({ after: (close) => after(close as () => Promise<void>) });
const json = 'application/json';

const defects = [
  ['a body that is no JSON', { body: '{', headers: { 'content-type': json } }],
  ['a body of an unknown type', { body: '<a/>', headers: { 'content-type': 'text/xml' } }],
  ['a broken form', { body: 'x', headers: { 'content-type': 'multipart/form-data' } }],
  ['a body that is too large', { body: 'x'.repeat(2 * 2 ** 20), headers: { 'content-type': json } }],
  ['no token', { key: null }],
  ['a wrong token', { key: 'wrong' }],
  ['no token and no JSON', { key: null, body: '{', headers: { 'content-type': json } }],
] as const;

const paths = ['/x', '/v25.0/x/y/z', '/blockhouse/v1/nothing', '/sandbox/nothing', '/api/v25.0/1/nothing'];

for (const [name, options] of defects) {
  for (const path of paths) {
    test(`POST ${path} with ${name}`, async () => {
      const { status, body } = await call('POST', path, options);
      assert.deepEqual([status, body.error.code], [400, 2500]);
      assert.equal(body.error.message, `Unknown path components: ${path}`);
    });
  }
  test(`PATCH of a blocklist with ${name}`, async () => {
    const { status, body } = await call('PATCH', `/v25.0/${demoNumber}/block_users`, options);
    assert.deepEqual([status, body.error.code, body.error.error_subcode], [400, 100, 33]);
  });
  test(`an unknown version with ${name}`, async () => {
    const { body } = await call('POST', `/v99.0/${demoNumber}/block_users`, options);
    assert.equal(body.error.code, 2500);
  });
}
