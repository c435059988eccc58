import {
  OptionError,
  callable,
  oneOf,
  positive,
  positiveOrInfinity,
  readOptions,
  wholeNumber,
  type Check,
  type Checks,
  type Resolved,
} from '../../core/options.ts';
import { POLICY_CHECKS, REAL_WORLD, type PolicyOptions } from '../../core/policy-options.ts';
import type { Amounts, UsageRequest, UsageUnit } from './usage-source.ts';

/** A stretch of time for which a limit holds. */
export type Per = 'second' | 'minute' | 'hour' | 'day' | number;

/**
 * One limit: so many units of one kind in a stretch of time. Exactly one of `requests`, `tokens`,
 * `inputTokens`, `outputTokens` and `units` is given.
 */
export interface UsageLimitOptions {
  /** The stretch of time: a word, or milliseconds. */
  readonly per: Per;
  /** How many requests. */
  readonly requests?: number | undefined;
  /** How many tokens, those of the request and of the answer together. */
  readonly tokens?: number | undefined;
  /** How many tokens of requests. */
  readonly inputTokens?: number | undefined;
  /** How many tokens of answers. */
  readonly outputTokens?: number | undefined;
  /** How many units of any other kind: credits, points, characters. */
  readonly units?: number | undefined;
  /**
   * Estimates what a call will use, before it is sent. `undefined` stands for what a call usually
   * uses. Required, but for `requests`. @defaultValue 1 for `requests`
   */
  readonly cost?: ((request: UsageRequest) => Amounts | undefined) | undefined;
  /**
   * Reads from an answer what the call has used: it is called with the JSON of an answer, or of each
   * event of a stream, and with what it found in the events before. `undefined` stands for nothing
   * new. @defaultValue a call uses what was estimated
   */
  readonly settle?:
    ((message: unknown, before: Amounts | undefined) => Amounts | undefined) | undefined;
  /**
   * How it refills: `'evenly'`, as a token bucket does, or as a window that is `'rolling'`: at most
   * so much in any such stretch of time. @defaultValue 'evenly' up to an hour, 'rolling' beyond
   */
  readonly refill?: 'evenly' | 'rolling' | undefined;
  /** Units that an idle limit saves up at most, where it refills evenly. @defaultValue 98 % of the limit */
  readonly burst?: number | undefined;
}

/** What calls may use, and what happens to those that would use more. */
export interface UsageLimitsOptions extends PolicyOptions {
  /** The limits; a call has to keep to all of them. */
  readonly limits: readonly UsageLimitOptions[];
  /** How many calls of one scope may wait. @defaultValue 50000 */
  readonly maxQueue?: number | undefined;
  /** How long a call may wait, in milliseconds; one that would wait longer is refused at once. @defaultValue Infinity */
  readonly maxWaitMs?: number | undefined;
  /** How many scopes are remembered; idle ones leave first. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/** As patient as the token bucket: the total deadline, or the caller's signal, decides how long one waits. */
export const USAGE_LIMITS_DEFAULTS = Object.freeze({
  maxQueue: 50_000,
  maxWaitMs: Infinity,
  maxKeys: 1000,
});

const USAGE_LIMITS_CHECKS: Checks<UsageLimitsOptions> = {
  ...POLICY_CHECKS,
  limits: {
    expected: 'a list of at least one limit',
    accepts: (value) => Array.isArray(value) && value.length > 0,
  },
  maxQueue: wholeNumber(0, 'or-infinity'),
  maxWaitMs: positiveOrInfinity,
  maxKeys: wholeNumber(1),
};

const MS_PER: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

const perCheck: Check = {
  expected: `${oneOf(...Object.keys(MS_PER)).expected}, or a number of milliseconds above 0`,
  accepts: (value) =>
    positive.accepts(value) || (typeof value === 'string' && Object.hasOwn(MS_PER, value)),
};

const UNITS = ['requests', 'tokens', 'inputTokens', 'outputTokens', 'units'] as const;

const USAGE_LIMIT_CHECKS: Checks<UsageLimitOptions> = {
  per: perCheck,
  requests: positive,
  tokens: positive,
  inputTokens: positive,
  outputTokens: positive,
  units: positive,
  cost: callable,
  settle: callable,
  refill: oneOf('evenly', 'rolling'),
  burst: positive,
};

/** A limit with its defaults. */
export interface UsageLimitSettings {
  readonly unit: UsageUnit;
  readonly amount: number;
  readonly per: Per;
  readonly perMs: number;
  readonly cost: UsageLimitOptions['cost'];
  readonly settle: UsageLimitOptions['settle'];
  readonly refill: 'evenly' | 'rolling';
  readonly burst: number;
}

/** Options with their defaults. */
export type UsageLimitsSettings = Omit<
  Resolved<UsageLimitsOptions, typeof USAGE_LIMITS_DEFAULTS & Pick<typeof REAL_WORLD, 'clock'>>,
  'limits'
> & { readonly limits: readonly UsageLimitSettings[] };

/** @throws {@link OptionError} for options that cannot work. */
export function readUsageLimitsOptions(options: UsageLimitsOptions): UsageLimitsSettings {
  const settings = readOptions(
    'usageLimits',
    options,
    { ...USAGE_LIMITS_DEFAULTS, clock: REAL_WORLD.clock },
    USAGE_LIMITS_CHECKS,
    ['limits'],
  );
  return { ...settings, limits: settings.limits.map(readLimit) };
}

/** An hour and less is refilled evenly by those who count tokens; longer stretches are budgets. */
const LONGEST_EVEN_MS = 3_600_000;
/** What an answer's way takes is not saved up: a server's bucket begins to refill when a request arrives. */
const SAVED_UP = 0.98;

function readLimit(given: UsageLimitOptions, index: number): UsageLimitSettings {
  const owner = `usageLimits.limits[${index}]`;
  const limit = readOptions(owner, given, {}, USAGE_LIMIT_CHECKS, ['per']);
  const { per, cost, settle } = limit;
  const units = UNITS.filter((unit) => limit[unit] !== undefined);
  const [unit] = units;
  if (unit === undefined || units.length > 1) {
    throw new OptionError(owner, `a limit with one of ${UNITS.join(', ')}`, units.join(' and '));
  }
  if (unit !== 'requests' && cost === undefined) {
    throw new OptionError(`${owner}.cost`, 'a function that estimates what a call uses', cost);
  }
  const amount = limit[unit] ?? 0;
  const perMs = typeof per === 'number' ? per : (MS_PER[per] ?? 0);
  const refill = limit.refill ?? (perMs > LONGEST_EVEN_MS ? 'rolling' : 'evenly');
  if (limit.burst !== undefined && (refill === 'rolling' || limit.burst > amount)) {
    const expected = `left out where refill is 'rolling', and at most ${amount}`;
    throw new OptionError(`${owner}.burst`, expected, limit.burst);
  }
  const burst = limit.burst ?? SAVED_UP * amount;
  return { unit, amount, per, perMs, cost, settle, refill, burst };
}
