// Inbound messages straight into a store, for comparisons of databases.
import { decideInbound, type NumberRecord, type Store } from '@blockhouse/engine';

/** Writes one message; the `nth` says which one. */
export type Write = (nth: number) => Promise<unknown>;

/** The number and the user of each message: numbers in turn, and 100,000 users. */
export interface Traffic {
  readonly numberOf: (nth: number) => string;
  readonly userOf: (nth: number) => number;
}

export function trafficOver(numbers: number): Traffic {
  return {
    numberOf: (nth) => String(7000 + (nth % numbers)),
    userOf: (nth) => 16_500_000_000 + ((nth * 7919) % 100_000),
  };
}

export async function addNumbers(store: Store, numbers: number): Promise<void> {
  const { numberOf } = trafficOver(numbers);
  for (let nth = 0; nth < numbers; nth++) {
    const record: NumberRecord = {
      id: numberOf(nth),
      waId: 15550783800 + nth,
      displayPhoneNumber: '+1 555 078 3800',
      verifiedName: 'Bench',
      wabaId: '1',
      portfolioId: 'default',
      createdAtMs: 0,
      webhook: null,
      upstream: null,
    };
    await store.changeNumbers(() => ({ put: record }));
  }
}

/** Messages of users to numbers in turn, through the rules. */
export function inboundInto(store: Store, numbers: number): Write {
  const { numberOf, userOf } = trafficOver(numbers);
  return (nth) => {
    const from = userOf(nth);
    const messages = [{ id: `m${nth}`, from, name: null, content: { type: 'text' } }];
    return store.change(numberOf(nth), { users: [from] }, (facts) =>
      decideInbound(facts, messages, { atMs: nth, render: () => '' }),
    );
  };
}

/** Messages a second, with so many on their way. */
export async function perSecond(
  write: Write,
  { atOnce, seconds }: { readonly atOnce: number; readonly seconds: number },
): Promise<number> {
  const startMs = performance.now();
  let done = 0;
  const client = async () => {
    while (performance.now() - startMs < seconds * 1000) await write(done++);
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return (done / (performance.now() - startMs)) * 1000;
}
