// Shows that the origin in links and cookies comes from the configuration or a trusted proxy, and never from
// a client.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import type { Config } from '@blockhouse/server';
import { demoNumber, type Running, startServer } from './harness.ts';

const forwarded = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'blocks.example',
  forwarded: 'proto=https;host=blocks.example',
};

/** The origin of a server in the URL of a page and in an embed link, and the attributes of its cookie. */
async function ownAddress(running: Running, headers: Readonly<Record<string, string>> = {}) {
  await running.write('16505550001', '16505550002');
  await running.block('16505550001', '16505550002');
  const list = `/v25.0/${demoNumber}/block_users?limit=1`;
  const page = await running.call('GET', list, { headers });
  const link = await running.call('POST', `/blockhouse/v1/numbers/${demoNumber}/embed-links`, {
    body: {},
    headers,
  });
  const session = await running.call('POST', '/blockhouse/v1/session', {
    body: { key: running.key },
    headers,
  });
  assert.ok(link.body.url.endsWith(link.body.path));
  return {
    next: new URL(page.body.paging.next).origin,
    embed: new URL(link.body.url).origin,
    isSecure: /; Secure$/.test(session.headers.get('set-cookie') ?? ''),
  };
}

const publicUrl = 'https://public.example:8443';
const behind = { next: 'https://blocks.example', embed: 'https://blocks.example', isSecure: true };
const published = { next: publicUrl, embed: publicUrl, isSecure: true };

for (const [name, over, expected] of [
  ['nothing is configured', {}, null],
  ['other proxies are trusted', { trustedProxies: ['10.0.0.0/8', '192.0.2.1'] }, null],
  ['the proxy is trusted by its address', { trustedProxies: ['127.0.0.1'] }, behind],
  ['the proxy is trusted by its network', { trustedProxies: ['127.0.0.0/8'] }, behind],
  ['the proxy is trusted by name', { trustedProxies: ['loopback'] }, behind],
  ['the origin is configured', { publicUrl }, published],
  ['both are configured', { publicUrl, trustedProxies: ['loopback'] }, published],
  ['the origin is plain http', { publicUrl: 'http://plain.example' }, 'http://plain.example'],
] as const) {
  test(`headers of a proxy: ${name}`, async (t) => {
    const running = await startServer(t, over as Partial<Config>);
    const plain = (origin: string) => ({ next: origin, embed: origin, isSecure: false });
    const wanted = expected === null ? plain(running.url) : expected;
    assert.deepEqual(
      await ownAddress(running, forwarded),
      typeof wanted === 'string' ? plain(wanted) : wanted,
    );
  });
}

test('the header of the trusted proxy overrides one that a client has sent', async (t) => {
  const running = await startServer(t, { trustedProxies: ['loopback'] });
  const headers = {
    'x-forwarded-proto': 'http, https',
    'x-forwarded-host': 'evil.example, blocks.example',
  };
  assert.deepEqual(await ownAddress(running, headers), behind);
});

test('an invalid host is not repeated in a link', async (t) => {
  const running = await startServer(t, { trustedProxies: ['loopback'] });
  for (const host of ['evil.example/x?', 'a@b', '"><script>', 'x y']) {
    const { next } = await ownAddress(running, { 'x-forwarded-host': host });
    assert.equal(next, running.url);
  }
  const { port } = new URL(running.url);
  const path = `/v25.0/${demoNumber}/block_users?limit=1&access_token=${running.key}`;
  for (const [host, expected] of [
    ['other.example:1', 'http://other.example:1/'],
    ['[::1]:1', 'http://[::1]:1/'],
    ['evil.example/x?', `${running.url}/`],
  ] as const) {
    const text = await new Promise<string>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, headers: { host } }, async (response) => {
        let body = '';
        for await (const chunk of response) body += chunk;
        resolve(body);
      });
      asked.on('error', reject).end();
    });
    assert.ok(JSON.parse(text).paging.next.startsWith(expected), text);
  }
});
