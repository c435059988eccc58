import {
  OptionError,
  positive,
  ratio,
  readOptions,
  wholeNumber,
  type Checks,
  type Resolved,
} from '../../core/options.ts';
import {
  RANDOM_POLICY_CHECKS,
  REAL_WORLD,
  type RandomPolicyOptions,
} from '../../core/policy-options.ts';

/** When a circuit opens, for how long, and how it is tried again. */
export interface CircuitBreakerOptions extends RandomPolicyOptions {
  /** So many failures in a row open the circuit, more where many fail by chance; `Infinity` for none. @defaultValue 5 */
  readonly consecutiveFailures?: number | undefined;
  /** The share of failures, above 0 and up to 1, at which the circuit opens. @defaultValue 0.5 */
  readonly failureRatio?: number | undefined;
  /** How many calls the window must hold before the ratio means anything. @defaultValue 10 */
  readonly minimumCalls?: number | undefined;
  /** How far back the ratio looks, in milliseconds. @defaultValue 10000 */
  readonly windowMs?: number | undefined;
  /** How long the circuit stays open the first time, in milliseconds; doubled while probes fail, ±10 %. @defaultValue 5000 */
  readonly openMs?: number | undefined;
  /** How long it stays open at most, in milliseconds, unless the server asks for longer. @defaultValue 60000 */
  readonly maxOpenMs?: number | undefined;
  /** How many probes must succeed to close it; as many are let through at once. @defaultValue 1 */
  readonly halfOpenProbes?: number | undefined;
  /** After how many milliseconds a probe that has not ended no longer keeps others from trying. @defaultValue 30000 */
  readonly probeTimeoutMs?: number | undefined;
  /** How many keys are remembered; closed circuits leave first, those forced open never. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/**
 * Five in a row are no bad luck where hardly any fails. Half of at least ten calls in ten seconds is an outage and not bad luck; five seconds is long
 * enough to spare a server and short enough to notice that it is back.
 */
export const CIRCUIT_BREAKER_DEFAULTS = Object.freeze({
  consecutiveFailures: 5,
  failureRatio: 0.5,
  minimumCalls: 10,
  windowMs: 10_000,
  openMs: 5000,
  maxOpenMs: 60_000,
  halfOpenProbes: 1,
  probeTimeoutMs: 30_000,
  maxKeys: 1000,
});

const CIRCUIT_BREAKER_CHECKS: Checks<CircuitBreakerOptions> = {
  ...RANDOM_POLICY_CHECKS,
  consecutiveFailures: wholeNumber(1, 'or-infinity'),
  failureRatio: ratio,
  minimumCalls: wholeNumber(1),
  windowMs: positive,
  openMs: positive,
  maxOpenMs: positive,
  halfOpenProbes: wholeNumber(1),
  probeTimeoutMs: positive,
  maxKeys: wholeNumber(1),
};

/** Options with their defaults. */
export type CircuitBreakerSettings = Resolved<
  CircuitBreakerOptions,
  typeof CIRCUIT_BREAKER_DEFAULTS & typeof REAL_WORLD
>;

/** @throws {@link OptionError} for options that cannot work. */
export function readCircuitBreakerOptions(
  options: CircuitBreakerOptions | undefined,
): CircuitBreakerSettings {
  const settings = readOptions(
    'circuitBreaker',
    options,
    { ...CIRCUIT_BREAKER_DEFAULTS, ...REAL_WORLD },
    CIRCUIT_BREAKER_CHECKS,
  );
  const { openMs, maxOpenMs } = settings;
  if (maxOpenMs < openMs) {
    throw new OptionError('circuitBreaker.maxOpenMs', `at least openMs (${openMs})`, maxOpenMs);
  }
  return settings;
}
