import {
  OptionError,
  oneOf,
  positive,
  positiveOrInfinity,
  readOptions,
  trueOrFalse,
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
import { Gcra } from './gcra.ts';

/** How fast attempts may start, and what happens to those that come too fast. */
export interface TokenBucketOptions extends PolicyOptions {
  /** Tokens that come in a second, for each scope; left out, nothing is held back until the server throttles. */
  readonly ratePerSecond?: number | undefined;
  /** Tokens that an idle scope saves up at most. @defaultValue 1, or what comes in 10 ms if that is more */
  readonly burst?: number | undefined;
  /**
   * Whether the rate at which the server accepts is learned from its throttles. Where it accepts
   * nothing at all it is spared either way. @defaultValue true
   */
  readonly learnRate?: boolean | undefined;
  /** How many may wait for a token of one scope. @defaultValue 50000 */
  readonly maxQueue?: number | undefined;
  /** How long one may wait for a token, in milliseconds; one that would wait longer is refused at once. @defaultValue Infinity */
  readonly maxWaitMs?: number | undefined;
  /** `'wait'` for a token, or `'reject'` at once. @defaultValue 'wait' */
  readonly onEmpty?: 'wait' | 'reject' | undefined;
  /** How many scopes are remembered; idle ones leave first, then the one whose pause ends soonest. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/**
 * A batch just works: the total deadline, or the caller's signal, decides how long one waits, and
 * the line ends where its memory would be felt (50,000 waiters hold 125 MB).
 */
export const TOKEN_BUCKET_DEFAULTS = Object.freeze({
  learnRate: true,
  maxQueue: 50_000,
  maxWaitMs: Infinity,
  onEmpty: 'wait' as 'wait' | 'reject',
  maxKeys: 1000,
});

const TOKEN_BUCKET_CHECKS: Checks<TokenBucketOptions> = {
  ...POLICY_CHECKS,
  ratePerSecond: positive,
  burst: wholeNumber(1),
  learnRate: trueOrFalse,
  maxQueue: wholeNumber(0, 'or-infinity'),
  maxWaitMs: positiveOrInfinity,
  onEmpty: oneOf('wait', 'reject'),
  maxKeys: wholeNumber(1),
};

/** Options with their defaults. */
export type TokenBucketSettings = Resolved<
  TokenBucketOptions,
  typeof TOKEN_BUCKET_DEFAULTS & Pick<typeof REAL_WORLD, 'clock'>
>;

/** @throws {@link OptionError} for options that cannot work. */
export function readTokenBucketOptions(
  options: TokenBucketOptions | undefined,
): TokenBucketSettings {
  const settings = readOptions(
    'tokenBucket',
    options,
    { ...TOKEN_BUCKET_DEFAULTS, clock: REAL_WORLD.clock },
    TOKEN_BUCKET_CHECKS,
  );
  const { burst, ratePerSecond } = settings;
  if (burst !== undefined && ratePerSecond === undefined) {
    throw new OptionError('tokenBucket.burst', 'left out where ratePerSecond is', burst);
  }
  return openToListeners(settings);
}

/** The rate that is configured, for one scope. */
export const configuredPace = (ratePerSecond: number, burst: number | undefined): Gcra =>
  new Gcra(ratePerSecond, burst ?? burstOf(ratePerSecond));

/** A timer is a millisecond or two late: up to so much is made up for, and no more is saved. */
const SAVED_UP_MS = 10;

/**
 * A server that counts a sliding second gives throttles for whatever is saved up beyond its rate.
 * What comes in ten milliseconds keeps a fast pace in spite of late timers.
 */
const burstOf = (ratePerSecond: number): number =>
  Math.max(1, Math.floor((ratePerSecond * SAVED_UP_MS) / 1000));
