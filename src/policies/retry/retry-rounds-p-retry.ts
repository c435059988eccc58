import pRetry, { type Options } from 'p-retry';
import type { RunRounds } from './retry-rounds.ts';

/** Sends p-retry round again. It would wrap, judge or drop what is not an `Error` of ours. */
const AGAIN = new Error('the next round');

/** Complete, since p-retry spends ten microseconds on adding what is missing to a copy of it. */
const EVERY_OPTION: Options = Object.freeze({
  retries: 0,
  factor: 1,
  minTimeout: 0,
  maxTimeout: Infinity,
  maxRetryTime: Infinity,
  randomize: false,
  onFailedAttempt: () => {},
  shouldConsumeRetry: () => true,
  shouldRetry: ({ error }) => error === AGAIN,
});

/** p-retry runs and counts the rounds; waits are ours, since its own are told by no server. */
export const runRounds: RunRounds = (round, mostRounds) =>
  pRetry(
    async () => {
      const outcome = await round();
      if (outcome === undefined) throw AGAIN;
      return outcome;
    },
    { ...EVERY_OPTION, retries: mostRounds - 1 },
  );
