import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { NameResolver, NameUnknown, type ResolvedAddress } from './name-resolver.ts';
import { isAllowed, type TargetPolicy, TargetRefused } from './target-policy.ts';

/** Refuses an address that is written as one: it is never looked up. @throws TargetRefused */
export function checkLiteral({ hostname }: URL, policy: TargetPolicy): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && !isAllowed(address, policy)) throw refusedAddress(address);
}

/** One for all of the process, so that each name is looked up once. */
const processResolver = new NameResolver();

/**
 * Looks names up for connections, and refuses what leads where nothing may go: the address that is checked is the one that is
 * used, also when the name was looked up before.
 */
export function guardedLookup(
  policy: TargetPolicy,
  resolver: Pick<NameResolver, 'resolve'> = processResolver,
): LookupFunction {
  return (hostname, options, callback) => {
    addressesOf(resolver, hostname, policy).then(
      (addresses) => {
        const wrong = addresses.find(({ address }) => !isAllowed(address, policy));
        if (wrong !== undefined) return callback(refusedAddress(wrong.address), '');
        const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : options.family;
        const wanted = addresses.filter((one) => !family || one.family === family);
        const [first] = wanted;
        if (first === undefined) return callback(new NameUnknown(`the name ${hostname} has no address`), '');
        if (options.all) return callback(null, [...wanted]);
        callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, ''),
    );
  };
}

/**
 * Where everything is allowed, an operator's own network may have names that only the operating system finds: by search domains, for
 * example. Its lookup occupies a thread, so it is used for nothing else.
 */
async function addressesOf(
  resolver: Pick<NameResolver, 'resolve'>,
  hostname: string,
  policy: TargetPolicy,
): Promise<readonly ResolvedAddress[]> {
  try {
    return await resolver.resolve(hostname);
  } catch (error) {
    if (policy !== 'any' || !(error instanceof NameUnknown)) throw error;
    const found = await systemLookup(hostname, { all: true });
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  }
}

function refusedAddress(address: string): TargetRefused {
  return new TargetRefused(`${address} is not a public address`);
}
