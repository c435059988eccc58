/** A rate that changes: `[[0, 100], [60_000, 50]]` is 100 a second up to 60 s, then 50. */
export type RateSteps = readonly (readonly [fromMs: number, ratePerSecond: number])[];
