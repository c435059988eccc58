import {
  OptionError,
  positive,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import { readPlainly } from '../plain-reader.ts';
import { GradientLimit } from './gradient-limit.ts';
import type { ConcurrencyRule } from './moving-limit.ts';

/** Between which limits a learned one may be, and how much slower answers may get. */
export interface AdaptiveLimitOptions {
  /** The limit before anything is known. @defaultValue 20, within floor and ceiling */
  readonly initial?: number | undefined;
  /** The lowest limit, but for the moment of a probe. @defaultValue 1 */
  readonly floor?: number | undefined;
  /** The highest limit. @defaultValue 1000 */
  readonly ceiling?: number | undefined;
  /** How many times as long as without load an answer may take before the limit shrinks. @defaultValue 1.5 */
  readonly tolerance?: number | undefined;
}

export const ADAPTIVE_LIMIT_DEFAULTS = Object.freeze({
  initial: 20,
  floor: 1,
  ceiling: 1000,
  tolerance: 1.5,
});

const ADAPTIVE_LIMIT_CHECKS: Checks<AdaptiveLimitOptions> = {
  initial: wholeNumber(1),
  floor: wholeNumber(1),
  ceiling: wholeNumber(1),
  tolerance: {
    expected: 'a finite number above 1',
    accepts: (value) => positive.accepts(value) && (value as number) > 1,
  },
};

/**
 * A limit that is learned from how long answers take, for `maxConcurrent` of {@link concurrencyLimit}:
 * it grows while they are as quick as without load, and shrinks where they get slower. Each key learns
 * its own.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const policy = pipeline(retry(), concurrencyLimit({ maxConcurrent: adaptiveLimit() }));
 */
export function adaptiveLimit(options?: AdaptiveLimitOptions): ConcurrencyRule {
  const settings = readOptions(
    'adaptiveLimit',
    options,
    ADAPTIVE_LIMIT_DEFAULTS,
    ADAPTIVE_LIMIT_CHECKS,
  );
  const { floor, ceiling, tolerance } = settings;
  if (floor > ceiling) {
    throw new OptionError('adaptiveLimit.floor', `at most ceiling (${ceiling})`, floor);
  }
  const isGiven = options?.initial !== undefined;
  if (isGiven && (settings.initial < floor || settings.initial > ceiling)) {
    throw new OptionError(
      'adaptiveLimit.initial',
      `from floor (${floor}) to ceiling (${ceiling})`,
      settings.initial,
    );
  }
  const initial = Math.min(Math.max(settings.initial, floor), ceiling);
  return {
    begin: () => new GradientLimit({ initial, floor, ceiling, tolerance }),
    readerFor: readPlainly,
  };
}
