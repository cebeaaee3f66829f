// Shows that a server whose files cannot grow refuses whole changes, keeps every acknowledged change, and
// works again after space is freed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../../../tools/temp-folder.ts';
import { type Member, startMember, wholeList } from './process.ts';

/** More requests of a thousand users than fit on the disk. */
const requestsMax = 60;

const batchOf = (nth: number) =>
  Array.from({ length: 1000 }, (_, index) => 16_500_000_000 + 1000 * nth + index);

/**
 * Blocks users until a change is refused. Returns the acknowledged users, the refused users, and the error.
 */
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

/** @param mend frees space for the server, and returns the server to continue with. */
async function checkRefusedUntil(
  member: Member,
  details: string,
  mend: () => Promise<Member>,
): Promise<void> {
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

  const resumed = await mend();
  assert.deepEqual(await wholeList(resumed), acknowledged);
  await resumed.write(...users);
  assert.equal((await resumed.block(...users)).body.block_users.added_users.length, users.length);
  assert.equal((await wholeList(resumed)).length, acknowledged.length + users.length);
}

test('with a limit on the file size, changes are refused until a start without the limit', async (t) => {
  const store = `sqlite:${join(tempFolder(t), 'db')}`;
  // 2 or 4 MiB, depending on the unit of the shell.
  const under = ['sh', '-c', 'ulimit -S -f 4096; exec "$@"', 'sh'];
  const limited = await startMember(t, store, { under });
  await checkRefusedUntil(limited, 'The disk of the database fails to write.', async () => {
    await limited.end('SIGTERM');
    return await startMember(t, store);
  });
});

/** The reason why this machine cannot mount a file system; false if it can. */
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

test('on a full file system, changes are refused until space is freed', {
  skip: cannotMount(),
}, async (t) => {
  const folder = join(tempFolder(t), 'mounted');
  mkdirSync(folder);
  const mount = `mount -t tmpfs -o size=8m tmpfs ${folder} && head -c 4M /dev/zero > ${folder}/ballast && exec "$@"`;
  const under = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh'];
  const member = await startMember(t, `sqlite:${join(folder, 'db')}`, { under });
  await checkRefusedUntil(member, 'The disk of the database is full.', async () => {
    // From this process, the files are below the root of the process that has mounted the file system.
    rmSync(`/proc/${member.child.pid}/root${folder}/ballast`);
    return member;
  });
});
