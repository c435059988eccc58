import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Bucket, type Waiter } from '../../src/policies/rate-limit/bucket.ts';
import { Gcra } from '../../src/policies/rate-limit/gcra.ts';
import type { Pace, Token } from '../../src/policies/rate-limit/pace.ts';
import { Unlimited } from '../../src/policies/rate-limit/unlimited.ts';
import { HaltingPace } from '../policies/rate-limit/halting-pace.ts';
import { ManualClock } from './manual-clock.ts';

const RUNS = { numRuns: 1000 };
const TOLERANCE = 1e-6;
/** Timers are set in whole milliseconds and may ring so late. */
const LATEST_TIMER_MS = 41;

type Step =
  | {
      readonly kind: 'arrive';
      readonly priority: number;
      readonly patienceMs: number;
      readonly keeps: boolean;
    }
  | { readonly kind: 'leave' | 'give back'; readonly which: number }
  | { readonly kind: 'halt' | 'go on' | 'pass'; readonly milliseconds: number };

const milliseconds = fc.oneof(
  fc.integer({ min: 0, max: 3000 }),
  fc.double({ min: 0, max: 300, noNaN: true }),
);
const which = fc.nat({ max: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('arrive' as const),
      priority: fc.integer({ min: -1, max: 1 }),
      patienceMs: fc.oneof(fc.constant(Infinity), milliseconds),
      // Whoever does not keep its token never starts, and gives it back sooner or later.
      keeps: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('give back' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('halt' as const, 'go on' as const),
      milliseconds,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), milliseconds }) },
);

interface Arrival {
  readonly index: number;
  readonly priority: number;
  readonly keeps: boolean;
  readonly waiter: Waiter;
  state: 'waiting' | 'granted' | 'sent away' | 'left' | 'given back';
  token: Token | undefined;
  grantedAt: number;
}

/** Plays the steps on a bucket, and keeps the books that a bucket does not keep. */
function play(configured: Pace, clock: ManualClock, steps: readonly Step[]) {
  const pace = new HaltingPace(configured);
  const bucket = new Bucket(clock, pace);
  const arrivals: Arrival[] = [];
  /** Before this moment nothing may start. */
  let haltedUntil = -Infinity;
  let isHalted = false;
  let probes = 0;
  const problems: string[] = [];

  const granted = (arrival: Arrival, token: Token) => {
    for (const other of arrivals) {
      const isBefore =
        other.priority > arrival.priority ||
        (other.priority === arrival.priority && other.index < arrival.index);
      if (other.state === 'waiting' && other !== arrival && isBefore) {
        problems.push(`${arrival.index} was served before ${other.index}`);
      }
    }
    if (clock.now() < haltedUntil - TOLERANCE) {
      problems.push(`a start at ${clock.now()}, halted until ${haltedUntil}`);
    }
    if (isHalted && (probes += 1) > 1) problems.push('two probes at once');
    if (clock.now() > arrival.waiter.leavesAt + LATEST_TIMER_MS) problems.push('waited too long');
    Object.assign(arrival, { state: 'granted', token, grantedAt: clock.now() });
  };

  const arrive = ({ priority, patienceMs, keeps }: Extract<Step, { kind: 'arrive' }>) => {
    const waiter: Waiter = {
      leavesAt: clock.now() + patienceMs,
      grant: (token) => granted(arrival, token),
      sendAway() {
        if (clock.now() > arrival.waiter.leavesAt + LATEST_TIMER_MS)
          problems.push('waited too long');
        arrival.state = 'sent away';
      },
    };
    const arrival: Arrival = {
      index: arrivals.length,
      priority,
      keeps,
      waiter,
      state: 'waiting',
      token: undefined,
      grantedAt: NaN,
    };
    const token = bucket.tryTake();
    arrivals.push(arrival);
    if (token === undefined) bucket.join(waiter, priority);
    else granted(arrival, token);
  };

  const giveBack = (arrival: Arrival) => {
    arrival.state = 'given back';
    if (pace.stop?.isProbe(arrival.token)) probes = 0;
    bucket.giveBack(arrival.token!);
  };

  for (const one of steps) {
    switch (one.kind) {
      case 'arrive':
        arrive(one);
        break;
      case 'leave': {
        const arrival = arrivals[one.which];
        if (arrival?.state !== 'waiting') break;
        arrival.state = 'left';
        bucket.leave(arrival.waiter);
        break;
      }
      case 'give back': {
        const arrival = arrivals[one.which];
        if (arrival?.state === 'granted' && !arrival.keeps) giveBack(arrival);
        break;
      }
      case 'halt':
        pace.halt(clock.now(), one.milliseconds);
        haltedUntil = clock.now() + one.milliseconds;
        [isHalted, probes] = [true, 0];
        bucket.paceChanged();
        break;
      case 'go on':
        pace.goOn();
        haltedUntil = -Infinity;
        isHalted = false;
        bucket.paceChanged();
        break;
      case 'pass':
        clock.advance(one.milliseconds);
        break;
    }
    const waiting = arrivals.filter(({ state }) => state === 'waiting').length;
    if (bucket.waiting !== waiting) problems.push(`${bucket.waiting} wait, not ${waiting}`);
    if (clock.pendingTimers !== (waiting > 0 ? 1 : 0)) {
      problems.push(`${clock.pendingTimers} timers for ${waiting} who wait`);
    }
  }
  pace.goOn();
  isHalted = false;
  haltedUntil = -Infinity;
  bucket.paceChanged();
  // Whoever is left is served; what was taken and not used comes back on the way.
  for (let left = arrivals.length; bucket.waiting > 0 && left > 0; left -= 1) {
    const idle = arrivals.find(({ state, keeps }) => state === 'granted' && !keeps);
    if (idle) giveBack(idle);
    clock.runAll();
  }
  const starts = arrivals
    .filter(({ state, keeps }) => state === 'granted' && keeps)
    .map(({ grantedAt }) => grantedAt)
    .toSorted((a, b) => a - b);
  if (arrivals.some(({ state }) => state === 'waiting')) problems.push('somebody waits for ever');
  if (clock.pendingTimers > 0) problems.push('a timer is left behind');
  return { problems, starts };
}

/** The most that any window holds beyond what is allowed; at most 0 where the limit is kept. */
function excessOf(starts: readonly number[], burst: number, ratePerSecond: number): number {
  let most = -Infinity;
  for (let from = 0; from < starts.length; from += 1) {
    for (let to = from; to < starts.length; to += 1) {
      const allowed = burst + (ratePerSecond * (starts[to]! - starts[from]!)) / 1000;
      most = Math.max(most, to - from + 1 - allowed);
    }
  }
  return most;
}

const offBy = fc.infiniteStream(fc.double({ min: -0.99, max: 40, noNaN: true }));
const rates = fc.oneof(
  fc.double({ min: 0.05, max: 2000, noNaN: true }),
  fc.integer({ min: 1, max: 100 }),
);
const startAt = fc.constantFrom(0, 12.345, 1e6 + 0.1);

describe('a bucket under random traffic', () => {
  test('starts at most burst + rate × t in any window of t seconds, and serves everybody in turn', () => {
    fc.assert(
      fc.property(
        rates,
        fc.integer({ min: 1, max: 8 }),
        fc.array(step, { minLength: 10, maxLength: 60 }),
        offBy,
        startAt,
        (ratePerSecond, burst, steps, lateness, start) => {
          const clock = new ManualClock(() => lateness.next().value as number, start);
          const { problems, starts } = play(new Gcra(ratePerSecond, burst), clock, steps);
          expect(problems).toEqual([]);
          expect(excessOf(starts, burst, ratePerSecond)).toBeLessThanOrEqual(TOLERANCE);
        },
      ),
      RUNS,
    );
  });

  test('without a rate starts nothing within a stop but one probe, and serves everybody in turn', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), offBy, (steps, lateness) => {
        const clock = new ManualClock(() => lateness.next().value as number);
        expect(play(new Unlimited(), clock, steps).problems).toEqual([]);
      }),
      RUNS,
    );
  });

  test('keeps what it said to those who wait, where nobody pushes in and nothing pauses', () => {
    fc.assert(
      fc.property(
        rates,
        fc.integer({ min: 2, max: 8 }),
        fc.array(milliseconds, { maxLength: 40 }),
        (ratePerSecond, burst, gaps) => {
          // What a token is late by, up to a whole millisecond, must fit into what may be saved up.
          fc.pre((burst - 1) * 1000 >= ratePerSecond);
          const clock = new ManualClock();
          const bucket = new Bucket(clock, new Gcra(ratePerSecond, burst));
          for (const gap of gaps) {
            clock.advance(gap);
            if (bucket.tryTake() !== undefined) continue;
            const said = clock.now() + bucket.estimateMs(0);
            const waiter: Waiter = {
              leavesAt: Infinity,
              sendAway: () => {},
              // Timers are set in whole milliseconds, and never early.
              grant: () => expect(clock.now() - said).toBeLessThanOrEqual(1.001),
            };
            bucket.join(waiter, 0);
          }
          clock.runAll();
          expect(bucket.waiting).toBe(0);
        },
      ),
      RUNS,
    );
  });
});
