import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isAllowed, type TargetPolicy, TargetRefused } from './target.ts';

/** Refuses an address that is written as one: it is never looked up. @throws TargetRefused */
export function checkLiteral({ hostname }: URL, policy: TargetPolicy): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && !isAllowed(address, policy)) throw refusedAddress(address);
}

/** Looks names up as Node does, and refuses what leads where nothing may go: the address that is checked is the one that is used. */
export function guardedLookup(policy: TargetPolicy): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const wrong = addresses?.find(({ address }) => !isAllowed(address, policy));
      const [first] = addresses ?? [];
      if (error !== null) return callback(error, '');
      if (wrong !== undefined || first === undefined)
        return callback(refusedAddress(wrong?.address ?? hostname), '');
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

function refusedAddress(address: string): TargetRefused {
  return new TargetRefused(`${address} is not a public address`);
}
