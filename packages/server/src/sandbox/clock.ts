import { type ClockSetting, MovableClock, type Store } from '@blockhouse/engine';

const settingName = 'sandbox_clock';

/** The sandbox's clock as it was left: a restart goes on in the same time. */
export async function loadSandboxClock(store: Store): Promise<MovableClock> {
  const saved = await store.setting(settingName);
  return new MovableClock(saved === null ? { mode: 'real' } : (JSON.parse(saved) as ClockSetting));
}

/** Goes by what another process has made of the clock meanwhile. */
export async function followSandboxClock(store: Store, clock: MovableClock): Promise<void> {
  const saved = await store.setting(settingName);
  if (saved !== null) clock.adopt(JSON.parse(saved) as ClockSetting);
}

/** Moves the clock: the new setting is durable before anything goes by it, and moves made at once add up. */
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
