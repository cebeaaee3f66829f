import { type ClockSetting, MovableClock, type Store } from '@blockhouse/engine';

const settingName = 'sandbox_clock';

/** Loads the clock of the sandbox. It keeps its setting across restarts. */
export async function loadSandboxClock(store: Store): Promise<MovableClock> {
  const saved = await store.setting(settingName);
  return new MovableClock(saved === null ? { mode: 'real' } : (JSON.parse(saved) as ClockSetting));
}

/** Adopts the setting of the clock that another process may have stored. */
export async function followSandboxClock(store: Store, clock: MovableClock): Promise<void> {
  const saved = await store.setting(settingName);
  if (saved !== null) clock.adopt(JSON.parse(saved) as ClockSetting);
}

/** Moves the clock. The setting is stored before it takes effect, and concurrent moves add up. */
export async function moveSandboxClock(
  store: Store,
  clock: MovableClock,
  move: (setting: ClockSetting, realMs: number) => ClockSetting,
): Promise<void> {
  const saved = await store.changeSetting(settingName, (before) =>
    JSON.stringify(clock.planned(move, before === null ? { mode: 'real' } : JSON.parse(before))),
  );
  clock.adopt(JSON.parse(saved) as ClockSetting);
}
