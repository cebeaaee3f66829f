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
  const format = '{bar} {percentage}%  {value}/{total}  {refused} refused  {pace}';
  const bar = new SingleBar(
    { stream: process.stderr, format, hideCursor: true, barsize: 20, stopOnComplete: true },
    Presets.shades_classic,
  );
  const startMs = performance.now();
  bar.start(total, 0, { refused: 0, pace: '' });
  return {
    update(done, refused) {
      const perSecond = ((done + refused) / (performance.now() - startMs)) * 1000;
      const left = readable((total - done - refused) / perSecond);
      bar.update(done + refused, { refused, pace: `${Math.round(perSecond)}/s  ${left} left` });
    },
    stop: () => bar.stop(),
  };
}

function readable(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
