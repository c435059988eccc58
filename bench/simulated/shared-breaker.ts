import { resilientFetch } from 'holdfast';
import { redisCircuitBreaker } from 'holdfast/redis';
import type { ClientParts } from 'holdfast/simulator';
import { CircuitModel } from '../../test/adapters/redis/circuit-model.ts';
import type { Contender } from './contenders.ts';

/** How long a question to the store is on the way, and its answer: evenly between these, in milliseconds. */
const WAY_MS = { least: 0.2, most: 1 };

/** What was asked of the store in one world. */
export interface StoreTraffic {
  /** When each question came, in virtual milliseconds. */
  readonly askedAt: number[];
}

/**
 * The library with the breaker that a fleet shares. The store is the model that the tests hold to the
 * script; all processes of a world ask the same one.
 */
export const sharedBreaker = (traffic?: StoreTraffic): Contender => ({
  name: 'holdfast, shared breaker',
  kind: 'library',
  makeClient: ({ attemptTimeoutMs }) => {
    const model = new CircuitModel();
    return ({ fetch, clock, random }: ClientParts) => {
      const later = () =>
        new Promise<void>((resolve) => {
          const wayMs = WAY_MS.least + random() * (WAY_MS.most - WAY_MS.least);
          clock.setTimer(resolve, wayMs);
        });
      const client = async ([, , , , ...words]: readonly string[]) => {
        await later();
        traffic?.askedAt.push(clock.now());
        const answer = model.run(words, clock.epochNow());
        await later();
        return answer;
      };
      const timing = { clock, random, attemptTimeoutMs };
      return resilientFetch(fetch, {
        ...timing,
        circuitBreaker: redisCircuitBreaker({ client, ...timing }),
      });
    };
  },
});
