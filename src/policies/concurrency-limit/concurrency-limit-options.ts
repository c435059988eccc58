import {
  positiveOrInfinity,
  readOptions,
  wholeNumber,
  type Checks,
  type Resolved,
} from '../../core/options.ts';
import {
  POLICY_CHECKS,
  REAL_WORLD,
  openToListeners,
  type PolicyOptions,
} from '../../core/policy-options.ts';
import type { ConcurrencyRule } from './moving-limit.ts';

/** How many attempts may run at once, and what happens to those that come meanwhile. */
export interface ConcurrencyLimitOptions extends PolicyOptions {
  /** Attempts of one key that may run at the same time: a number, or {@link adaptiveLimit} to learn it. */
  readonly maxConcurrent: number | ConcurrencyRule;
  /** How many attempts of one key may wait for a place. @defaultValue 1000 */
  readonly maxQueue?: number | undefined;
  /** How long an attempt may wait for a place, in milliseconds. @defaultValue 60000 */
  readonly maxWaitMs?: number | undefined;
  /** How many keys are remembered; idle ones leave first. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/** The same patience as a token bucket has. */
export const CONCURRENCY_LIMIT_DEFAULTS = Object.freeze({
  maxQueue: 1000,
  maxWaitMs: 60_000,
  maxKeys: 1000,
});

const WHOLE = wholeNumber(1);

const CONCURRENCY_LIMIT_CHECKS: Checks<ConcurrencyLimitOptions> = {
  ...POLICY_CHECKS,
  maxConcurrent: {
    expected: `${WHOLE.expected}, or adaptiveLimit()`,
    accepts: (value) =>
      WHOLE.accepts(value) ||
      typeof (value as Partial<ConcurrencyRule> | null | undefined)?.begin === 'function',
  },
  maxQueue: wholeNumber(0, 'or-infinity'),
  maxWaitMs: positiveOrInfinity,
  maxKeys: WHOLE,
};

const DEFAULTS = { ...CONCURRENCY_LIMIT_DEFAULTS, clock: REAL_WORLD.clock };

/** Options with their defaults. */
export type ConcurrencyLimitSettings = Resolved<ConcurrencyLimitOptions, typeof DEFAULTS>;

/** @throws {@link OptionError} for options that cannot work. */
export const readConcurrencyLimitOptions = (
  options: ConcurrencyLimitOptions,
): ConcurrencyLimitSettings =>
  openToListeners(
    readOptions('concurrencyLimit', options, DEFAULTS, CONCURRENCY_LIMIT_CHECKS, ['maxConcurrent']),
  );
