import { randomInt } from 'node:crypto';
import pg, { type ClientConfig, type Pool, type PoolClient } from 'pg';
import type { Row } from '../rows.ts';
import type { Statement } from './statements.ts';

/** The address of the database, and the timeouts. */
export interface ConnectionOptions {
  /**
   * `postgres://user:password@host:port,host:port/database?…`; of several hosts the first that takes writes is used.
   * With `load_balance_hosts=random` the search begins at any of them, which spreads servers over the nodes of a cluster.
   */
  readonly url: string;
  /** The schema that holds the tables. */
  readonly schema: string;
  /** Connections at most. */
  readonly connectionsMax: number;
  /** How long a statement may take, in milliseconds. */
  readonly answerMs: number;
}

/** Asks one statement; rows are arrays. Statements that are asked without waiting in between travel together. */
export type Ask = (statement: Statement | string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** The connection was lost while a transaction was being committed: whether it was is not known. */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown';
}

/** How long a connection may take to be there, and a lock to be given. */
const connectMs = 3000;
const lockMs = 5000;

/**
 * Connections to the database: two that statements share which stand by themselves, one for reading and one for
 * writing, and others that transactions have to themselves. A connection that was lost is never used again, so no statement of a transaction can end up outside of it.
 */
export class Connections {
  readonly #pool: Pool;
  readonly #readers: SharedConnection;
  readonly #writers: SharedConnection;
  #closing = false;
  #isCluster = false;

  constructor(options: ConnectionOptions) {
    this.#pool = createPool(options, (isCluster) => {
      this.#isCluster = isCluster;
    });
    this.#readers = new SharedConnection(this.#pool);
    this.#writers = new SharedConnection(this.#pool);
  }

  /** Whether the host belongs to a Citus cluster, as the latest connection has shown. */
  get isCluster(): boolean {
    return this.#isCluster;
  }

  /** One statement that reads, by itself, on the connection that all such share. */
  readonly read: Ask = (statement, values) => this.#readers.ask(statement, values);

  /** One statement that writes, by itself: on another connection, since it may have to wait for a disk or a standby. */
  readonly write: Ask = (statement, values) => this.#writers.ask(statement, values);

  /**
   * Runs `work` in a transaction. Statements that `work` has asked and not waited for travel together with the
   * commit.
   * @throws CommitUnknown when the connection was lost while committing.
   */
  async transaction<Answer>(work: (ask: Ask) => Promise<Answer>): Promise<Answer> {
    const client = await this.#pool.connect();
    const asked: Promise<unknown>[] = [];
    const ask: Ask = (statement, values) => {
      const answer = run(client, statement, values);
      // If nothing waits for it, its failure is reported below.
      answer.catch(() => {});
      asked.push(answer);
      return answer;
    };
    let healthy = false;
    try {
      ask('begin');
      const answer = await work(ask);
      await commit(client, asked);
      healthy = true;
      return answer;
    } catch (error) {
      if (!(error instanceof CommitUnknown)) healthy = await rollBack(client);
      throw error;
    } finally {
      client.release(!healthy);
    }
  }

  /** Lets go of all connections, once they are done with what they are doing. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await Promise.all([this.#readers.close(), this.#writers.close()]);
    await this.#pool.end();
  }
}

/** A connection that many statements share, pipelined; when it is lost, the next to ask gets a new one. */
class SharedConnection {
  readonly #pool: Pool;
  #client: Promise<PoolClient> | null = null;
  #closed = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async ask(...[statement, values]: Parameters<Ask>): Promise<readonly Row[]> {
    this.#client ??= this.#connect();
    return await run(await this.#client, statement, values);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => null);
    client?.release(true);
  }

  async #connect(): Promise<PoolClient> {
    try {
      const client = await this.#pool.connect();
      client.once('error', () => {
        this.#client = null;
        if (!this.#closed) client.release(true);
      });
      return client;
    } catch (error) {
      this.#client = null;
      throw error;
    }
  }
}

async function run(client: PoolClient, statement: Statement | string, values: readonly unknown[] = []) {
  const query = typeof statement === 'string' ? { text: statement } : statement;
  const { rows } = await client.query<unknown[]>({ ...query, values: [...values], rowMode: 'array' });
  return rows;
}

/**
 * Commits, and waits for everything that was asked. An aborted transaction answers a commit with a rollback; the
 * failure that aborted it is among what was asked.
 */
async function commit(client: PoolClient, asked: readonly Promise<unknown>[]): Promise<void> {
  let notReplicated = false;
  // The only warning of a commit: the wait for the standby was interrupted. Its words may be in any language.
  const listen = ({ severity }: { severity?: string | undefined }) => {
    notReplicated ||= severity === 'WARNING' || severity === undefined;
  };
  client.on('notice', listen);
  try {
    const committing = client.query('commit');
    committing.catch(() => {});
    const [written, committed] = await Promise.allSettled([Promise.all(asked), committing]);
    if (committed.status === 'rejected') {
      throw new CommitUnknown('the connection was lost while committing', { cause: committed.reason });
    }
    if (written.status === 'rejected') throw written.reason;
    if (committed.value.command !== 'COMMIT') throw new Error('the transaction was rolled back');
  } finally {
    client.off('notice', listen);
  }
  // The wait for the standby was interrupted: the change is committed here, and perhaps nowhere else.
  if (notReplicated) throw new CommitUnknown('the standby has not confirmed the commit');
}

/** Answers whether the connection can be used again. */
async function rollBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}

function createPool(
  { url, schema, connectionsMax, answerMs }: ConnectionOptions,
  onConnected: (isCluster: boolean) => void,
): Pool {
  const addresses = addressesOf(url);
  let current = 0;

  /** Connects to the host that was found to take writes, or is next to be tried. */
  class Client extends pg.Client {
    constructor(config?: ClientConfig) {
      super({ ...config, connectionString: addresses[current % addresses.length]?.url });
    }
  }

  const pool = new pg.Pool({
    Client,
    max: connectionsMax,
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: connectMs,
    // The database breaks a statement off by itself; this is for one that does not answer at all.
    query_timeout: answerMs + 1000,
    statement_timeout: answerMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: answerMs,
    application_name: 'blockhouse',
    types: { getTypeParser: typeParser },
    /*
     * Every statement is a handful of lookups in indexes. With plans of any other kind switched off, none can become a scan
     * because statistics are old, and the cost of a message stays the same at any size.
     */
    options: [
      ['search_path', schema],
      ...['hashjoin', 'mergejoin', 'seqscan', 'bitmapscan', 'material'].map((way) => [
        `enable_${way}`,
        'off',
      ]),
    ]
      .map(([name, value]) => `-c ${name}=${value} `)
      .join('')
      .concat(addresses[0]?.options ?? '', ' -c client_min_messages=warning'),
    onConnect: async (client) => {
      client.on('error', () => {});
      const { rows } = await client.query<{ standby: boolean; plans: string }>(prepareConnection);
      if (rows[0]?.standby) throw new StandbyError('this host is a standby and takes no writes');
      onConnected(rows[0]?.plans === 'force_custom_plan');
    },
  });
  pool.on('error', () => {});
  const connect = pool.connect.bind(pool);
  return Object.assign(pool, {
    async connect(): Promise<PoolClient> {
      const tried = current;
      try {
        return await connect();
      } catch (error) {
        // Others that failed on the same host at the same time move on to the next one together.
        const isOfHost = !(error instanceof Error && error.message.startsWith('timeout exceeded'));
        if (isOfHost && tried === current) current++;
        throw error;
      }
    },
  });
}

/**
 * One plan serves all values of a statement, and is made once for each connection: planning costs more than the lookups.
 * Citus needs the values to choose a node, so there each execution is planned.
 */
const prepareConnection = `
  select pg_is_in_recovery() as standby,
         set_config('plan_cache_mode', case when exists (select from pg_extension where extname = 'citus')
                                            then 'force_custom_plan' else 'force_generic_plan' end, false) as plans`;

/** The host cannot take writes. */
class StandbyError extends Error {
  override readonly name = 'StandbyError';
  readonly code = '25006';
}

interface Address {
  readonly url: string;
  readonly options: string;
}

/**
 * One address for each host, in the order in which they are tried. Our own parameters are not the driver's, and `options`
 * must not replace ours.
 */
function addressesOf(url: string): readonly Address[] {
  const [, scheme = '', user = '', hosts = '', rest = ''] =
    /^(postgres(?:ql)?:\/\/)([^@/]*@)?([^/?]*)(.*)$/.exec(url) ?? [];
  const [path = '', query = ''] = rest.split('?', 2);
  const parameters = new URLSearchParams(query);
  const options = parameters.get('options') ?? '';
  const isSpread = parameters.get('load_balance_hosts') === 'random';
  for (const name of ['options', 'schema', 'target_session_attrs', 'load_balance_hosts'])
    parameters.delete(name);
  const kept = parameters.size === 0 ? '' : `?${parameters}`;
  const listed = hosts.split(',').map((host) => ({ url: `${scheme}${user}${host}${path}${kept}`, options }));
  const first = isSpread ? randomInt(listed.length) : 0;
  return [...listed.slice(first), ...listed.slice(0, first)];
}

const bigintType = 20;

/** Everything that we count fits into a number: milliseconds, microseconds until 2255, phones, entries. */
const typeParser: typeof pg.types.getTypeParser = (type, format) =>
  type === bigintType ? Number : pg.types.getTypeParser(type, format);
