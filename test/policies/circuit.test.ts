import { describe, expect, test } from '@jest/globals';
import {
  Circuit,
  type CircuitSettings,
  type CircuitState,
  type Refusal,
  type Ticket,
} from '../../src/policies/circuit.ts';

const SETTINGS: CircuitSettings = {
  failureRatio: 0.5,
  minimumCalls: 2,
  windowMs: 10_000,
  openMs: 1000,
  maxOpenMs: 8000,
  halfOpenProbes: 1,
  probeTimeoutMs: 500,
};
/** In the middle of the jitter, where the open time is as configured. */
const MIDDLE = 0.5;

type Change = [from: CircuitState, to: CircuitState, openMs?: number | undefined];

function circuitOf(settings: Partial<CircuitSettings> = {}, random: () => number = () => MIDDLE) {
  const changes: Change[] = [];
  const circuit = new Circuit({ ...SETTINGS, ...settings }, random, (...change) => {
    changes.push(change);
  });
  const admit = (now: number): Ticket => {
    const ticket = circuit.admit(now);
    if ('retryAfterMs' in ticket) throw new Error(`refused at ${now}`);
    return ticket;
  };
  const refusalAt = (now: number): Refusal => {
    const refusal = circuit.admit(now);
    if (!('retryAfterMs' in refusal)) throw new Error(`admitted at ${now}`);
    return refusal;
  };
  const fail = (now: number, hintMs?: number) => circuit.settle(admit(now), 'failing', now, hintMs);
  const open = (now: number, hintMs?: number) => {
    fail(now, hintMs);
    fail(now, hintMs);
  };
  return { circuit, changes, admit, refusalAt, fail, open };
}

describe('B1: a closed circuit', () => {
  test('opens when enough calls failed', () => {
    const { circuit, changes, open } = circuitOf();
    open(0);
    expect(circuit.stateAt(0)).toBe('open');
    expect(changes).toEqual([['closed', 'open', 1000]]);
  });

  test('takes nothing from outcomes that say nothing of the server', () => {
    const { circuit, admit } = circuitOf();
    for (let call = 0; call < 100; call += 1) circuit.settle(admit(0), 'neither', 0, undefined);
    circuit.settle(admit(0), 'failing', 0, undefined);
    expect(circuit.stateAt(0)).toBe('closed');
    circuit.settle(admit(0), 'failing', 0, undefined);
    expect(circuit.stateAt(0)).toBe('open');
  });

  test('is not diluted by calls that are still under way', () => {
    const { circuit, admit, open } = circuitOf();
    for (let call = 0; call < 100; call += 1) admit(0);
    open(0);
    expect(circuit.stateAt(0)).toBe('open');
  });
});

describe('B2: an open circuit', () => {
  test('refuses everybody and says when to come back', () => {
    const { refusalAt, open } = circuitOf();
    open(0);
    expect(refusalAt(0).retryAfterMs).toBe(1000);
    expect(refusalAt(999.5).retryAfterMs).toBe(0.5);
  });

  test('lets one probe through when its time is over, and refuses the others until it is due', () => {
    const { circuit, changes, admit, refusalAt, open } = circuitOf();
    open(0);
    expect(circuit.stateAt(1000)).toBe('half-open');
    const probe = admit(1000);
    expect(refusalAt(1000).retryAfterMs).toBe(500);
    expect(refusalAt(1400).retryAfterMs).toBe(100);
    circuit.settle(probe, 'healthy', 1450, undefined);
    expect(circuit.stateAt(1450)).toBe('closed');
    expect(changes).toEqual([
      ['closed', 'open', 1000],
      ['open', 'half-open', undefined],
      ['half-open', 'closed', undefined],
    ]);
  });

  test('lets another probe through for one that hangs', () => {
    const { circuit, admit, refusalAt, open } = circuitOf();
    open(0);
    admit(1000);
    refusalAt(1499);
    const second = admit(1500);
    refusalAt(1500);
    circuit.settle(second, 'healthy', 1600, undefined);
    expect(circuit.stateAt(1600)).toBe('closed');
  });

  test('still believes a probe that comes late, while nothing has changed', () => {
    const late = circuitOf();
    late.open(0);
    const probe = late.admit(1000);
    late.admit(1500);
    late.circuit.settle(probe, 'failing', 1600, undefined);
    expect(late.circuit.stateAt(1600)).toBe('open');
  });

  test('lets the next one try where a probe said nothing', () => {
    const { circuit, admit, open } = circuitOf();
    open(0);
    circuit.settle(admit(1000), 'neither', 1100, undefined);
    expect(circuit.stateAt(1100)).toBe('half-open');
    circuit.settle(admit(1100), 'healthy', 1200, undefined);
    expect(circuit.stateAt(1200)).toBe('closed');
  });

  test('with several probes lets so many through at once, and closes when all have succeeded', () => {
    const { circuit, admit, refusalAt, open } = circuitOf({ halfOpenProbes: 3 });
    open(0);
    const [first, second] = [admit(1000), admit(1000)];
    circuit.settle(first, 'healthy', 1010, undefined);
    const third = admit(1020);
    refusalAt(1020);
    circuit.settle(second, 'healthy', 1030, undefined);
    refusalAt(1030);
    expect(circuit.stateAt(1030)).toBe('half-open');
    circuit.settle(third, 'healthy', 1040, undefined);
    expect(circuit.stateAt(1040)).toBe('closed');
  });

  test('with several probes opens again as soon as one fails, whatever the others then say', () => {
    const { circuit, admit, open } = circuitOf({ halfOpenProbes: 3 });
    open(0);
    const [first, second, third] = [admit(1000), admit(1000), admit(1000)];
    circuit.settle(first, 'healthy', 1010, undefined);
    circuit.settle(second, 'failing', 1020, undefined);
    expect(circuit.stateAt(1020)).toBe('open');
    circuit.settle(third, 'healthy', 1030, undefined);
    expect(circuit.stateAt(1030)).toBe('open');
  });

  test('ignores what began before its state changed', () => {
    const { circuit, admit, open } = circuitOf();
    const stragglers = Array.from({ length: 6 }, () => admit(0));
    open(0);
    circuit.settle(stragglers[0]!, 'healthy', 10, undefined);
    circuit.settle(stragglers[1]!, 'failing', 20, 1e9);
    expect(circuit.stateAt(1000)).toBe('half-open');
    const probe = admit(1000);
    circuit.settle(stragglers[2]!, 'healthy', 1010, undefined);
    circuit.settle(stragglers[3]!, 'failing', 1010, undefined);
    expect(circuit.stateAt(1010)).toBe('half-open');
    circuit.settle(probe, 'healthy', 1020, undefined);
    circuit.settle(stragglers[4]!, 'failing', 1030, undefined);
    circuit.settle(stragglers[5]!, 'failing', 1030, undefined);
    expect(circuit.stateAt(1030)).toBe('closed');
  });

  test('starts to count anew once it has closed', () => {
    const { circuit, admit, fail, open } = circuitOf();
    open(0);
    circuit.settle(admit(1000), 'healthy', 1000, undefined);
    fail(1000);
    expect(circuit.stateAt(1000)).toBe('closed');
  });

  test.each<CircuitState>(['closed', 'open'])(
    'E1: survives an observer that makes it %s while it hears of half-open',
    (wanted) => {
      const circuit: Circuit = new Circuit(
        SETTINGS,
        () => MIDDLE,
        (_from, to) => {
          if (to !== 'half-open') return;
          if (wanted === 'closed') circuit.close();
          else circuit.forceOpen();
        },
      );
      const settle = (ticket: Ticket | Refusal) => {
        if ('state' in ticket) circuit.settle(ticket, 'failing', 0, undefined);
      };
      settle(circuit.admit(0));
      settle(circuit.admit(0));
      const answer = circuit.admit(1000);
      expect('state' in answer).toBe(wanted === 'closed');
      expect(circuit.stateAt(1000)).toBe(wanted);
    },
  );
});

describe('B3: the open time', () => {
  const openTimes = (settings: Partial<CircuitSettings>, random: () => number, times: number) => {
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

  test('respects a longer hint of the server, beyond its most', () => {
    const { changes, fail, open } = circuitOf();
    open(0, 60_000.5);
    expect(changes.at(-1)![2]).toBe(60_001);
    fail(60_001, 10);
    expect(changes.at(-1)![2]).toBe(2000);
  });
});

describe('B5: worked by hand a circuit', () => {
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
    expect(snapshot).toEqual({ state: 'open', openForMs: 1500, openings: 2 });
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
    expect(here.circuit.snapshot(1000)).toEqual({ state: 'half-open', openForMs: 0, openings: 1 });
    here.admit(1000);
    const snapshot = here.circuit.snapshot(1200);
    expect(snapshot).toEqual({ state: 'half-open', openForMs: 0, openings: 1 });
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
