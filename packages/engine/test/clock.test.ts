// Shows how a movable clock is advanced, set and frozen, and which spans it understands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advanceTime, freezeTime, MovableClock, readSpan, setTime } from '@blockhouse/engine';

function clockAt(startMs: number) {
  let realMs = startMs;
  const clock = new MovableClock({ mode: 'real' }, () => realMs);
  return { clock, pass: (ms: number) => (realMs += ms) };
}

test('advancing and setting let the clock run on from there', () => {
  const { clock, pass } = clockAt(1000);
  clock.adopt(clock.planned((setting, realMs) => advanceTime(setting, 500, realMs)));
  assert.equal(clock.now(), 1500);
  pass(10);
  assert.equal(clock.now(), 1510);
  clock.adopt(clock.planned((setting, realMs) => setTime(setting, 99, realMs)));
  pass(1);
  assert.equal(clock.now(), 100);
  assert.equal(clock.setting.mode, 'offset');
});

test('a frozen clock stands still, also after it was advanced or set, until it is released', () => {
  const { clock, pass } = clockAt(1000);
  clock.adopt(clock.planned((setting, realMs) => freezeTime(setting, true, realMs)));
  pass(50);
  assert.equal(clock.now(), 1000);
  clock.adopt(clock.planned((setting, realMs) => advanceTime(setting, 5, realMs)));
  pass(50);
  assert.equal(clock.now(), 1005);
  assert.equal(clock.setting.mode, 'frozen');
  clock.adopt(clock.planned((setting, realMs) => freezeTime(setting, false, realMs)));
  pass(7);
  assert.equal(clock.now(), 1012);
});

test('releasing a clock that was never frozen changes nothing', () => {
  const { clock } = clockAt(1000);
  clock.adopt(clock.planned((setting, realMs) => freezeTime(setting, false, realMs)));
  assert.equal(clock.setting.mode, 'real');
});

for (const [text, spanMs] of [
  ['25h', 90_000_000],
  ['90m', 5_400_000],
  ['1d12h', 129_600_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['0s', 0],
] as const) {
  test(`reads ${text}`, () => assert.equal(readSpan(text), spanMs));
}

for (const text of ['', '25', 'h', '-1h', '1 h', '1w', '1e3s', '1h and more', '9999999999999999h']) {
  test(`refuses ${JSON.stringify(text)}`, () => assert.equal(readSpan(text), null));
}
