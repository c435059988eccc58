import { describe, expect, test } from '@jest/globals';
import {
  Circuit,
  type CircuitState,
  type Refusal,
  type Ticket,
} from '../../../src/policies/circuit-breaker/circuit.ts';
import { MIDDLE, SETTINGS, circuitOf } from './circuit-under-test.ts';

describe('a closed circuit', () => {
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
    'survives an observer that makes it %s while it hears of half-open',
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
