import { describe, expect, test } from '@jest/globals';
import type { CircuitState, Refusal } from '../../../src/policies/circuit-breaker/circuit-state.ts';
import {
  ClassicCircuit,
  type Ticket,
} from '../../../src/policies/circuit-breaker/classic-circuit.ts';
import { MIDDLE, SETTINGS, circuitOf, failureWith } from './classic-circuit-under-test.ts';

describe('a closed circuit', () => {
  test('opens when enough calls failed', () => {
    const { circuit, changes, open } = circuitOf();
    open(0);
    expect(circuit.stateAt(0)).toBe('open');
    expect(changes).toEqual([['closed', 'open', 1000]]);
  });

  test('opens after a run of failures, however much went well before', () => {
    const { circuit, admit, fail, changes } = circuitOf({
      consecutiveFailures: 3,
      minimumCalls: 1000,
    });
    fail(0);
    fail(0);
    for (let call = 0; call < 1000; call += 1) circuit.settle(admit(0), 'healthy', 0);
    fail(3);
    fail(3);
    expect(circuit.stateAt(3)).toBe('closed');
    fail(3);
    expect(changes).toEqual([['closed', 'open', 1000]]);
  });

  test.each([
    [0.01, 5],
    [0.05, 7],
    [0.2, 12],
    [0.3, 16],
  ])('takes no run for an outage that chance gives where %d fail: only %i', (share, longest) => {
    const { circuit, admit } = circuitOf({ consecutiveFailures: 5, minimumCalls: 10_000 });
    const settle = (health: 'healthy' | 'failing') =>
      circuit.settle(admit(0), health, 0, failureWith());
    for (let call = 0; call < 1000 * share; call += 1) {
      settle('failing');
      settle('healthy');
    }
    for (let call = 0; call < 1000 * (1 - 2 * share); call += 1) settle('healthy');
    for (let run = 1; run < longest; run += 1) {
      settle('failing');
      expect(circuit.stateAt(0)).toBe('closed');
    }
    settle('failing');
    expect(circuit.stateAt(0)).toBe('open');
  });

  test('stays closed where another circuit takes the failures over', () => {
    const { circuit, admit, changes } = circuitOf({ consecutiveFailures: 3 });
    const asked: string[] = [];
    for (let call = 0; call < 10; call += 1) {
      circuit.settle(admit(call), 'failing', call, failureWith(), (which) => {
        asked.push(which);
        return true;
      });
    }
    expect(changes).toEqual([]);
    // The ratio of two is reached first, each time anew.
    expect(asked).toEqual(Array.from({ length: 5 }, () => 'ratio'));
  });

  test('says which failure opened it', () => {
    const { circuit, open } = circuitOf();
    expect(circuit.because).toBeUndefined();
    open(0);
    expect(circuit.because).toEqual(failureWith());
    expect(circuit.snapshot(0)).toMatchObject({ because: 'status 503' });
    circuit.forceOpen();
    expect(circuit.because).toBeUndefined();
  });

  test('takes nothing from outcomes that say nothing of the server', () => {
    const { circuit, admit } = circuitOf();
    for (let call = 0; call < 100; call += 1) circuit.settle(admit(0), 'unknown', 0);
    circuit.settle(admit(0), 'failing', 0);
    expect(circuit.stateAt(0)).toBe('closed');
    circuit.settle(admit(0), 'failing', 0);
    expect(circuit.stateAt(0)).toBe('open');
  });

  test('is not diluted by calls that are still under way', () => {
    const { circuit, admit, open } = circuitOf();
    for (let call = 0; call < 100; call += 1) admit(0);
    open(0);
    expect(circuit.stateAt(0)).toBe('open');
  });
});

describe('an open circuit', () => {
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
    circuit.settle(probe, 'healthy', 1450);
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
    circuit.settle(second, 'healthy', 1600);
    expect(circuit.stateAt(1600)).toBe('closed');
  });

  test('still believes a probe that comes late, while nothing has changed', () => {
    const late = circuitOf();
    late.open(0);
    const probe = late.admit(1000);
    late.admit(1500);
    late.circuit.settle(probe, 'failing', 1600);
    expect(late.circuit.stateAt(1600)).toBe('open');
  });

  test('lets the next one try where a probe said nothing', () => {
    const { circuit, admit, open } = circuitOf();
    open(0);
    circuit.settle(admit(1000), 'unknown', 1100);
    expect(circuit.stateAt(1100)).toBe('half-open');
    circuit.settle(admit(1100), 'healthy', 1200);
    expect(circuit.stateAt(1200)).toBe('closed');
  });

  test('with several probes lets so many through at once, and closes when all have succeeded', () => {
    const { circuit, admit, refusalAt, open } = circuitOf({ halfOpenProbes: 3 });
    open(0);
    const [first, second] = [admit(1000), admit(1000)];
    circuit.settle(first, 'healthy', 1010);
    const third = admit(1020);
    refusalAt(1020);
    circuit.settle(second, 'healthy', 1030);
    refusalAt(1030);
    expect(circuit.stateAt(1030)).toBe('half-open');
    circuit.settle(third, 'healthy', 1040);
    expect(circuit.stateAt(1040)).toBe('closed');
  });

  test('with several probes opens again as soon as one fails, whatever the others then say', () => {
    const { circuit, admit, open } = circuitOf({ halfOpenProbes: 3 });
    open(0);
    const [first, second, third] = [admit(1000), admit(1000), admit(1000)];
    circuit.settle(first, 'healthy', 1010);
    circuit.settle(second, 'failing', 1020);
    expect(circuit.stateAt(1020)).toBe('open');
    circuit.settle(third, 'healthy', 1030);
    expect(circuit.stateAt(1030)).toBe('open');
  });

  test('ignores what began before its state changed', () => {
    const { circuit, admit, open } = circuitOf();
    const stragglers = Array.from({ length: 6 }, () => admit(0));
    open(0);
    circuit.settle(stragglers[0]!, 'healthy', 10);
    circuit.settle(stragglers[1]!, 'failing', 20, failureWith(1e9));
    expect(circuit.stateAt(1000)).toBe('half-open');
    const probe = admit(1000);
    circuit.settle(stragglers[2]!, 'healthy', 1010);
    circuit.settle(stragglers[3]!, 'failing', 1010);
    expect(circuit.stateAt(1010)).toBe('half-open');
    circuit.settle(probe, 'healthy', 1020);
    circuit.settle(stragglers[4]!, 'failing', 1030);
    circuit.settle(stragglers[5]!, 'failing', 1030);
    expect(circuit.stateAt(1030)).toBe('closed');
  });

  test('starts to count anew once it has closed', () => {
    const { circuit, admit, fail, open } = circuitOf();
    open(0);
    circuit.settle(admit(1000), 'healthy', 1000);
    fail(1000);
    expect(circuit.stateAt(1000)).toBe('closed');
  });

  test.each<CircuitState>(['closed', 'open'])(
    'survives an observer that makes it %s while it hears of half-open',
    (wanted) => {
      const circuit: ClassicCircuit = new ClassicCircuit(
        SETTINGS,
        () => MIDDLE,
        (_from, to) => {
          if (to !== 'half-open') return;
          if (wanted === 'closed') circuit.close();
          else circuit.forceOpen();
        },
      );
      const settle = (ticket: Ticket | Refusal) => {
        if ('state' in ticket) circuit.settle(ticket, 'failing', 0);
      };
      settle(circuit.admit(0));
      settle(circuit.admit(0));
      const answer = circuit.admit(1000);
      expect('state' in answer).toBe(wanted === 'closed');
      expect(circuit.stateAt(1000)).toBe(wanted);
    },
  );
});
