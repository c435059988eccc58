import type { Random } from './random.ts';

/** Draws a value; it may depend on the moment, in virtual milliseconds. */
export type Distribution = (random: Random, nowMs: number) => number;

/** A value that is always the same, or one that is drawn. */
export type Amount = number | Distribution;

/**
 * The exponential distribution: the gaps of random arrivals, the times of random work.
 *
 * @example
 * const server = delayServer(world, exponential(50));
 */
export const exponential =
  (mean: number): Distribution =>
  (random) =>
    -mean * Math.log(1 - random());

/**
 * The log-normal distribution, the usual shape of latencies: `sigma` 1 has a long tail.
 *
 * @example
 * const server = delayServer(world, logNormal(50, 1));
 */
export const logNormal =
  (median: number, sigma: number): Distribution =>
  (random) =>
    median * Math.exp(sigma * standardNormal(random));

/**
 * Evenly between two values.
 *
 * @example
 * const server = delayServer(world, uniform(20, 80));
 */
export const uniform =
  (least: number, most: number): Distribution =>
  (random) =>
    least + (most - least) * random();

/**
 * One of the two: `rare` with the given share, else `usual`.
 *
 * @example
 * const server = delayServer(world, mixed(0.01, 1_000, 10));
 */
export const mixed =
  (share: number, rare: Amount, usual: Amount): Distribution =>
  (random, nowMs) =>
    draw(random() < share ? rare : usual, random, nowMs);

/**
 * A value that changes at set moments: `[[0, 20], [50_000, 400]]` is 20 up to 50 s, then 400.
 *
 * @example
 * const server = delayServer(world, steps([0, 20], [50_000, 400]));
 */
export const steps =
  (...values: readonly (readonly [fromMs: number, value: Amount])[]): Distribution =>
  (random, nowMs) =>
    draw(values.findLast(([fromMs]) => fromMs <= nowMs)?.[1] ?? 0, random, nowMs);

/** One amount: the number itself, or one drawn at this moment. */
export const draw = (amount: Amount, random: Random, nowMs: number): number =>
  typeof amount === 'number' ? amount : amount(random, nowMs);

/** Box and Muller's. */
const standardNormal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
