import { resilientFetch } from 'holdfast';
import {
  breakingClient,
  retryingClient,
  withoutRetries,
  type RunScenarioOptions,
} from 'holdfast/simulator';
import { holdfastOptions } from './holdfast-options.ts';
import { numberOf, type Settings } from './settings.ts';

/** The clients that stand side by side, in this order. */
export const CONTENDERS = {
  holdfast: { name: 'holdfast', about: 'The library itself, with the settings of this page.' },
  naive: {
    name: 'Naive retry',
    about: 'Repeats every failure, with exponential backoff and full jitter.',
  },
  none: { name: 'No retry', about: 'A fetch with a timeout, and nothing else.' },
  classic: {
    name: 'Classic breaker',
    about: 'The same retries, and a three-state breaker: 50 % of ten calls opens it for 5 s.',
  },
} as const;

export type ContenderId = keyof typeof CONTENDERS;

export const CONTENDER_IDS = Object.keys(CONTENDERS) as readonly ContenderId[];

/** Makes the clients of a contender. */
export function clientsOf(id: ContenderId, settings: Settings): RunScenarioOptions['makeClient'] {
  const attemptTimeoutMs = numberOf(settings, 'attemptTimeoutMs');
  const plain = { attemptTimeoutMs, maxRetries: numberOf(settings, 'maxRetries') };
  switch (id) {
    case 'holdfast': {
      const options = holdfastOptions(settings);
      return ({ fetch, clock, random }) => resilientFetch(fetch, { ...options, clock, random });
    }
    case 'naive':
      return retryingClient(plain);
    case 'none':
      return withoutRetries({ attemptTimeoutMs });
    case 'classic':
      return breakingClient(plain);
  }
}
