import { OptionError, oneOf, readOptions, type Checks, type Resolved } from '../../core/options.ts';
import { REAL_WORLD, openToListeners } from '../../core/policy-options.ts';
import { CIRCUIT_BREAKER_CHECKS, type CircuitBreakerOptions } from './circuit-breaker-options.ts';

/** What else an adaptive circuit goes by is no matter of taste. */
export const CIRCUIT_BREAKER_DEFAULTS = Object.freeze({
  mode: 'adaptive' as 'adaptive' | 'classic',
  attemptTimeoutMs: Infinity,
  maxKeys: 1000,
});

const CHECKS: Checks<CircuitBreakerOptions> = {
  ...CIRCUIT_BREAKER_CHECKS,
  mode: oneOf('adaptive', 'classic'),
};

/** The options that mean nothing to an adaptive circuit. */
const CLASSIC_ALONE = [
  'consecutiveFailures',
  'openMs',
  'maxOpenMs',
  'halfOpenProbes',
  'probeTimeoutMs',
] as const;

const OF_THE_RATIO = ['minimumCalls', 'windowMs'] as const;

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
    CHECKS,
  );
  if (settings.mode === 'classic') return openToListeners(settings);
  refuse(settings, CLASSIC_ALONE, "it belongs to mode 'classic' (add mode: 'classic' to use it)");
  if (settings.failureRatio === undefined) {
    refuse(settings, OF_THE_RATIO, "it belongs to failureRatio, or to mode 'classic'");
  }
  return openToListeners(settings);
}

/** An option that would do nothing is a mistake. */
function refuse(
  settings: CircuitBreakerSettings,
  names: readonly (keyof CircuitBreakerSettings)[],
  because: string,
): void {
  for (const name of names) {
    const given = settings[name];
    if (given !== undefined) {
      throw new OptionError(`circuitBreaker.${name}`, `left out: ${because}`, given);
    }
  }
}
