// Shows that the circuit opens after failures in a row, lets one request probe after a pause, and closes when that succeeds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Circuit, CircuitOpen } from '../../src/meta-client/circuit.ts';

function failTimes(circuit: Circuit, times: number, nowMs: number): void {
  for (let time = 0; time < times; time++) {
    circuit.failed(circuit.acquire(nowMs), nowMs);
  }
}

test('five failures in a row open the circuit for a second, and each further one for twice as long, up to half a minute', () => {
  const circuit = new Circuit();
  failTimes(circuit, 4, 0);
  circuit.acquire(0);
  circuit.succeeded();
  failTimes(circuit, 5, 0);
  let nowMs = 0;
  for (const pauseMs of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    assert.throws(
      () => circuit.acquire(nowMs + pauseMs - 1),
      (error) => error instanceof CircuitOpen && error.retryAfterMs === 1,
    );
    nowMs += pauseMs;
    circuit.failed(circuit.acquire(nowMs), nowMs);
  }
});

test('one request probes; the others wait for its result', () => {
  const circuit = new Circuit();
  failTimes(circuit, 5, 0);
  const probe = circuit.acquire(1000);
  assert.equal(probe, 'probe');
  assert.throws(() => circuit.acquire(1000), CircuitOpen);
  circuit.abandoned('request');
  assert.throws(() => circuit.acquire(1000), CircuitOpen);
  circuit.abandoned(probe);
  circuit.acquire(1001);
  circuit.succeeded();
  for (let time = 0; time < 4; time++) circuit.acquire(1002);
});

test('requests that fail together open the circuit as long as one does', () => {
  const circuit = new Circuit();
  const passages = Array.from({ length: 50 }, () => circuit.acquire(0));
  for (const passage of passages) circuit.failed(passage, 10);
  assert.throws(() => circuit.acquire(1009), CircuitOpen);
  assert.equal(circuit.acquire(1010), 'probe');
});
