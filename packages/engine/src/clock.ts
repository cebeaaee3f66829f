/** The present in milliseconds since 1970, UTC. Everything that needs the time is given one reading of it. */
export type Clock = () => number;

/** The machine's own clock: the only place that reads it. */
export const realClock: Clock = () => Date.now();

/**
 * The setting of a movable clock: real time, real time plus an offset, or a fixed time. It is stored in this form
 * too, so that a restart continues in the same time.
 */
export type ClockSetting =
  | { readonly mode: 'real' }
  | { readonly mode: 'offset'; readonly offsetMs: number }
  | { readonly mode: 'frozen'; readonly atMs: number };

/**
 * The latest instant a movable clock may be moved to: the year 2200. Versions of a blocklist are microseconds, and
 * a number holds those exactly until the year 2255.
 */
export const clockMaxMs = Date.UTC(2200, 0, 1);

/** The time of a clock with this setting when the real time is `realMs`. */
export function showTime(setting: ClockSetting, realMs: number): number {
  switch (setting.mode) {
    case 'real':
      return realMs;
    case 'offset':
      return realMs + setting.offsetMs;
    case 'frozen':
      return setting.atMs;
  }
}

/** Sets the clock to an instant: it runs on from there; a frozen clock stays frozen, at the new instant. */
export function setTime(setting: ClockSetting, atMs: number, realMs: number): ClockSetting {
  if (setting.mode === 'frozen') return { mode: 'frozen', atMs };
  return offsetBy(atMs - realMs);
}

/** Moves the clock forward by a span. */
export function advanceTime(setting: ClockSetting, byMs: number, realMs: number): ClockSetting {
  return setTime(setting, showTime(setting, realMs) + byMs, realMs);
}

/** Freezes the clock where it stands, or lets it run on from there. */
export function freezeTime(setting: ClockSetting, frozen: boolean, realMs: number): ClockSetting {
  const nowMs = showTime(setting, realMs);
  if (frozen) return { mode: 'frozen', atMs: nowMs };
  return setting.mode === 'frozen' ? offsetBy(nowMs - realMs) : setting;
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a span such as `25h`, `90m` or `1d12h` (units ms, s, m, h, d) as milliseconds.
 * @returns null when the text is no such span.
 */
export function readSpan(text: string): number | null {
  if (!/^(?:\d{1,12}(?:\.\d{1,3})?(?:ms|s|m|h|d))+$/.test(text)) return null;
  let spanMs = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
    spanMs += Number(amount) * (unitsMs[unit ?? ''] ?? Number.NaN);
  }
  return Math.round(spanMs);
}

/** A clock that can be moved, over one that cannot. */
export class MovableClock {
  #setting: ClockSetting;
  readonly #real: Clock;

  constructor(setting: ClockSetting = { mode: 'real' }, real: Clock = realClock) {
    this.#setting = setting;
    this.#real = real;
  }

  /** The reading that the whole process shares; bound, so that it can be handed on as a {@link Clock}. */
  readonly now: Clock = () => showTime(this.#setting, this.#real());

  get setting(): ClockSetting {
    return this.#setting;
  }

  /** The setting after `move`. Nothing changes yet, so that it can be made durable first. */
  planned(
    move: (setting: ClockSetting, realMs: number) => ClockSetting,
    from: ClockSetting = this.#setting,
  ): ClockSetting {
    return move(from, this.#real());
  }

  /** The time of the clock now with another setting. */
  showing(setting: ClockSetting): number {
    return showTime(setting, this.#real());
  }

  /** Uses another setting from now on. */
  adopt(setting: ClockSetting): void {
    this.#setting = setting;
  }
}

function offsetBy(offsetMs: number): ClockSetting {
  return offsetMs === 0 ? { mode: 'real' } : { mode: 'offset', offsetMs };
}
