import { describe, expect, jest, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import type { OperationContext } from '../../src/core/call.ts';
import { sleep } from '../../src/core/clock.ts';
import type { OutcomeReader } from '../../src/core/outcome-reader.ts';
import { pipeline } from '../../src/http/pipeline.ts';
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.ts';
import { outcomeReader } from '../../src/http/outcome-reader.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../src/testing.ts';
import { throttled, unavailable } from './http-failure.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

function stackOf() {
  const clock = virtualClock();
  const bucket = tokenBucket({ ratePerSecond: 1, burst: 1, clock, maxWaitMs: 1e6 });
  const policy = pipeline(
    timeout({ timeoutMs: 1e6, clock }),
    retry({ jitter: 'none', baseDelayMs: 500, clock }),
    bucket,
    circuitBreaker({ clock }),
    timeout({ timeoutMs: 1e5, clock }),
  );
  return { clock, bucket, policy };
}

type Stack = ReturnType<typeof stackOf>;
interface Situation {
  readonly state: string;
  /** What was begun before, so that the call comes into that state. */
  readonly prepare?: (stack: Stack) => unknown;
  readonly operation: (stack: Stack, context: OperationContext) => unknown;
  readonly reader?: (stack: Stack) => OutcomeReader;
  readonly abortAfterMs: number;
  readonly attempts: number;
}

const never = () => new Promise<never>(() => {});
const fails = () => Promise.reject(unavailable());

const SITUATIONS: readonly Situation[] = [
  {
    state: 'an attempt that heeds its signal',
    operation: (_stack, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
    abortAfterMs: 50,
    attempts: 1,
  },
  { state: 'an attempt that hangs', operation: never, abortAfterMs: 50, attempts: 1 },
  {
    state: 'the line for the first token',
    prepare: ({ bucket }) => bucket.execute(() => {}),
    operation: fails,
    abortAfterMs: 50,
    attempts: 0,
  },
  { state: 'the backoff', operation: fails, abortAfterMs: 50, attempts: 1 },
  {
    state: 'the line for a further token',
    operation: fails,
    abortAfterMs: 700,
    attempts: 1,
  },
  {
    state: 'a pause of the key',
    operation: () => Promise.reject(throttled(30)),
    abortAfterMs: 10_000,
    attempts: 1,
  },
  {
    state: 'the reading of an error’s body',
    operation: () => new Response(new ReadableStream(), { status: 503 }),
    reader: ({ clock }) => outcomeReader(clock),
    abortAfterMs: 50,
    attempts: 1,
  },
  {
    state: 'the draining of a response',
    operation: () => 'a response',
    reader: ({ clock }) => ({
      ...outcomeReader(clock),
      classifyValue: () => outcomeReader(clock).classifyError(unavailable()),
      discard: (_value, cancellation) => sleep(clock, 1000, cancellation).catch(() => {}),
    }),
    abortAfterMs: 50,
    attempts: 1,
  },
];

describe('an abort', () => {
  test.each(SITUATIONS)(
    'in $state settles the call within a turn, and nothing stays or is sent afterwards',
    async ({ prepare, operation, reader, abortAfterMs, attempts }) => {
      const stack = stackOf();
      const { clock, policy } = stack;
      await prepare?.(stack);
      const controller = new AbortController();
      const run = jest.fn((context: OperationContext) => operation(stack, context));
      let outcome: unknown = 'pending';
      const options = { signal: controller.signal, reader: reader?.(stack) };
      policy.execute(run, options).catch((reason: unknown) => (outcome = reason));
      await clock.advance(abortAfterMs);
      expect(outcome).toBe('pending');
      expect(run).toHaveBeenCalledTimes(attempts);

      const reason = new Error('enough');
      controller.abort(reason);
      await turn();
      expect(outcome).toBe(reason);
      await clock.settle();
      expect(listenersOf(controller.signal)).toBe(0);
      // What is read of a body that the caller dropped may have a second; nothing else a timer.
      await clock.advance(1000);
      expect(clock.pendingTimers).toBe(0);
      expect(run).toHaveBeenCalledTimes(attempts);
    },
  );

  test('of a thousand calls at random moments leaves no timer and no listener', async () => {
    const clock = virtualClock();
    const policy = pipeline(
      timeout({ timeoutMs: 1e6, clock }),
      retry({ baseDelayMs: 50, maxRetries: 5, clock }),
      tokenBucket({ ratePerSecond: 500, burst: 20, clock }),
      circuitBreaker({ mode: 'classic', clock, openMs: 20, minimumCalls: 50 }),
      timeout({ timeoutMs: 40, clock }),
    );
    // Reproducible, and spread well enough: multiples of the golden ratio.
    const chanceOf = (index: number, salt: number) => ((index + 1) * 0.618_033_988_75 * salt) % 1;
    let runningAfterAbort = 0;
    const shared = new AbortController();
    const all = Array.from({ length: 1000 }, async (_unused, index) => {
      const controller = new AbortController();
      const signal = index % 10 === 0 ? shared.signal : controller.signal;
      await sleep(clock, Math.floor(chanceOf(index, 1) * 1000));
      const abortion = clock.setTimer(
        () => controller.abort(),
        Math.floor(chanceOf(index, 3) * 300),
      );
      try {
        await policy.execute(
          async (context) => {
            if (signal.aborted) runningAfterAbort += 1;
            await sleep(clock, Math.floor(chanceOf(index, 7 * context.attempt) * 60));
            if (chanceOf(index, 11) < 0.6)
              throw chanceOf(index, 13) < 0.2 ? throttled(0) : unavailable();
          },
          { key: `key ${index % 3}`, signal },
        );
      } catch {
        // Which of them end how does not matter here.
      } finally {
        abortion.cancel();
      }
      return signal;
    });
    setImmediate(() => {});
    await clock.advance(1200);
    shared.abort();
    const signals = await clock.run(Promise.all(all));
    await clock.runAll();
    expect(runningAfterAbort).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    expect(signals.map(listenersOf).filter((count) => count > 0)).toEqual([]);
  });
});
