// Shows that a client that changes only its base URL and its token sees the same at the gateway as at Meta. Recorded
// exchanges, straight and through the gateway, differ only in host names and where docs/operating/gateway.md says so.
// A few hundred of
// them; as many as TEST_EXCHANGES says when it is set, and another course of them for each TEST_SEED.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { platformProblems } from '@blockhouse/client/wire';
import { demoNumber } from '../harness.ts';
import { type Exchange, GraphClient, hintIn, isFaultOfTheirs, jsonIn } from './exchanges/client.ts';
import { graphJson, startGraph } from './exchanges/graph.ts';
import { type Step, script } from './exchanges/script.ts';
import { startGatewayTo } from './gateway.ts';

const count = Number(process.env['TEST_EXCHANGES'] ?? 300);
const seed = Number(process.env['TEST_SEED'] ?? 1);
const token = 'EAAJB0tokenOfTheNumber|abc/def';

test(`${count} exchanges are the same straight and through the gateway`, async (t) => {
  const sides = await start(t);
  const steps = script(seed);
  const covered = new Set<string>();
  for (let step = steps.next(); sides.straight.client.exchanges.length < count; step = steps.next()) {
    if (step.done) break;
    const recorded = {
      straight: await record(sides.straight, step.value),
      through: await record(sides.through, step.value),
    };
    compare(step.value, recorded, sides);
    for (const { status } of recorded.straight) covered.add(String(status));
  }
  for (const status of ['200', '204', '206', '304', '400', '401', '403', '404', '416', '429', '500', '503'])
    assert.ok(covered.has(status), `none was answered with ${status}`);
});

/** One of the two ways to Meta. */
interface Side {
  readonly graph: Awaited<ReturnType<typeof startGraph>>['graph'];
  readonly client: GraphClient;
  /** The parts of its addresses. */
  readonly origin: string;
}

async function start(t: TestContext): Promise<{ straight: Side; through: Side }> {
  // A wait moves the clocks; no test sleeps.
  const now = performance.now.bind(performance);
  let aheadMs = 0;
  t.mock.method(performance, 'now', () => now() + aheadMs);
  const [one, other] = [await startGraph(t, { seed, token }), await startGraph(t, { seed, token })];
  const gateway = await startGatewayTo(t, { base_url: other.url, token });
  const { body } = await gateway.call('POST', '/blockhouse/v1/keys', {
    body: { name: 'shop', role: 'app', numbers: [demoNumber] },
  });
  const sideOf = ({ graph }: typeof one, origin: string, ownToken: string): Side => ({
    graph,
    origin,
    client: new GraphClient({
      baseUrl: origin,
      token: ownToken,
      wait(ms) {
        graph.nowMs += ms;
        aheadMs += ms;
      },
    }),
  });
  return { straight: sideOf(one, one.url, token), through: sideOf(other, gateway.url, body.key) };
}

async function record({ client, graph }: Side, step: Step): Promise<readonly Exchange[]> {
  const before = client.exchanges.length;
  if (step.incident !== null) graph.arm(step.incident);
  await step.run(client);
  graph.disarm();
  return client.exchanges.slice(before);
}

function compare(
  { name, incident }: Step,
  { straight, through }: { straight: readonly Exchange[]; through: readonly Exchange[] },
  sides: { straight: Side; through: Side },
): void {
  const isRetriedThere = straight.length > through.length;
  const own = isRetriedThere ? withoutRepeated(straight) : straight;
  const said =
    incident === null ? '' : `, befallen by ${incident.answer.status} ${String(incident.answer.body)}`;
  assert.deepEqual(
    through.map((exchange) => normalized(withoutAdvice(exchange), sides.through)),
    own.map((exchange) => normalized(exchange, sides.straight)),
    `${name}${said}`,
  );
}

/** The gateway itself tries again what is about a blocklist, within its deadline. */
function withoutRepeated(exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.filter((exchange) => {
    const isOfBlocklist = /\/block_users(?:\?|$)/.test(exchange.asked);
    const isLimited = exchange.status === 429 || jsonIn(exchange)?.error?.code === 80007;
    return !(isOfBlocklist && (isFaultOfTheirs(exchange) || (isLimited && hintIn(exchange) === 0)));
  });
}

/** An answer about a blocklist without details also says who has to act. */
function withoutAdvice(exchange: Exchange): Exchange {
  const { error_data: data, ...error } = jsonIn(exchange)?.error ?? {};
  if (!Object.values<unknown>(platformProblems).includes(data?.details)) return exchange;
  return { ...exchange, body: graphJson({ error }) };
}

/** Headers of a connection, of its encoding, and those that docs/operating/gateway.md names. */
const notCompared =
  /^(?:connection|keep-alive|transfer-encoding|content-(?:length|encoding)|set-cookie|strict-transport-security|x-content-type-options|content-security-policy|x-blockhouse-platform-problem)$/;

function normalized({ asked, status, headers, body }: Exchange, { origin }: Side) {
  const plain = (text: string) =>
    text
      .replaceAll(origin, 'https://host')
      .replaceAll(origin.replaceAll('/', '\\/'), 'https:\\/\\/host')
      .replace(/access_token=[^&"\\]*&?/g, '')
      .replace(/[?&](?="|$)/g, '')
      .replaceAll(token, '*'.repeat(token.length))
      .replace(/(?<="url":")https:\\\/\\\/host\\\/(?:attachments|blockhouse\\\/v1)[^"]*/, 'the file');
  return {
    asked: plain(asked).replace(/\/(?:attachments|blockhouse\/v1)\S*/, '/the file'),
    status,
    headers: Object.entries(headers)
      .filter(([name]) => !notCompared.test(name))
      .map(([name, value]) => `${name}: ${plain(value)}`)
      .toSorted(),
    body: plain(body),
  };
}
