import { describe, expect, jest, test } from '@jest/globals';
import type { Context } from '../../src/core/context.ts';
import { definePolicy, pipeline } from '../../src/http/pipeline.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { attemptThatGave, verdictOnError, verdictOnValue } from '../../src/policies/verdict.ts';
import { virtualClock } from '../../src/testing.ts';
import { httpFailure, unavailable } from './http-failure.ts';

/** Runs `operation` and gives the context that a policy around it had. */
async function contextAfter(operation: () => unknown, options = {}): Promise<Context> {
  let seen: Context | undefined;
  const looking = definePolicy((inner, context) => inner((seen = context)) as Promise<never>);
  await looking.execute(operation, options).catch(() => {});
  return seen!;
}

describe('a verdict', () => {
  test('on a value that is no response is a success, at once', async () => {
    for (const value of [undefined, 0, 'text', { status: 500 }, { ok: false }]) {
      const context = await contextAfter(() => value);
      const verdict = verdictOnValue(context, value);
      expect('then' in verdict).toBe(false);
      expect(verdict).toMatchObject({ category: 'success' });
    }
  });

  test('on a response comes from its status, headers and body, whoever made it', async () => {
    const polyfilled = {
      status: 429,
      headers: { get: () => null, forEach: () => {}, has: () => false, entries: () => [] },
      clone: () => polyfilled,
      body: null,
    };
    for (const response of [new Response('', { status: 429 }), polyfilled]) {
      const context = await contextAfter(() => response);
      await expect(verdictOnValue(context, response)).resolves.toMatchObject({
        category: 'throttle',
      });
    }
  });

  test('is asked for once, and stays with the attempt', async () => {
    const failure = unavailable();
    const classifyError = jest.fn(() => ({ category: 'retryable' }) as never);
    const interpreter = { classifyError, classifyValue: () => ({}) as never };
    const context = await contextAfter(() => Promise.reject(failure), { interpreter });
    expect(verdictOnError(context, failure)).toBe(verdictOnError(context, failure));
    expect(classifyError).toHaveBeenCalledTimes(1);
    expect(attemptThatGave(failure, context)?.classification).toEqual({ category: 'retryable' });
  });

  test('on what no attempt gave belongs to none', async () => {
    const failure = unavailable();
    const context = await contextAfter(() => Promise.reject(failure));
    const refusal = httpFailure(400);
    expect(verdictOnError(context, refusal)).toMatchObject({ category: 'fatal', status: 400 });
    expect(attemptThatGave(refusal, context)).toBeUndefined();
    expect(verdictOnError(context, failure)).toMatchObject({ status: 503 });
  });

  test('after the caller’s abort is the abort’s, whatever the operation threw', async () => {
    const controller = new AbortController();
    const context = await contextAfter(
      () => {
        controller.abort();
        throw unavailable();
      },
      { signal: controller.signal },
    );
    expect(verdictOnError(context, unavailable())).toMatchObject({
      category: 'fatal',
      decidedBy: 'caller',
    });
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
