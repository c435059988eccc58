/** Several measurements of one thing: the middle one, and how far apart they were. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The median, which one disturbed measurement cannot move, with the least and the greatest. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  const lower = sorted.length % 2 === 1 ? upper : (sorted[middle - 1] ?? NaN);
  return { median: (lower + upper) / 2, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

/** The spread of the ratios of measurements that were made in the same rounds. */
export function spreadOfRatios(values: readonly number[], bases: readonly number[]): Spread {
  return spreadOf(values.map((value, round) => value / (bases[round] ?? NaN)));
}

/** The same in a larger unit. */
export const scaled = ({ median, min, max }: Spread, scale: number): Spread => ({
  median: median / scale,
  min: min / scale,
  max: max / scale,
});
