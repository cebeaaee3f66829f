// The CPU time of a PostgreSQL on this machine, whoever started it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

/** The process ID of the server at an address: the parent of its checkpointer. */
export async function serverPid(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    "select pid from pg_stat_activity where backend_type = 'checkpointer'",
  );
  await client.end();
  const parent = statOf(rows[0]?.pid ?? 0)?.parent;
  if (parent === undefined)
    throw new Error(`The database at ${new URL(url).host} does not run on this machine.`);
  return parent;
}

/** CPU time that a server and its processes have used so far, in microseconds. */
export function cpuUs(pid: number): number {
  const own = statOf(pid);
  const children = readdirSync('/proc')
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === pid);
  const ticks =
    (own?.ticks ?? 0) +
    (own?.endedTicks ?? 0) +
    children.reduce((sum, child) => sum + (child?.ticks ?? 0), 0);
  return (ticks / ticksPerSecond) * 1e6;
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The counts of the system for a process: its own time, and that of its children that have ended. */
function statOf(pid: number): { parent: number; ticks: number; endedTicks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map(
      (index) => fields[index],
    );
    return { parent, ticks: user + system, endedTicks: endedUser + endedSystem };
  } catch {
    return undefined;
  }
}
