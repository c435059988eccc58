import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Context } from '../../src/core/context.ts';
import {
  ScopeUsage,
  type Order,
  type OrderInLine,
} from '../../src/policies/usage-limits/scope-usage.ts';
import { readUsageLimitsOptions } from '../../src/policies/usage-limits/usage-limits-options.ts';
import type { Amounts } from '../../src/policies/usage-limits/usage-source.ts';
import { ManualClock } from './manual-clock.ts';

const AMOUNT = 1000;
const PER_MS = 10_000;
const BURST = 800;
const TOLERANCE = 1e-3;

const settle = (): undefined => undefined;
const { limits: LIMITS } = readUsageLimitsOptions({
  limits: [
    { per: PER_MS, units: AMOUNT, burst: BURST, cost: () => 1, settle },
    { per: PER_MS, requests: 20, burst: 20 },
  ],
});

type Step =
  | {
      readonly kind: 'arrive';
      readonly units: number;
      readonly priority: number;
      readonly patienceMs: number;
    }
  | { readonly kind: 'abort' | 'give back'; readonly which: number }
  | { readonly kind: 'settle'; readonly which: number; readonly share: number }
  | { readonly kind: 'pass'; readonly milliseconds: number };

const which = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('arrive' as const),
      // Small ones and large ones; twice the estimate may be taken.
      units: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 100, max: 500 })),
      priority: fc.integer({ min: -1, max: 1 }),
      patienceMs: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 20_000 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('abort' as const, 'give back' as const), which }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      which,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      milliseconds: fc.integer({ min: 0, max: 5000 }),
    }),
  },
);

interface Arrival {
  readonly index: number;
  readonly priority: number;
  readonly waiter: OrderInLine;
  state: 'waiting' | 'started' | 'sent away' | 'aborted' | 'ended';
  startedAt: number;
  used: number;
}

/** Plays the steps, and keeps the books that the limits do not keep. */
function play(steps: readonly Step[], isAlone: boolean) {
  const clock = Object.assign(new ManualClock(), isAlone && { callsPerTimer: 'single' as const });
  const usage = new ScopeUsage(clock, LIMITS);
  const arrivals: Arrival[] = [];
  const problems: string[] = [];

  const started = (arrival: Arrival): void => {
    arrival.state = 'started';
    arrival.startedAt = clock.now();
    arrival.used = arrival.waiter.units[0] ?? 0;
    const before = arrivals.filter(
      ({ state, priority, index }) =>
        state === 'waiting' &&
        (priority > arrival.priority || (priority === arrival.priority && index < arrival.index)),
    );
    if (before.length > 0) problems.push(`${arrival.index} overtook ${before[0]?.index}`);
  };
  const arrive = (units: number, priority: number, patienceMs: number): void => {
    const order: Order = usage.orderOf({ weight: units } as Context, () => {
      throw new Error('nothing is estimated');
    });
    const joinedAt = clock.now();
    const arrival: Arrival = {
      index: arrivals.length,
      priority,
      state: 'waiting',
      startedAt: -1,
      used: 0,
      waiter: {
        ...order,
        priority,
        joinedAt,
        leavesAt: joinedAt + patienceMs,
        hasLeft: false,
        alarm: undefined,
        ringsAt: Infinity,
        go: () => started(arrival),
        sendAway: () => (arrival.state = 'sent away'),
      },
    };
    arrivals.push(arrival);
    if (usage.tryTake(arrival.waiter)) started(arrival);
    else usage.line.join(arrival.waiter);
  };
  const nth = (state: Arrival['state'], number: number): Arrival | undefined => {
    const all = arrivals.filter((one) => one.state === state);
    return all[number % Math.max(all.length, 1)];
  };
  const end = (arrival: Arrival, used: number): void => {
    const map = new Map<unknown, Amounts | undefined>([[settle, used]]);
    arrival.state = 'ended';
    arrival.used = used;
    usage.settle(arrival.waiter, map);
    usage.line.serve();
  };
  for (const one of steps) {
    if (one.kind === 'pass') clock.advance(one.milliseconds);
    else if (one.kind === 'arrive') arrive(one.units, one.priority, one.patienceMs);
    else if (one.kind === 'abort') {
      const aborted = nth('waiting', one.which);
      if (aborted === undefined) continue;
      aborted.state = 'aborted';
      usage.line.leave(aborted.waiter);
    } else {
      const arrival = nth('started', one.which);
      if (arrival === undefined) continue;
      if (one.kind === 'settle') end(arrival, one.share * (arrival.waiter.units[0] ?? 0));
      else {
        arrival.state = 'ended';
        arrival.used = 0;
        usage.giveBack(arrival.waiter, false);
        usage.line.serve();
      }
    }
  }
  return { clock, usage, arrivals, problems };
}

describe('usage limits, whatever comes', () => {
  const runs = { numRuns: 500 };
  const steps = fc.array(step, { maxLength: 60 });

  test('keep every window to burst + rate × t, and serve first come, first served within a priority', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (all, isAlone) => {
        const { arrivals, problems } = play(all, isAlone);
        expect(problems).toEqual([]);
        const began = arrivals.filter(({ startedAt }) => startedAt >= 0);
        for (const { startedAt } of began) {
          for (const windowMs of [0, 1000, PER_MS, 2 * PER_MS]) {
            const used = began
              .filter((one) => one.startedAt >= startedAt && one.startedAt <= startedAt + windowMs)
              .reduce((sum, one) => sum + one.used, 0);
            // One that takes more than the burst goes when it is full.
            expect(used).toBeLessThanOrEqual(AMOUNT + (AMOUNT / PER_MS) * windowMs + TOLERANCE);
          }
        }
      }),
      runs,
    );
  });

  test('starve nobody: everybody who waits and stays is served, and nothing is left behind', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (all, isAlone) => {
        const { clock, usage, arrivals } = play(all, isAlone);
        clock.runAll();
        expect(arrivals.filter(({ state }) => state === 'waiting')).toEqual([]);
        for (const { state, waiter } of arrivals) {
          if (state === 'sent away') expect(waiter.leavesAt).toBeLessThan(Infinity);
        }
        expect([usage.line.length, clock.pendingTimers]).toEqual([0, 0]);
      }),
      runs,
    );
  });

  test('nobody starts after the moment at which they leave', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (all, isAlone) => {
        const { clock, arrivals } = play(all, isAlone);
        clock.runAll();
        for (const { startedAt, waiter } of arrivals) {
          if (startedAt >= 0) expect(startedAt).toBeLessThanOrEqual(waiter.leavesAt + TOLERANCE);
        }
      }),
      runs,
    );
  });

  test('hold in the end what they would hold if each call had taken from the beginning what it used', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { clock, usage, arrivals } = play(all, false);
        const began = arrivals
          .filter(({ startedAt }) => startedAt >= 0)
          .toSorted((a, b) => a.startedAt - b.startedAt);
        let level = BURST;
        let filledAt = 0;
        for (const { startedAt, used } of began) {
          level = Math.min(BURST, level + ((startedAt - filledAt) * AMOUNT) / PER_MS) - used;
          filledAt = startedAt;
        }
        const now = clock.now();
        level = Math.min(BURST, level + ((now - filledAt) * AMOUNT) / PER_MS);
        expect(usage.limits[0]?.quota.level(now)).toBeCloseTo(level, 3);
      }),
      runs,
    );
  });
});
