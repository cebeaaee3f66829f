import { Presets, SingleBar } from 'cli-progress';

/** A bar on standard error, with rate and remaining time; nothing where standard error is no terminal. */
export interface ProgressBar {
  update(done: number, refused: number): void;
  stop(): void;
}

/** Work of a single request is over before a bar could be read. */
const worthShowing = 1000;

export function progressBar(total: number): ProgressBar {
  if (!process.stderr.isTTY || total <= worthShowing) return { update() {}, stop() {} };
  const format = '{bar} {percentage}%  {value}/{total}  {refused} refused  {rate}/s  {eta_formatted} left';
  const bar = new SingleBar(
    { stream: process.stderr, format, hideCursor: true, etaBuffer: 20 },
    Presets.shades_classic,
  );
  const startMs = performance.now();
  bar.start(total, 0, { refused: 0, rate: 0 });
  return {
    update(done, refused) {
      const seconds = (performance.now() - startMs) / 1000;
      bar.update(done + refused, { refused, rate: Math.round((done + refused) / seconds) });
    },
    stop: () => bar.stop(),
  };
}
