import { describe, expect, test } from '@jest/globals';
import { runRounds as byLooping } from '../../../src/policies/retry/retry-rounds-looped.ts';
import { runRounds as byPRetry } from '../../../src/policies/retry/retry-rounds-p-retry.ts';

describe.each([
  ['p-retry', byPRetry],
  ['our own loop', byLooping],
])('rounds that are run by %s', (_runner, runRounds) => {
  /** Runs rounds of which the last, in this order, gives or throws something. */
  async function run(lastRound: number, mostRounds: number, end: () => object) {
    const order: string[] = [];
    let rounds = 0;
    const round = async (): Promise<object | undefined> => {
      rounds += 1;
      const number = rounds;
      order.push(`${number} begins`);
      await Promise.resolve();
      order.push(`${number} ends`);
      return number < lastRound ? undefined : end();
    };
    const outcome = await runRounds(round, mostRounds).catch((error: unknown) => ({ error }));
    return { outcome, rounds, order };
  }

  test.each([
    [1, 1],
    [1, 5],
    [3, 3],
    [5, 1000],
    [50, Infinity],
  ])('end with the first outcome: round %d of %d', async (lastRound, mostRounds) => {
    const answer = {};
    const { outcome, rounds } = await run(lastRound, mostRounds, () => answer);
    expect(outcome).toBe(answer);
    expect(rounds).toBe(lastRound);
  });

  test('follow one another', async () => {
    const { order } = await run(2, 3, () => ({}));
    expect(order).toEqual(['1 begins', '1 ends', '2 begins', '2 ends']);
  });

  // No round rejects but for a defect of ours.
  test.each([
    ['an error', new Error('broken')],
    ['an error of a program', new TypeError('broken')],
  ])('end at once with %s, unchanged', async (_what, error) => {
    const { outcome, rounds } = await run(2, 9, () => {
      throw error;
    });
    expect((outcome as { error: unknown }).error).toBe(error);
    expect(rounds).toBe(2);
  });

  test('take no longer than their work', async () => {
    const startedAt = performance.now();
    await run(200, 200, () => ({}));
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
