import { type ClockSetting, MovableClock, type Store } from '@blockhouse/engine';

const settingName = 'sandbox_clock';

/** The sandbox's clock as it was left: a restart goes on in the same time. */
export async function loadSandboxClock(store: Store): Promise<MovableClock> {
  const saved = await store.setting(settingName);
  return new MovableClock(saved === null ? { mode: 'real' } : (JSON.parse(saved) as ClockSetting));
}

/** Keeps the clock's setting for the next start. */
export async function saveSandboxClock(store: Store, setting: ClockSetting): Promise<void> {
  await store.putSetting(settingName, JSON.stringify(setting));
}
