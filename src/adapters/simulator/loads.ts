import {
  OptionError,
  nonNegative,
  positive,
  readOptions,
  wholeNumber,
} from '../../core/options.ts';
import { exponential } from './distributions.ts';
import type { World } from './world.ts';

/** Starts one call of a fleet; resolves when it has ended. Of a numbered caller, or of nobody. */
export type StartCall = (caller?: number) => Promise<void>;

/** Starts the calls of a fleet, each at its moment. */
export type Load = (startCall: StartCall) => void;

/** When a load lasts. */
interface LoadPeriod {
  /**
   * When the first call may start, in virtual milliseconds.
   * @defaultValue 0
   */
  readonly fromMs?: number;
  /**
   * When the last call may start.
   * @defaultValue Infinity
   */
  readonly untilMs?: number;
}

const PERIOD_DEFAULTS = { fromMs: 0, untilMs: Infinity };
const PERIOD_CHECKS = {
  fromMs: nonNegative,
  untilMs: { expected: 'a number', accepts: (value: unknown) => typeof value === 'number' },
};

/** How many calls a {@link poissonLoad} starts. */
export interface PoissonLoadOptions extends LoadPeriod {
  /** Calls a second, on average; or how many at a moment in virtual milliseconds. Required. */
  readonly ratePerSecond: number | ((nowMs: number) => number);
  /**
   * The highest rate there will be. Required where the rate is a function.
   * @defaultValue the rate
   */
  readonly maxRatePerSecond?: number;
}

/**
 * Makes an open load: calls come at random moments, whatever becomes of the earlier ones. Many
 * independent users do this.
 *
 * @example
 * const load = poissonLoad(world, { ratePerSecond: 280 });
 */
export function poissonLoad(world: World, options: PoissonLoadOptions): Load {
  const { ratePerSecond, maxRatePerSecond, fromMs, untilMs } = readOptions(
    'poissonLoad',
    options,
    PERIOD_DEFAULTS,
    {
      ratePerSecond: {
        expected: 'a finite number above 0, or a function',
        accepts: (value) => typeof value === 'function' || positive.accepts(value),
      },
      maxRatePerSecond: positive,
      ...PERIOD_CHECKS,
    },
    ['ratePerSecond'],
  );
  const most = maxRatePerSecond ?? ratePerSecond;
  if (typeof most !== 'number') {
    throw new OptionError('poissonLoad.maxRatePerSecond', positive.expected, undefined);
  }
  const random = world.randomOf('arrivals');
  const gap = exponential(1_000 / most);
  return (startCall) => {
    const next = (afterMs: number): void => {
      const at = afterMs + gap(random, afterMs);
      if (at <= untilMs) world.at(at, () => arrive(at));
    };
    const arrive = (at: number): void => {
      next(at);
      const isThinnedOut =
        typeof ratePerSecond === 'function' && random() * most >= ratePerSecond(at);
      if (!isThinnedOut) void startCall();
    };
    next(fromMs);
  };
}

/** How many calls a {@link steadyLoad} starts. */
export interface SteadyLoadOptions extends LoadPeriod {
  /** Calls a second. Required. */
  readonly ratePerSecond: number;
}

/**
 * Makes an open load with a fixed beat: the same gap between all calls.
 *
 * @example
 * const load = steadyLoad(world, { ratePerSecond: 10, untilMs: 60_000 });
 */
export function steadyLoad(world: World, options: SteadyLoadOptions): Load {
  const { ratePerSecond, fromMs, untilMs } = readOptions(
    'steadyLoad',
    options,
    PERIOD_DEFAULTS,
    { ratePerSecond: positive, ...PERIOD_CHECKS },
    ['ratePerSecond'],
  );
  return (startCall) => {
    const beat = (count: number): void => {
      const at = fromMs + (1_000 * count) / ratePerSecond;
      if (at > untilMs) return;
      world.at(at, () => {
        beat(count + 1);
        void startCall();
      });
    };
    beat(0);
  };
}

/** Who calls in a {@link closedLoad}. */
export interface ClosedLoadOptions extends LoadPeriod {
  /** How many callers there are, each with one call at a time. Required. */
  readonly callers: number;
  /**
   * How long a caller waits between the end of a call and the next, in milliseconds.
   * @defaultValue 0
   */
  readonly pauseMs?: number;
  /**
   * How long it waits after a call that ended in the moment in which it began, a refusal: without
   * this it would call for ever without time passing.
   * @defaultValue 100
   */
  readonly pauseAfterInstantMs?: number;
}

/**
 * Makes a closed load: a set number of callers, each of whom waits for the end of one call before
 * the next. Worker pools and batch jobs do this.
 *
 * @example
 * const load = closedLoad(world, { callers: 16 });
 */
export function closedLoad(world: World, options: ClosedLoadOptions): Load {
  const { callers, pauseMs, pauseAfterInstantMs, fromMs, untilMs } = readOptions(
    'closedLoad',
    options,
    { pauseMs: 0, pauseAfterInstantMs: 100, ...PERIOD_DEFAULTS },
    {
      callers: wholeNumber(1),
      pauseMs: nonNegative,
      pauseAfterInstantMs: positive,
      ...PERIOD_CHECKS,
    },
    ['callers'],
  );
  return (startCall) => {
    const call = async (caller: number): Promise<void> => {
      while (world.now <= untilMs) {
        const startedAt = world.now;
        await startCall(caller);
        const delayMs = world.now > startedAt ? pauseMs : Math.max(pauseMs, pauseAfterInstantMs);
        if (delayMs > 0) await new Promise<void>((resolve) => world.after(delayMs, resolve));
      }
    };
    for (let caller = 0; caller < callers; caller += 1) world.at(fromMs, () => void call(caller));
  };
}
