// Shows that a server whose files cannot grow refuses a change whole, keeps what it has acknowledged, and works on when there is room.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { type Member, startMember, wholeList } from './process.ts';

/** More requests of a thousand users than there is room for. */
const requestsMax = 60;

const batchOf = (nth: number) =>
  Array.from({ length: 1000 }, (_, index) => 16_500_000_000 + 1000 * nth + index);

/** Blocks users until a change is refused; answers who was acknowledged, who was refused, and the refusal. */
async function fill(member: Member) {
  const acknowledged: string[] = [];
  for (let nth = 0; nth < requestsMax; nth++) {
    const users = batchOf(nth);
    const written = await member.write(...users);
    const answer = written.status === 200 ? await member.block(...users) : written;
    if (answer.status !== 200) return { acknowledged, users, refusal: answer };
    acknowledged.push(...answer.body.block_users.added_users.map(({ wa_id }: { wa_id: string }) => wa_id));
  }
  throw new Error(`there was room for ${requestsMax} requests`);
}

/** @param mend gives the server room; answers the one that goes on. */
async function show(member: Member, details: string, mend: () => Promise<Member>): Promise<void> {
  const { acknowledged, users, refusal } = await fill(member);
  assert.ok(acknowledged.length > 0);
  assert.deepEqual([refusal.status, refusal.body.error.code], [500, 139103]);
  assert.doesNotMatch(JSON.stringify(refusal.body), /disk|full|sqlite|file|ENOSPC|EFBIG/i);
  const ready = await member.call('GET', '/readyz');
  assert.deepEqual([ready.status, ready.body.error?.error_data.details], [503, details]);
  assert.deepEqual(
    await wholeList(member),
    acknowledged,
    'reads go on, and nothing of what was refused is there',
  );

  const mended = await mend();
  assert.deepEqual(await wholeList(mended), acknowledged);
  await mended.write(...users);
  assert.equal((await mended.block(...users)).body.block_users.added_users.length, users.length);
  assert.equal((await wholeList(mended)).length, acknowledged.length + users.length);
}

test('a limit on the size of a file: refused until a start without the limit', async (t) => {
  const store = `sqlite:${join(tempFolder(t), 'db')}`;
  // 2 or 4 MiB, by the unit of the shell.
  const under = ['sh', '-c', 'ulimit -S -f 4096; exec "$@"', 'sh'];
  const limited = await startMember(t, store, { under });
  await show(limited, 'The disk of the database fails to write.', async () => {
    await limited.end('SIGTERM');
    return await startMember(t, store);
  });
});

/** Why no file system of our own can be mounted here; false: it can. */
function cannotMount(): string | false {
  const { status } = spawnSync('unshare', [
    '--user',
    '--map-root-user',
    '--mount',
    'mount',
    '-t',
    'tmpfs',
    'tmpfs',
    tmpdir(),
  ]);
  return status === 0 ? false : 'this system lets nobody mount a file system of their own';
}

test('a file system that is full: refused until there is room', {
  skip: cannotMount(),
}, async (t) => {
  const folder = join(tempFolder(t), 'mounted');
  mkdirSync(folder);
  const mount = `mount -t tmpfs -o size=8m tmpfs ${folder} && head -c 4M /dev/zero > ${folder}/ballast && exec "$@"`;
  const under = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh'];
  const member = await startMember(t, `sqlite:${join(folder, 'db')}`, { under });
  await show(member, 'The disk of the database is full.', async () => {
    // Seen from here, its files lie below the root of the process that has mounted them.
    rmSync(`/proc/${member.child.pid}/root${folder}/ballast`);
    return member;
  });
});
