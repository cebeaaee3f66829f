import type { Subject } from './server-process.ts';

export interface BenchRequest {
  readonly method: 'POST' | 'DELETE' | 'GET';
  readonly path: string;
  readonly body?: string;
}

/** One question that the benchmark answers: our cost against bare Fastify's, for the same bodies. */
export interface Question {
  readonly name: string;
  /** The ratio that is to be reached. */
  readonly budget: number;
  readonly connections: number;
  /** Brings our server into the state that is asked about. */
  readonly prepare: (subject: Subject) => Promise<void>;
  readonly requests: readonly BenchRequest[];
}

const number = '106540352242922';
const path = `/v25.0/${number}/block_users`;
const inboundPath = `/blockhouse/v1/numbers/${number}/inbound`;
const user = (index: number) => String(16_500_000_000 + index);
const users = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => user(from + index));

const blockBody = (list: readonly string[]) =>
  JSON.stringify({ messaging_product: 'whatsapp', block_users: list.map((one) => ({ user: `+${one}` })) });
const inboundBody = (list: readonly string[]) =>
  JSON.stringify({
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: number },
    contacts: [{ profile: { name: 'Ana' }, wa_id: list[0] }],
    messages: list.map((from) => ({
      from,
      id: `wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQ${from}`,
      timestamp: '1737679688',
      type: 'text',
      text: { body: 'Hello, is this still available?' },
    })),
  });

async function send({ url, key }: Subject, { method, path: at, body }: BenchRequest): Promise<unknown> {
  const response = await fetch(url + at, {
    method,
    headers: { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
  });
  if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${await response.text()}`);
  return response.json();
}

const writeAll = async (subject: Subject, count: number) => {
  for (let from = 0; from < count; from += 1000) {
    await send(subject, {
      method: 'POST',
      path: inboundPath,
      body: inboundBody(users(from, Math.min(1000, count))),
    });
  }
};

const fillList = async (subject: Subject) => {
  await writeAll(subject, 64_000);
  for (let from = 0; from < 64_000; from += 1000) {
    await send(subject, { method: 'POST', path, body: blockBody(users(from, 1000)) });
  }
};

/** A full list's page at an offset, by the cursor that its own pages give. */
async function deepPath(subject: Subject, offset: number): Promise<string> {
  let cursor = '';
  for (let start = 0; start < offset; start += 1000) {
    const limit = Math.min(1000, offset - start);
    const answer = (await send(subject, { method: 'GET', path: `${path}?limit=${limit}${cursor}` })) as {
      paging: { cursors: { after: string } };
    };
    cursor = `&after=${answer.paging.cursors.after}`;
  }
  return `${path}?limit=25${cursor}`;
}

export const questions: readonly Question[] = [
  {
    name: 'inbound, window written',
    budget: 0.75,
    connections: 64,
    prepare: async () => {},
    requests: users(0, 2000).map((one) => ({ method: 'POST', path: inboundPath, body: inboundBody([one]) })),
  },
  {
    name: 'inbound, 10,000 windows written before',
    budget: 0.75,
    connections: 64,
    prepare: (subject) => writeAll(subject, 10_000),
    requests: users(0, 2000).map((one) => ({ method: 'POST', path: inboundPath, body: inboundBody([one]) })),
  },
  {
    name: 'block and unblock one user',
    budget: 0.5,
    connections: 64,
    prepare: (subject) => writeAll(subject, 2000),
    requests: users(0, 2000).flatMap((one) => [
      { method: 'POST', path, body: blockBody([one]) },
      { method: 'DELETE', path, body: blockBody([one]) },
    ]),
  },
  {
    name: 'first page of 25, list of 64,000',
    budget: 0.75,
    connections: 64,
    prepare: fillList,
    requests: [{ method: 'GET', path: `${path}?limit=25` }],
  },
  {
    name: 'block 1,000 users',
    budget: 0.08,
    connections: 4,
    prepare: (subject) => writeAll(subject, 32_000),
    requests: Array.from({ length: 32 }, (_, index) => users(index * 1000, 1000)).flatMap((list) => [
      { method: 'POST', path, body: blockBody(list) },
      { method: 'DELETE', path, body: blockBody(list) },
    ]),
  },
];

/** Answers the page at the far end of a full list, for comparison with the first. */
export const deepPage = { offset: 63_974, pathOf: deepPath, prepare: fillList };

/** The answer to the first request, whose size bare Fastify imitates. */
export async function answerBytes(subject: Subject, { requests }: Question): Promise<number> {
  const [first] = requests;
  if (first === undefined) throw new Error('a question without requests');
  return JSON.stringify(await send(subject, first)).length;
}
