import { nonNegative, positive, type Check } from '../../core/options.ts';

/** A rate that changes: `[[0, 100], [60_000, 50]]` is 100 a second up to 60 s, then 50. */
export type RateSteps = readonly (readonly [fromMs: number, ratePerSecond: number])[];

/** A rate, or a list of rates whose first holds from the start. Later ones may be 0. */
export const rateOrSteps: Check = {
  expected: 'a finite number above 0, or a list of [fromMs, ratePerSecond] that starts at 0',
  accepts: (value) =>
    positive.accepts(value) ||
    (Array.isArray(value) &&
      (value as RateSteps)[0]?.[0] === 0 &&
      positive.accepts((value as RateSteps)[0]?.[1]) &&
      (value as RateSteps).every(([, rate]) => nonNegative.accepts(rate))),
};

/** A rate as steps, of which there is one where it never changes. */
export const stepsOf = (rate: number | RateSteps): RateSteps =>
  typeof rate === 'number' ? [[0, rate]] : rate;
