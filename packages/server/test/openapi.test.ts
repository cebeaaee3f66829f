// Shows that the OpenAPI description covers every route, that the reference page loads, and that probes and
// metrics need no key.
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { startServer } from './harness.ts';

/**
 * Routes that are not part of the API: pages and their files, CORS, and the methods on messages that are
 * refused.
 */
const notDescribed = [/^\/(docs|panel|embed)(\/|$)/, /^\/$/, /^\/openapi\.json$/, /^\/\*$/];
const undescribedMethods = [/^(GET|DELETE) .*\/messages$/, /^HEAD /];

/** Records the routes of the servers that start later, in OpenAPI's notation. */
function recordRoutes(t: TestContext): Set<string> {
  const routes = new Set<string>();
  const record = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url }) => {
      if (notDescribed.some((form) => form.test(url))) return;
      for (const one of [method].flat()) {
        const route = `${one} ${url.replace(/:(\w+)/g, '{$1}')}`;
        if (!undescribedMethods.some((form) => form.test(route))) routes.add(route);
      }
    });
  };
  subscribe('fastify.initialization', record);
  t.after(() => unsubscribe('fastify.initialization', record));
  return routes;
}

test('/openapi.json describes every route, and no other', async (t) => {
  const routes = recordRoutes(t);
  const { call } = await startServer(t);
  const { status, body } = await call('GET', '/openapi.json', { key: null });
  assert.equal(status, 200);
  assert.equal(body.openapi, '3.1.0');
  const described = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.ok(routes.has('POST /{version}/{id}/block_users'), 'routes are recorded');
  assert.deepEqual(described.toSorted(), [...routes].toSorted());
  const block = body.paths['/{version}/{id}/block_users'].post;
  assert.equal(block.requestBody.content['application/json'].schema.properties.block_users.maxItems, 1000);
  assert.ok(block.responses['4XX'].content['application/json'].schema.properties.error);
});

/** The verbs with which a summary begins. */
const verbs =
  /^(Add|Answer|Block|Change|Check|Create|Delete|Diagnose|Download|Export|Import|Inject|List|Move|Place|Read|Receive|Redeliver|Replace|Reset|Retrieve|Revoke|Send|Sign|Stream|Submit|Subscribe|Unblock|Update|Withdraw) /;

test('every route has a tag and a summary that begins with a verb', async (t) => {
  const { call } = await startServer(t);
  const { body } = await call('GET', '/openapi.json', { key: null });
  type Route = { readonly tags?: readonly string[]; readonly summary?: string };
  for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, Route>>)) {
    for (const [method, { tags, summary = '' }] of Object.entries(methods)) {
      assert.equal(tags?.length, 1, `${method} ${path}`);
      assert.match(summary, verbs, `${method} ${path}`);
      assert.doesNotMatch(summary, /[.?;:]/, `${method} ${path}`);
    }
  }
});

test('/docs is a page whose scripts come from the server', async (t) => {
  const { call } = await startServer(t);
  const { status, headers, body } = await call('GET', '/docs', { key: null });
  assert.equal(status, 200);
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'self'/);
  assert.ok(!/<script(?![^>]*src=)/.test(body), 'no inline script');
  const sources = [...body.matchAll(/src="([^"]+)"/g)].map(([, source]) => source);
  assert.ok(sources.length > 0);
  for (const source of sources) assert.equal((await call('GET', source, { key: null })).status, 200, source);
});

test('probes and metrics need no key', async (t) => {
  const { call, write, block } = await startServer(t);
  assert.deepEqual((await call('GET', '/healthz', { key: null })).body, { status: 'ok' });
  assert.deepEqual((await call('GET', '/readyz', { key: null })).body, { status: 'ready' });
  await write('16505551234');
  await block('16505551234', '14155559876');
  await write('16505551234');
  const { headers, body } = await call('GET', '/metrics', { key: null });
  assert.match(headers.get('content-type') ?? '', /^text\/plain/);
  for (const line of [
    'blockhouse_inbound_messages_total{outcome="admitted"} 1',
    'blockhouse_inbound_messages_total{outcome="dropped"} 1',
    'blockhouse_users_total{operation="block",outcome="done"} 1',
    'blockhouse_users_total{operation="block",outcome="window_closed"} 1',
    'blockhouse_http_requests_total{method="POST",route="/:version/:id/block_users",status="200"} 1',
    '# TYPE blockhouse_http_request_seconds histogram',
    'blockhouse_http_request_seconds_bucket{le="+Inf",route="/blockhouse/v1/numbers/:id/inbound"} 2',
    'blockhouse_http_request_seconds_count{route="/blockhouse/v1/numbers/:id/inbound"} 2',
  ]) {
    assert.ok(body.includes(line), line);
  }
  assert.ok(!body.includes('16505551234'));
});
