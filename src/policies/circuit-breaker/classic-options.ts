import { OptionError, readOptions, type Resolved } from '../../core/options.ts';
import { REAL_WORLD, openToListeners } from '../../core/policy-options.ts';
import { CIRCUIT_BREAKER_CHECKS, type CircuitBreakerOptions } from './circuit-breaker-options.ts';

/**
 * Five in a row are no bad luck where hardly any fails. Half of at least ten calls in ten seconds is an outage and not bad luck; five seconds is long
 * enough to spare a server and short enough to notice that it is back.
 */
export const CLASSIC_CIRCUIT_DEFAULTS = Object.freeze({
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

/** Options of a classic breaker with their defaults. */
export type ClassicBreakerSettings = Resolved<
  CircuitBreakerOptions,
  typeof CLASSIC_CIRCUIT_DEFAULTS & typeof REAL_WORLD
>;

/**
 * Reads options for a classic breaker: `mode` is `'classic'` or left out.
 *
 * @throws {@link OptionError} for options that cannot work.
 */
export function readClassicOptions(
  options: CircuitBreakerOptions | undefined,
): ClassicBreakerSettings {
  const settings = readOptions(
    'circuitBreaker',
    options,
    { ...CLASSIC_CIRCUIT_DEFAULTS, ...REAL_WORLD },
    CIRCUIT_BREAKER_CHECKS,
  );
  const { openMs, maxOpenMs } = settings;
  if (maxOpenMs < openMs) {
    throw new OptionError('circuitBreaker.maxOpenMs', `at least openMs (${openMs})`, maxOpenMs);
  }
  return openToListeners(settings);
}
