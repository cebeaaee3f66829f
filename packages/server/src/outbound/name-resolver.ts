import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { BoundedMap } from '../shared/bounded-map.ts';
import { HostsFile } from './hosts-file.ts';

/** How long a lookup may take, whatever the name servers do. */
const deadlineMs = 3_000;

/** How long one name server may take; then the next one is asked, or the same one again. */
const answerMs = 1_000;
const tries = 2;

/** Names that are kept; the ones that were looked up last. */
const namesMax = 1_000;

/** How long an answer counts: as long as the name servers say, within these bounds. */
const lifeMinMs = 1_000;
const lifeMaxMs = 60_000;

/** An address of a name. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** A name has no address, as far as anybody says. */
export class NameUnknown extends Error {
  override readonly name = 'NameUnknown';
  readonly code = 'ENOTFOUND';
}

/** The name servers have not answered in time, or have failed. */
export class NameUnanswered extends Error {
  override readonly name = 'NameUnanswered';
  readonly code = 'EAI_AGAIN';
}

interface Found {
  readonly addresses: readonly ResolvedAddress[];
  readonly lifeMs: number;
}

interface Kept {
  readonly addresses: Promise<readonly ResolvedAddress[]>;
  /** Until when it counts; while the name is being looked up, without end. */
  untilMs: number;
}

/**
 * Looks names up by itself: `dns.lookup` occupies threads that all of the process shares, so that a few names whose servers are
 * silent would delay every other lookup, and writes to the disk besides. `localhost` and the hosts file come first, as everywhere; each lookup has a
 * deadline, and answers are kept for a while.
 */
export class NameResolver {
  readonly #hosts: HostsFile;
  readonly #servers: readonly string[] | null;
  readonly #deadlineMs: number;
  readonly #kept = new BoundedMap<string, Kept>(namesMax);

  /**
   * @param options.servers name servers as `address:port`; those of the operating system when left out.
   * @param options.hosts its hosts file when left out.
   */
  constructor(options: { servers?: readonly string[]; hosts?: HostsFile; deadlineMs?: number } = {}) {
    this.#servers = options.servers ?? null;
    this.#hosts = options.hosts ?? new HostsFile();
    this.#deadlineMs = options.deadlineMs ?? deadlineMs;
  }

  /** The addresses of a name, IPv4 first. @throws NameUnknown, NameUnanswered */
  resolve(hostname: string): Promise<readonly ResolvedAddress[]> {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    const kept = this.#kept.get(name);
    if (kept !== undefined && kept.untilMs > performance.now()) return kept.addresses;
    const finding = this.#find(name);
    const entry: Kept = {
      addresses: finding.then(({ addresses }) => addresses),
      untilMs: Number.POSITIVE_INFINITY,
    };
    finding.then(
      ({ lifeMs }) => {
        entry.untilMs = performance.now() + lifeMs;
      },
      () => {
        if (this.#kept.get(name) === entry) this.#kept.delete(name);
      },
    );
    this.#kept.set(name, entry);
    return entry.addresses;
  }

  async #find(name: string): Promise<Found> {
    if (name === 'localhost' || name.endsWith('.localhost'))
      return { addresses: addressesOf(['127.0.0.1', '::1']), lifeMs: lifeMaxMs };
    const own = await this.#hosts.addressesOf(name);
    if (own.length > 0) return { addresses: addressesOf(own), lifeMs: lifeMinMs };
    return this.#ask(name);
  }

  /** Asks the name servers for both kinds of addresses; one kind is enough. */
  async #ask(name: string): Promise<Found> {
    const resolver = new Resolver({ timeout: answerMs, tries });
    if (this.#servers !== null) resolver.setServers(this.#servers);
    const deadline = setTimeout(() => resolver.cancel(), this.#deadlineMs);
    const answers = await Promise.allSettled([
      resolver.resolve4(name, { ttl: true }),
      resolver.resolve6(name, { ttl: true }),
    ]);
    clearTimeout(deadline);
    const records = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (records.length > 0) {
      const ttlMs = 1000 * Math.min(...records.map(({ ttl }) => ttl));
      return {
        addresses: addressesOf(records.map(({ address }) => address)),
        lifeMs: Math.min(Math.max(ttlMs, lifeMinMs), lifeMaxMs),
      };
    }
    // A silent server may know what the other question does not tell.
    const isAnswered = answers.every((answer) => answer.status === 'rejected' && isAnswer(answer.reason));
    throw isAnswered
      ? new NameUnknown(`the name ${name} has no address`)
      : new NameUnanswered(`the name ${name} could not be looked up: its name servers do not answer`);
  }
}

/** Whether the name servers have said that there is nothing, or nothing of this kind, or that this is no name. */
function isAnswer(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTFOUND' || code === 'ENODATA' || code === 'EBADNAME';
}

function addressesOf(texts: readonly string[]): readonly ResolvedAddress[] {
  const addresses = texts.map((address) => ({
    address,
    family: isIP(address) === 6 ? (6 as const) : (4 as const),
  }));
  return addresses.toSorted((one, other) => one.family - other.family);
}
