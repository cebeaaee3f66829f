// Shows how host names are resolved: localhost and the hosts file first, with a deadline, a bounded cache,
// and a check of each address.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { HostsFile } from '../src/outbound/hosts-file.ts';
import { NameResolver, NameUnanswered, NameUnknown } from '../src/outbound/name-resolver.ts';
import { guardedLookup } from '../src/outbound/ssrf-guard.ts';
import { type TargetPolicy, TargetRefused } from '../src/outbound/target-policy.ts';

/** The IPv4 addresses of the name server, by name; null: it does not respond to queries for the name. */
type Zone = Readonly<Record<string, string | null>>;

/** A name server with IPv4 addresses and no IPv6 addresses. Other names do not exist. */
async function startNameServer(t: TestContext, zone: Zone) {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    let end = 12;
    const labels: string[] = [];
    for (let length = question[end] ?? 0; length > 0; length = question[end] ?? 0) {
      labels.push(question.toString('latin1', end + 1, end + 1 + length));
      end += length + 1;
    }
    const name = labels.join('.').toLowerCase();
    const isIPv4 = question.readUInt16BE(end + 1) === 1;
    if (isIPv4) asked.push(name);
    const address = zone[name];
    if (address === null || (name === 'half.test' && !isIPv4) || (name === 'no-ipv4.test' && isIPv4)) return;
    const hasAnswer = isIPv4 && address !== undefined;
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(address === undefined ? 0x8183 : 0x8180, 2);
    head.writeUInt16BE(hasAnswer ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    // A pointer to the name, type A, class IN, a minute, four bytes.
    const record = Buffer.from([
      0xc0,
      12,
      0,
      1,
      0,
      1,
      0,
      0,
      0,
      60,
      0,
      4,
      ...(address ?? '').split('.').map(Number),
    ]);
    const answer = [head, question.subarray(12, end + 5), ...(hasAnswer ? [record] : [])];
    socket.send(Buffer.concat(answer), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return { asked, servers: [`127.0.0.1:${socket.address().port}`] };
}

const noHosts = new HostsFile('/does/not/exist');

async function start(t: TestContext, zone: Zone, deadlineMs = 60_000) {
  const { asked, servers } = await startNameServer(t, zone);
  return { asked, resolver: new NameResolver({ servers, hosts: noHosts, deadlineMs }) };
}

function lookUp(lookup: LookupFunction, hostname: string, family: 0 | 4 | 6 = 0): Promise<unknown> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true, family }, (error, addresses) =>
      error === null ? resolve(addresses) : reject(error),
    );
  });
}

test('a name whose servers do not respond does not delay other names', async (t) => {
  const silent = Array.from({ length: 20 }, (_, index) => `silent${index}.test`);
  const zone = { ...Object.fromEntries(silent.map((name) => [name, null])), 'fast.test': '198.51.100.7' };
  const { resolver } = await start(t, zone, 3000);
  let ended = 0;
  const waiting = silent.map((name) =>
    resolver.resolve(name).finally(() => {
      ended++;
    }),
  );
  const all = Promise.allSettled(waiting);
  assert.deepEqual(await resolver.resolve('fast.test'), [{ address: '198.51.100.7', family: 4 }]);
  assert.equal(ended, 0);
  for (const { status } of await all) assert.equal(status, 'rejected');
});

test('a lookup fails at its deadline with the reason, and the failure is not cached', async (t) => {
  const { resolver, asked } = await start(t, { 'silent.test': null }, 100);
  await assert.rejects(resolver.resolve('silent.test'), (error: NodeJS.ErrnoException) => {
    assert.ok(error instanceof NameUnanswered);
    assert.equal(error.code, 'EAI_AGAIN');
    return true;
  });
  await assert.rejects(resolver.resolve('silent.test'), NameUnanswered);
  assert.ok(asked.length >= 2);
  await assert.rejects(resolver.resolve('nobody.test'), NameUnknown);
});

test('addresses of one family are enough, even if the servers do not respond for the other family', async (t) => {
  const { resolver } = await start(t, { 'half.test': '198.51.100.8' }, 200);
  assert.deepEqual(await resolver.resolve('half.test'), [{ address: '198.51.100.8', family: 4 }]);
});

test('a name is queried once while its answer is valid, and the cache drops the oldest of a thousand names', async (t) => {
  const names = Array.from({ length: 1001 }, (_, index) => `n${index}.test`);
  const { resolver, asked } = await start(t, Object.fromEntries(names.map((name) => [name, '198.51.100.9'])));
  const [first = '', second = ''] = names;
  await Promise.all([
    resolver.resolve(first),
    resolver.resolve(first.toUpperCase()),
    resolver.resolve(`${first}.`),
  ]);
  await resolver.resolve(first);
  assert.deepEqual(asked, [first]);
  for (const name of names.slice(1)) await resolver.resolve(name);
  await resolver.resolve(second);
  assert.equal(asked.length, 1001);
  await resolver.resolve(first);
  assert.equal(asked.length, 1002);
});

test('localhost and the hosts file come before the name servers', async (t) => {
  const file = join(tempFolder(t), 'hosts');
  writeFileSync(
    file,
    '# ours\n203.0.113.5 crm.example CRM # not: other.example\r\n2001:db8::5 crm.example\nfe80::1%lo0 scoped\n',
  );
  const { asked, servers } = await startNameServer(t, {});
  const resolver = new NameResolver({ servers, hosts: new HostsFile(file) });
  assert.deepEqual(await resolver.resolve('crm.example'), [
    { address: '203.0.113.5', family: 4 },
    { address: '2001:db8::5', family: 6 },
  ]);
  assert.deepEqual(await resolver.resolve('crm'), [{ address: '203.0.113.5', family: 4 }]);
  for (const name of ['localhost', 'LOCALHOST.', 'panel.localhost'])
    assert.deepEqual(await resolver.resolve(name), [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  assert.deepEqual(asked, []);
  for (const name of ['other.example', 'scoped']) await assert.rejects(resolver.resolve(name), NameUnknown);
});

test('a private address from any source is refused each time', async (t) => {
  const file = join(tempFolder(t), 'hosts');
  writeFileSync(file, '10.0.0.7 inside.example\n93.184.216.34 mixed.example\n10.0.0.7 mixed.example\n');
  const { servers } = await startNameServer(t, {
    'private.test': '192.168.0.1',
    'public.test': '93.184.216.34',
  });
  const resolver = new NameResolver({ servers, hosts: new HostsFile(file) });
  const at = (policy: TargetPolicy) => guardedLookup(policy, resolver);
  for (const name of ['private.test', 'private.test', 'inside.example', 'mixed.example']) {
    await assert.rejects(lookUp(at('public'), name), TargetRefused, name);
    await assert.rejects(lookUp(at('loopback'), name), TargetRefused, name);
  }
  await assert.rejects(lookUp(at('public'), 'localhost'), TargetRefused);
  assert.deepEqual(await lookUp(at('loopback'), 'localhost', 4), [{ address: '127.0.0.1', family: 4 }]);
  assert.deepEqual(await lookUp(at('public'), 'public.test'), [{ address: '93.184.216.34', family: 4 }]);
  assert.deepEqual(await lookUp(at('any'), 'private.test'), [{ address: '192.168.0.1', family: 4 }]);
  await assert.rejects(lookUp(at('public'), 'public.test', 6), NameUnknown);
});

test('a name without addresses of one family is not reported as unknown if the server does not respond for the other', async (t) => {
  const { resolver } = await start(t, { 'no-ipv4.test': '127.0.0.1' }, 200);
  await assert.rejects(resolver.resolve('no-ipv4.test'), NameUnanswered);
});
