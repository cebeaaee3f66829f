// The requests that `npm run bench` measures, and the state they need.
import type { Subject } from './subject.ts';

export interface BenchRequest {
  readonly method: 'POST' | 'DELETE' | 'GET';
  readonly path: string;
  readonly body?: string;
}

/** One kind of request, compared with a bare Fastify route that parses the same body and answers as many bytes. */
export interface Workload {
  readonly name: string;
  /** The throughput to reach, as a share of bare Fastify's. */
  readonly goal: number;
  readonly connections: number;
  /** Brings the server into the state that the requests need, and answers the requests. */
  readonly prepare: (subject: Subject) => Promise<readonly BenchRequest[]>;
}

export const number = '106540352242922';
export const blockPath = (id: string) => `/v25.0/${id}/block_users`;
export const user = (index: number) => String(16_500_000_000 + index);
export const users = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => user(from + index));

const inboundPath = (id: string) => `/blockhouse/v1/numbers/${id}/inbound`;

const blockBody = (list: readonly string[]) =>
  JSON.stringify({ messaging_product: 'whatsapp', block_users: list.map((one) => ({ user: `+${one}` })) });

const inboundBody = (id: string, list: readonly string[]) =>
  JSON.stringify({
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: id },
    contacts: [{ profile: { name: 'Ana' }, wa_id: list[0] }],
    messages: list.map((from) => ({
      from,
      id: `wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQ${from}`,
      timestamp: '1737679688',
      type: 'text',
      text: { body: 'Hello, is this still available?' },
    })),
  });

const sendBody = (to: string) =>
  JSON.stringify({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to,
    type: 'text',
    text: { body: 'Hello, it is still available.' },
  });

export const inbound = (id: string, list: readonly string[]): BenchRequest => ({
  method: 'POST',
  path: inboundPath(id),
  body: inboundBody(id, list),
});

export const block = (id: string, list: readonly string[]): BenchRequest => ({
  method: 'POST',
  path: blockPath(id),
  body: blockBody(list),
});

export const unblock = (id: string, list: readonly string[]): BenchRequest => ({
  method: 'DELETE',
  path: blockPath(id),
  body: blockBody(list),
});

export const send = (id: string, to: string): BenchRequest => ({
  method: 'POST',
  path: `/v25.0/${id}/messages`,
  body: sendBody(to),
});

export const page = (id: string): BenchRequest => ({ method: 'GET', path: `${blockPath(id)}?limit=25` });

/** Makes one request and answers its JSON. @throws Error when the status is not 200. */
export async function request(
  { url, key }: Subject,
  { method, path, body }: BenchRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url + path, {
    method,
    headers: { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

async function openWindows(subject: Subject, count: number): Promise<void> {
  for (let from = 0; from < count; from += 1000)
    await request(subject, inbound(number, users(from, Math.min(1000, count - from))));
}

async function fillList(subject: Subject): Promise<void> {
  await openWindows(subject, 64_000);
  for (let from = 0; from < 64_000; from += 1000) await request(subject, block(number, users(from, 1000)));
}

/** The page of 25 behind an offset, by the cursors that the pages before it give. */
async function pageAt(subject: Subject, offset: number): Promise<BenchRequest> {
  let cursor = '';
  for (let start = 0; start < offset; start += 1000) {
    const limit = Math.min(1000, offset - start);
    const path = `${blockPath(number)}?limit=${limit}${cursor}`;
    const { paging } = (await request(subject, { method: 'GET', path })) as {
      paging: { cursors: { after: string } };
    };
    cursor = `&after=${paging.cursors.after}`;
  }
  return { method: 'GET', path: `${blockPath(number)}?limit=25${cursor}` };
}

export const workloads: readonly Workload[] = [
  {
    name: 'inbound',
    goal: 0.6,
    connections: 64,
    prepare: async () => users(0, 2000).map((one) => inbound(number, [one])),
  },
  {
    name: 'block, unblock',
    goal: 0.45,
    connections: 64,
    async prepare(subject) {
      await openWindows(subject, 2000);
      return users(0, 2000).flatMap((one) => [block(number, [one]), unblock(number, [one])]);
    },
  },
  {
    name: 'send',
    goal: 0.7,
    connections: 64,
    async prepare(subject) {
      await openWindows(subject, 2000);
      return users(0, 2000).map((one) => send(number, one));
    },
  },
  {
    name: 'page of 25',
    goal: 0.75,
    connections: 64,
    async prepare(subject) {
      await fillList(subject);
      return [page(number)];
    },
  },
  {
    name: 'deep page',
    goal: 0.75,
    connections: 64,
    async prepare(subject) {
      await fillList(subject);
      return [await pageAt(subject, 63_974)];
    },
  },
  {
    name: '1,000 users',
    goal: 0.08,
    connections: 4,
    async prepare(subject) {
      await openWindows(subject, 32_000);
      return Array.from({ length: 32 }, (_, index) => users(index * 1000, 1000)).flatMap((list) => [
        block(number, list),
        unblock(number, list),
      ]);
    },
  },
];
