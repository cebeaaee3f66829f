import {
  advanceTime,
  type ClockSetting,
  clockMaxMs,
  freezeTime,
  type MovableClock,
  readSpan,
  type Store,
  setTime,
} from '@blockhouse/engine';
import { type Static, Type } from 'typebox';
import { moveSandboxClock } from '../../sandbox/clock.ts';
import type { Sandbox, Services } from '../../services.ts';
import { allow } from '../shared/access.ts';
import type { App } from '../shared/app-type.ts';
import { invalid, shown } from '../shared/errors.ts';
import { errorResponses, requiresKey, strict, timestamp } from '../shared/schemas.ts';
import { isoTime, readTime } from '../shared/time.ts';

const access = allow('admin', 'agent', 'app');

const move = Type.Object(
  {
    advance: Type.Optional(
      Type.String({ description: 'A duration such as 25h, 90m or 1d12h, with the units ms, s, m, h and d' }),
    ),
    set: Type.Optional(Type.String({ description: 'An ISO 8601 time. The clock runs on from there.' })),
    freeze: Type.Optional(Type.Boolean()),
  },
  { ...strict, description: 'Exactly one of these' },
);

const clockShape = Type.Object({
  now: timestamp,
  mode: Type.Enum(['real', 'offset', 'frozen']),
});

const response = { 200: clockShape, ...errorResponses };
const tags = ['Sandbox'];

/** `/sandbox/clock`: the clock of windows, expiry and list versions. */
export function clockRoutes(app: App, { store }: Services, { clock, wakeAll }: Sandbox): void {
  const options = { config: { access } };
  const apply = async (next: (setting: ClockSetting, realMs: number) => ClockSetting) => {
    const beforeMs = clock.now();
    await moveSandboxClock(store, clock, next);
    if (clock.now() < beforeMs) await makeWebhooksDue(store, clock.now());
    await wakeAll();
    return renderClock(clock);
  };

  app.get(
    '/sandbox/clock',
    { ...options, schema: { ...requiresKey, tags, summary: 'Retrieve the clock', response } },
    async () => renderClock(clock),
  );

  app.post(
    '/sandbox/clock',
    { ...options, schema: { ...requiresKey, tags, summary: 'Move the clock', body: move, response } },
    async (request) => apply(readMove(request.body, clock)),
  );

  app.delete(
    '/sandbox/clock',
    { ...options, schema: { ...requiresKey, tags, summary: 'Reset the clock to real time', response } },
    async () => apply(() => ({ mode: 'real' })),
  );
}

/** Makes waiting webhooks due now, since their times are in the future of a clock that was moved back. */
async function makeWebhooksDue(store: Store, nowMs: number): Promise<void> {
  for (const { id } of await store.numbers()) await store.outbox.makeDueNow(id, nowMs);
}

function readMove(
  body: Static<typeof move>,
  clock: MovableClock,
): (setting: ClockSetting, realMs: number) => ClockSetting {
  const { advance, set, freeze } = body;
  if (Object.keys(body).length !== 1) throw invalid('Give exactly one of advance, set and freeze.');
  if (set !== undefined) {
    const atMs = readTime('set', set);
    return (setting, realMs) => setTime(setting, atMs, realMs);
  }
  if (advance !== undefined) {
    const byMs = readAdvance(advance, clock);
    return (setting, realMs) => advanceTime(setting, byMs, realMs);
  }
  return (setting, realMs) => freezeTime(setting, freeze ?? false, realMs);
}

function readAdvance(text: string, clock: MovableClock): number {
  const byMs = readSpan(text);
  if (byMs === null)
    throw invalid(`Param advance must be a duration such as 25h, 90m or 1d12h - got "${shown(text)}".`);
  if (clock.now() + byMs > clockMaxMs)
    throw invalid(`Param advance must not lead past the year 2200 - got "${shown(text)}".`);
  return byMs;
}

function renderClock(clock: MovableClock): Static<typeof clockShape> {
  return { now: isoTime(clock.now()), mode: clock.setting.mode };
}
