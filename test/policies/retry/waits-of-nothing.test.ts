import { expect, test } from '@jest/globals';
import { retry } from '../../../src/policies/retry/retry.ts';

const connectionLost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** Retries for ever, without a wait, until others have run this often. */
async function attemptsUntilOthersRan(turns: number): Promise<number> {
  const policy = retry({ maxRetries: Infinity, baseDelayMs: 0 });
  let left = turns;
  const other = () => {
    left -= 1;
    if (left > 0) setImmediate(other);
  };
  setImmediate(other);
  return policy.execute(async ({ attempt }) => {
    // So that the test ends where nobody else ever runs.
    if (left > 0 && attempt < 10_000) throw connectionLost;
    return attempt;
  });
}

test('endless retries without a wait let the rest of the program run', async () => {
  expect(await attemptsUntilOthersRan(50)).toBeLessThanOrEqual(60);
});

test('an abort ends endless retries without a wait', async () => {
  const policy = retry({ maxRetries: Infinity, baseDelayMs: 0 });
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 5);
  const operation = async ({ attempt }: { readonly attempt: number }): Promise<never> => {
    if (attempt > 100_000) throw new Error('nobody could stop it');
    throw connectionLost;
  };
  const running = policy.execute(operation, { signal: controller.signal });
  await expect(running).rejects.toThrow('enough');
});
