import { describe, expect, test } from '@jest/globals';
import type { ClassicSettings } from '../../../src/policies/circuit-breaker/classic-circuit.ts';
import { MIDDLE, circuitOf, failureWith } from './classic-circuit-under-test.ts';

describe('the open time', () => {
  const openTimes = (settings: Partial<ClassicSettings>, random: () => number, times: number) => {
    const { changes, open, fail } = circuitOf(settings, random);
    open(0);
    let now = 0;
    for (let opening = 1; opening < times; opening += 1) {
      now += changes.at(-1)![2]!;
      fail(now);
    }
    return changes.filter(([, to]) => to === 'open').map(([, , openMs]) => openMs!);
  };

  test('doubles while probes fail, and has a most', () => {
    const times = openTimes({}, () => MIDDLE, 6);
    expect(times.slice(0, 3)).toEqual([1000, 2000, 4000]);
    for (const openMs of times.slice(3)) expect(openMs).toBeLessThanOrEqual(8000);
    expect(times.at(-1)).toBeGreaterThan(7000);
  });

  test('is jittered, also where it has grown to its most', () => {
    const least = openTimes({}, () => 0, 8);
    const most = openTimes({}, () => 1 - Number.EPSILON, 8);
    expect(least[0]).toBe(900);
    expect(most[0]).toBe(1100);
    expect(most.at(-1)! - least.at(-1)!).toBeGreaterThan(1000);
    expect(Math.max(...most)).toBeLessThanOrEqual(8000);
  });

  test('is jittered where it cannot grow at all', () => {
    const settings = { openMs: 1000, maxOpenMs: 1000 };
    const [least] = openTimes(settings, () => 0, 1);
    const [most] = openTimes(settings, () => 1 - Number.EPSILON, 1);
    expect(most).toBeLessThanOrEqual(1000);
    expect(most! - least!).toBeGreaterThan(100);
  });

  test('stays a number however often it has opened', () => {
    const times = openTimes({}, () => MIDDLE, 1100);
    expect(times.every((openMs) => openMs > 0 && openMs <= 8000)).toBe(true);
  });

  test('starts small again once the circuit has closed', () => {
    const { circuit, changes, admit, fail, open } = circuitOf();
    open(0);
    fail(1000);
    circuit.settle(admit(3000), 'healthy', 3000, undefined);
    open(3000);
    expect(changes.at(-1)).toEqual(['closed', 'open', 1000]);
  });

  test('respects a longer hint of the server, up to its most', () => {
    const { changes, fail, open } = circuitOf();
    open(0, 3000.5);
    expect(changes.at(-1)![2]).toBe(3001);
    fail(3001, 10);
    expect(changes.at(-1)![2]).toBe(2000);
    fail(5001, 86_400_000);
    expect(changes.at(-1)![2]).toBe(8000);
  });

  test('takes no hint from prose', () => {
    const { circuit, changes, admit, fail } = circuitOf();
    fail(0);
    const prose = { ...failureWith(7000), retryAfterFrom: 'prose' as const };
    circuit.settle(admit(0), 'failing', 0, prose);
    expect(changes.at(-1)![2]).toBe(1000);
  });
});

describe('a circuit that is worked by hand', () => {
  test('stays open until it is closed', () => {
    const { circuit, changes, refusalAt } = circuitOf();
    circuit.forceOpen();
    expect(refusalAt(1e12).retryAfterMs).toBe(Infinity);
    circuit.close();
    expect(circuit.stateAt(1e12)).toBe('closed');
    expect(changes).toEqual([
      ['closed', 'open', undefined],
      ['open', 'closed', undefined],
    ]);
  });

  test('forgets what it has counted when it is closed, and who was under way', () => {
    const { circuit, admit, fail } = circuitOf();
    fail(0);
    const straggler = admit(0);
    circuit.close();
    circuit.settle(straggler, 'failing', 0, undefined);
    fail(0);
    expect(circuit.stateAt(0)).toBe('closed');
    fail(0);
    expect(circuit.stateAt(0)).toBe('open');
  });

  test('ignores probes under way when it is forced open', () => {
    const { circuit, admit, open } = circuitOf();
    open(0);
    const probe = admit(1000);
    circuit.forceOpen();
    circuit.settle(probe, 'healthy', 1010, undefined);
    expect(circuit.stateAt(1e9)).toBe('open');
  });

  test('goes from one process to another, with the time that is left', () => {
    const here = circuitOf();
    here.open(0);
    here.fail(1000);
    const snapshot = JSON.parse(JSON.stringify(here.circuit.snapshot(1500)));
    const because = 'status 503';
    expect(snapshot).toEqual({ state: 'open', openForMs: 1500, openings: 2, because });
    const there = circuitOf();
    there.circuit.restore(snapshot, 100_000);
    expect(there.changes).toEqual([['closed', 'open', 1500]]);
    there.refusalAt(101_499);
    there.fail(101_500);
    expect(there.changes.at(-1)).toEqual(['half-open', 'open', 4000]);
  });

  test('goes as half-open where its time is over, and lets a probe through there', () => {
    const here = circuitOf();
    here.open(0);
    const because = 'status 503';
    const halfOpen = { state: 'half-open', openForMs: 0, openings: 1, because };
    expect(here.circuit.snapshot(1000)).toEqual(halfOpen);
    here.admit(1000);
    const snapshot = here.circuit.snapshot(1200);
    expect(snapshot).toEqual(halfOpen);
    const there = circuitOf();
    there.circuit.restore(snapshot, 5);
    expect(there.circuit.stateAt(5)).toBe('half-open');
    there.admit(5);
    there.refusalAt(5);
  });

  test('goes as forced where it was forced, and as closed where it was closed', () => {
    const here = circuitOf();
    expect(here.circuit.snapshot(0)).toEqual({ state: 'closed', openForMs: 0, openings: 0 });
    here.circuit.forceOpen();
    const snapshot = JSON.parse(JSON.stringify(here.circuit.snapshot(0)));
    expect(snapshot).toEqual({ state: 'open', openForMs: null, openings: 0 });
    const there = circuitOf();
    there.circuit.restore(snapshot, 0);
    expect(there.refusalAt(1e12).retryAfterMs).toBe(Infinity);
    there.circuit.restore({ state: 'closed', openForMs: 0, openings: 0 }, 0);
    expect(there.circuit.stateAt(0)).toBe('closed');
  });
});
