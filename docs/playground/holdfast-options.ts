import { RETRY_DEFAULTS, RETRY_BUDGET_DEFAULTS, type ResilientFetchOptions } from 'holdfast';
import { numberOf, type Settings } from './settings.ts';

/**
 * The options of holdfast that the settings ask for, as one would write them: what has its default is
 * left out. The simulation runs with them, and the code on the page shows them.
 */
export function holdfastOptions(settings: Settings): ResilientFetchOptions {
  const { values } = settings;
  const maxRetries = numberOf(settings, 'maxRetries');
  const tokensPerAnswer = numberOf(settings, 'tokensPerAnswer');
  const ratePerSecond = numberOf(settings, 'ratePerSecond');
  const totalTimeoutSeconds = numberOf(settings, 'totalTimeoutSeconds');
  const retry = {
    ...(maxRetries !== RETRY_DEFAULTS.maxRetries && { maxRetries }),
    ...(values['budget'] === 'off'
      ? { budget: false as const }
      : tokensPerAnswer !== RETRY_BUDGET_DEFAULTS.tokensPerAnswer && {
          budget: { tokensPerAnswer },
        }),
  };
  return {
    attemptTimeoutMs: numberOf(settings, 'attemptTimeoutMs'),
    ...(totalTimeoutSeconds > 0 && { totalTimeoutMs: 1_000 * totalTimeoutSeconds }),
    ...(Object.keys(retry).length > 0 && { retry }),
    ...(ratePerSecond > 0 && { rateLimit: { ratePerSecond } }),
    ...(values['circuitBreaker'] === 'classic' && { circuitBreaker: { mode: 'classic' as const } }),
    ...(values['circuitBreaker'] === 'off' && { circuitBreaker: false as const }),
  };
}
