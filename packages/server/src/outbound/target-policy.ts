import { BlockList, isIP } from 'node:net';

/** Which addresses webhooks may go to: public ones; those and this machine's own; or any. */
export type TargetPolicy = 'public' | 'loopback' | 'any';

/** A webhook may not go there. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Addresses that are not the public internet (IANA's special-purpose registries), loopback included. */
const special = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  special.addSubnet(address, prefix, 'ipv4');
}
for (const [address, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(address, prefix, 'ipv6');
}

/** Of IPv6 only this part is given out to the public; what is outside, IPv4 in disguise included, is not. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Whether a webhook may go to an IP address. */
export function isAllowed(address: string, policy: TargetPolicy): boolean {
  if (policy === 'any') return true;
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (policy === 'loopback' && loopback.check(address, family)) return true;
  return !special.check(address, family) && (family === 'ipv4' || globalUnicast.check(address, family));
}

/** Whether an address is this machine's own, as it is written. */
export function isLoopback({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return (
    hostname === 'localhost' ||
    (isIP(address) !== 0 && loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
  );
}

/**
 * Reads the address of a receiver.
 * @throws TargetRefused when it is none, or carries what it should not.
 */
export function readTarget(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TargetRefused('it must be an http or https address');
  if (url.username !== '' || url.password !== '') throw new TargetRefused('it must not carry credentials');
  if (url.hash !== '') throw new TargetRefused('it must not carry a fragment');
  return url;
}
