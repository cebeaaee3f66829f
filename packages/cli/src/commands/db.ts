import { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { progressBar } from '../progress.ts';
import { count } from '../table.ts';

export function dbCommand(): Command {
  const copy = new Command('copy')
    .description('Copy a store into an empty one, or resume an interrupted copy. Stop the servers first.')
    .requiredOption('--from <store>', 'the source: sqlite:PATH or postgres://…')
    .requiredOption('--to <store>', 'the target: sqlite:PATH or postgres://…')
    .action(copyStore);
  const distribute = new Command('distribute')
    .description('Distribute the tables by number over a Citus cluster.')
    .requiredOption('--store <store>', 'the store to distribute: postgres://…')
    .action(async ({ store }: { store: string }) => {
      const { distribute: run } = await import('@blockhouse/server');
      let steps = 0;
      await run(store, (text) => {
        steps++;
        process.stdout.write(`${text}\n`);
      });
      if (steps === 0) process.stdout.write('Everything is distributed already.\n');
    });
  const migrate = new Command('migrate')
    .description('Bring the tables of a store up to date. A server does the same when it starts.')
    .requiredOption('--store <store>', 'the store: sqlite:PATH or postgres://…')
    .action(async ({ store }: { store: string }) => {
      const { migrate: run } = await import('@blockhouse/server');
      await run(store);
      process.stdout.write('The tables are up to date.\n');
    });
  return new Command('db')
    .description('Migrate stores, copy them between SQLite and PostgreSQL, and distribute them.')
    .addCommand(migrate)
    .addCommand(copy)
    .addCommand(distribute);
}

async function copyStore({ from, to }: { from: string; to: string }): Promise<void> {
  const { copyStores } = await import('@blockhouse/server');
  const cutOff = new AbortController();
  const onSignal = () => {
    cutOff.abort(new UsageError('Interrupted. To resume, run the same command again.'));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  let bar: ReturnType<typeof progressBar> | null = null;
  let step = '';
  try {
    const { rows } = await copyStores({
      from,
      to,
      signal: cutOff.signal,
      onProgress(progress) {
        if (step !== progress.step) {
          bar?.stop();
          step = progress.step;
          bar = progressBar(progress.total, { doing: step });
        }
        bar?.update(progress.done, null);
      },
    });
    bar = stopped(bar);
    process.stdout.write(`${count(rows, 'row is', 'rows are')} copied, and the same on both sides.\n`);
  } finally {
    stopped(bar);
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function stopped(bar: ReturnType<typeof progressBar> | null): null {
  bar?.stop();
  return null;
}
