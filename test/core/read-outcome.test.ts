import { describe, expect, jest, test } from '@jest/globals';
import type { Attempt } from '../../src/core/attempt.ts';
import type { Context } from '../../src/core/context.ts';
import type { CallOptions } from '../../src/core/call.ts';
import { classificationOf } from '../../src/core/read-outcome.ts';
import { definePolicy, pipeline } from '../../src/http/pipeline.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../src/testing.ts';
import { unavailable } from '../policies/http-failure.ts';

/** Runs `operation` and gives the unread record, and the context that a policy around it had. */
async function madeBy(
  operation: () => unknown,
  options: CallOptions = {},
): Promise<[Attempt, Context]> {
  let made: [Attempt, Context] | undefined;
  const looking = definePolicy({
    wrap: (next) => async (context) => {
      const attempt = await next(context);
      made = [attempt, context];
      return attempt;
    },
  });
  await looking.execute(operation, options).catch(() => {});
  return made!;
}

describe('the classification of an attempt', () => {
  test('of a value that is no response is a success, at once', async () => {
    for (const value of [undefined, 0, 'text', { status: 500 }, { ok: false }]) {
      const reading = classificationOf(...(await madeBy(() => value)));
      expect(reading).toMatchObject({ category: 'success' });
    }
  });

  test('of a response comes from its status, headers and body, whoever made it', async () => {
    const polyfilled = {
      status: 429,
      headers: { get: () => null, forEach: () => {}, has: () => false, entries: () => [] },
      clone: () => polyfilled,
      body: null,
    };
    for (const response of [new Response('', { status: 429 }), polyfilled]) {
      const reading = classificationOf(...(await madeBy(() => response)));
      await expect(reading).resolves.toMatchObject({ category: 'throttle' });
    }
  });

  test('is asked for once, and stays with the attempt', async () => {
    const classifyError = jest.fn(() => ({ category: 'retryable' }) as never);
    const reader = { classifyError, classifyValue: () => ({}) as never };
    const [attempt, context] = await madeBy(() => Promise.reject(unavailable()), { reader });
    expect(classificationOf(attempt, context)).toBe(classificationOf(attempt, context));
    expect(classifyError).toHaveBeenCalledTimes(1);
    expect(attempt.classification).toEqual({ category: 'retryable' });
  });

  test('after the caller’s abort is the abort’s, whatever the operation threw', async () => {
    const controller = new AbortController();
    const made = await madeBy(
      () => {
        controller.abort();
        throw unavailable();
      },
      { signal: controller.signal },
    );
    expect(classificationOf(...made)).toMatchObject({ category: 'fatal', decidedBy: 'caller' });
  });

  test('reads dates and frees responses by the clock of the call', async () => {
    const clock = virtualClock({ epochMs: Date.UTC(2040, 0, 1) });
    const policy = pipeline(retry({ jitter: 'none', clock }), tokenBucket({ clock }));
    const startedAt: number[] = [];
    const headers = { 'retry-after': new Date(Date.UTC(2040, 0, 1, 0, 0, 20)).toUTCString() };
    await clock.run(
      policy.execute(() => {
        startedAt.push(clock.now());
        if (startedAt.length > 1) return new Response('ok');
        // A body that never ends: it is drained for as long as the call's clock allows.
        return new Response(new ReadableStream(), { status: 503, headers });
      }),
    );
    expect(startedAt).toHaveLength(2);
    expect(startedAt[1]).toBeGreaterThanOrEqual(20_000);
    expect(startedAt[1]).toBeLessThan(30_000);
  });
});
