import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFailureRatio as byCounting } from '../../../src/policies/circuit-breaker/failure-ratio-counted.ts';
import { createFailureRatio as byOpossum } from '../../../src/policies/circuit-breaker/failure-ratio-opossum.ts';

const SLICES = 10;
const nothing = (): number[] => new Array<number>(SLICES).fill(0);
const settingsOf = (ratio: number, minimumCalls: number) => ({
  opensAbovePercent: ratio * 100 - 1e-9,
  minimumCalls,
  windowMs: 1000,
});

describe.each([
  ['opossum', byOpossum],
  ['our own lines', byCounting],
])('the failure ratio as judged by %s', (_judge, createFailureRatio) => {
  const ratioOf = (ratio: number, minimumCalls: number, outcomes = nothing(), failed = nothing()) =>
    createFailureRatio(settingsOf(ratio, minimumCalls), outcomes, failed);

  test('opens at the ratio and not below it', () => {
    const ratio = ratioOf(0.5, 2);
    for (let call = 0; call < 3; call += 1) ratio.succeeded();
    expect([ratio.failed(), ratio.failed(), ratio.failed()]).toEqual([false, false, true]);
    ratio.dispose();
  });

  test('opens at no ratio before the minimum of calls', () => {
    const ratio = ratioOf(0.01, 3);
    expect([ratio.failed(), ratio.failed(), ratio.failed()]).toEqual([false, false, true]);
    ratio.dispose();
  });

  test('opens at a ratio of 1 only where everything failed', () => {
    const ratio = ratioOf(1, 1);
    ratio.succeeded();
    const opened = Array.from({ length: 50 }, () => ratio.failed());
    expect(opened).not.toContain(true);
    ratio.dispose();
  });

  test('begins with what has been counted before', () => {
    const [outcomes, failed] = [nothing(), nothing()];
    [outcomes[0], outcomes[9], failed[9]] = [2, 4, 3];
    const ratio = ratioOf(0.5, 1, outcomes, failed);
    expect(ratio.failed()).toBe(true);
    ratio.dispose();
  });

  test('forgets the oldest slice at a turn', () => {
    const [outcomes, failed] = [nothing(), nothing()];
    [outcomes[0], outcomes[9], failed[9]] = [2, 4, 3];
    const ratio = ratioOf(0.5, 1, outcomes, failed);
    ratio.turn();
    expect([ratio.failed(), ratio.failed()]).toEqual([false, true]);
    ratio.dispose();
  });

  test('forgets an outcome after as many turns as there are slices', () => {
    const ratio = ratioOf(1, 2);
    ratio.failed();
    for (let turn = 0; turn < SLICES - 1; turn += 1) ratio.turn();
    expect(ratio.failed()).toBe(true);
    ratio.dispose();
    const later = ratioOf(1, 2);
    later.failed();
    for (let turn = 0; turn < SLICES; turn += 1) later.turn();
    expect(later.failed()).toBe(false);
    later.dispose();
  });

  test('changes nothing of the counts that it is given', () => {
    const [outcomes, failed] = [Object.freeze(nothing()), Object.freeze(nothing())];
    const ratio = createFailureRatio(settingsOf(0.5, 1), outcomes, failed);
    ratio.succeeded();
    ratio.turn();
    expect(ratio.failed()).toBe(true);
    ratio.dispose();
  });
});

type Step = 'succeeded' | 'failed' | 'turn';

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Step>('succeeded', 'failed') },
    { weight: 1, arbitrary: fc.constant<Step>('turn') },
  ),
  { maxLength: 120 },
);
const counts = fc
  .array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })), {
    minLength: SLICES,
    maxLength: SLICES,
  })
  .map((pairs) => ({
    outcomes: pairs.map(([succeeded, failed]) => succeeded + failed),
    failures: pairs.map(([, failed]) => failed),
  }));
const settings = fc
  .record({
    ratio: fc.oneof(
      fc.constantFrom(0.07, 0.1, 0.25, 0.28, 1 / 3, 0.5, 0.57, 2 / 3, 0.9, 1),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
    ),
    minimumCalls: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ ratio, minimumCalls }) => settingsOf(ratio, minimumCalls));

describe('the two judges of the failure ratio', () => {
  test('decide the same after any sequence of outcomes and turns', () => {
    let opened = 0;
    fc.assert(
      fc.property(settings, counts, fc.boolean(), steps, (chosen, before, seeded, sequence) => {
        const outcomes = seeded ? before.outcomes : nothing();
        const failures = seeded ? before.failures : nothing();
        const [one, other] = [
          byOpossum(chosen, outcomes, failures),
          byCounting(chosen, outcomes, failures),
        ];
        for (const step of sequence) {
          const [first, second] = [one[step](), other[step]()];
          expect(second).toBe(first);
          if (first !== true) continue;
          opened += 1;
          break;
        }
        one.dispose();
        other.dispose();
      }),
      { numRuns: 2000 },
    );
    // Otherwise the agreement would mean little.
    expect(opened).toBeGreaterThan(500);
  });
});
