import {
  OptionError,
  oneOf,
  positive,
  ratio,
  readOptions,
  wholeNumber,
  type Checks,
} from '../../core/options.ts';
import {
  POLICY_CHECKS,
  REAL_WORLD,
  openToListeners,
  type PolicyOptions,
} from '../../core/policy-options.ts';
import type { RetryBudget, RetryBudgetOptions } from '../retry-budget.ts';
import { budgetCheck } from '../retry/budget-of-retry.ts';

/** When a second attempt is sent beside a slow first one, and how many there may be. */
export interface HedgeOptions extends PolicyOptions {
  /**
   * How long the first attempt has to take before a second one is sent, in milliseconds. `'learned'`:
   * longer than the `quantile` of what attempts of its key have taken. @defaultValue 'learned'
   */
  readonly delayMs?: number | 'learned' | undefined;
  /** The share of attempts that are to be answered before a learned delay has passed. @defaultValue 0.95 */
  readonly quantile?: number | undefined;
  /** How many attempts of a key must have ended before a delay is learned. @defaultValue 30 */
  readonly minimumSamples?: number | undefined;
  /** How many second attempts there may be at most, as a share of the calls. @defaultValue 0.05 */
  readonly maxHedgeRatio?: number | undefined;
  /**
   * Which requests may have two attempts at once. `'safe'`: those that only read (`GET`, `HEAD`,
   * `OPTIONS`). `'idempotent'`: also `PUT`, `DELETE`, and requests with an idempotency key. A server
   * may answer the second of two such requests with a 404, a 409 or a 412. An operation that is no
   * request may always. @defaultValue 'safe'
   */
  readonly methods?: 'safe' | 'idempotent' | undefined;
  /**
   * What second attempts are paid from, besides `maxHedgeRatio`: options for a budget of its own,
   * `false` for none, or a {@link retryBudget} whose answers a retry policy counts.
   * @defaultValue that of the retries in a wrapped fetch, else one of its own
   */
  readonly budget?: RetryBudgetOptions | RetryBudget | false | undefined;
  /** How many keys are remembered; the least recently used leave first. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/**
 * The paper's own delay, and its own price ("The Tail at Scale", Dean and Barroso, 2013): after the
 * 95th percentile at most one request in twenty is sent twice.
 */
export const HEDGE_DEFAULTS = Object.freeze({
  delayMs: 'learned' as number | 'learned',
  quantile: 0.95,
  minimumSamples: 30,
  maxHedgeRatio: 0.05,
  methods: 'safe' as 'safe' | 'idempotent',
  maxKeys: 1000,
});

const HEDGE_CHECKS: Checks<HedgeOptions> = {
  ...POLICY_CHECKS,
  delayMs: {
    expected: `${positive.expected}, or 'learned'`,
    accepts: (value) => value === 'learned' || positive.accepts(value),
  },
  quantile: {
    expected: 'a number from 0.5 up to, and below, 1',
    accepts: (value) => typeof value === 'number' && value >= 0.5 && value < 1,
  },
  minimumSamples: wholeNumber(2),
  maxHedgeRatio: ratio,
  methods: oneOf('safe', 'idempotent'),
  budget: budgetCheck,
  maxKeys: wholeNumber(1),
};

/**
 * Options with their defaults.
 *
 * @throws {@link OptionError} for options that cannot work.
 */
export function readHedgeOptions(options: HedgeOptions | undefined) {
  const defaults = { ...HEDGE_DEFAULTS, clock: REAL_WORLD.clock };
  const settings = readOptions('hedge', options, defaults, HEDGE_CHECKS);
  if (settings.delayMs === 'learned') return openToListeners(settings);
  for (const name of ['quantile', 'minimumSamples'] as const) {
    if (options?.[name] === undefined) continue;
    const expected = `left out: it belongs to delayMs: 'learned', and delayMs is ${settings.delayMs}`;
    throw new OptionError(`hedge.${name}`, expected, options[name]);
  }
  return openToListeners(settings);
}

export type HedgeSettings = ReturnType<typeof readHedgeOptions>;
