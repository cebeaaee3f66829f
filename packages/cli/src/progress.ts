import { Presets, SingleBar } from 'cli-progress';

/** A bar on standard error, with rate and remaining time; nothing where standard error is no terminal. */
export interface ProgressBar {
  /** @param refused null where nobody can be. */
  update(done: number, refused: number | null): void;
  stop(): void;
}

/** Work of a single request is over before a bar could be read. */
const worthShowing = 1000;

export function progressBar(total: number, { doing = '' }: { doing?: string } = {}): ProgressBar {
  if (!process.stderr.isTTY || total <= worthShowing) return { update() {}, stop() {} };
  const format = `${doing === '' ? '' : `${doing}  `}{bar} {percentage}%  {value}/{total}  {pace}`;
  const bar = new SingleBar(
    { stream: process.stderr, format, hideCursor: true, barsize: 20, stopOnComplete: true },
    Presets.shades_classic,
  );
  const startMs = performance.now();
  bar.start(total, 0, { pace: '' });
  return {
    update(done, refused) {
      const perSecond = ((done + (refused ?? 0)) / (performance.now() - startMs)) * 1000;
      const left = readable((total - done - (refused ?? 0)) / perSecond);
      const said = refused === null ? '' : `${refused} refused  `;
      bar.update(done + (refused ?? 0), { pace: `${said}${Math.round(perSecond)}/s  ${left} left` });
    },
    stop: () => bar.stop(),
  };
}

function readable(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
