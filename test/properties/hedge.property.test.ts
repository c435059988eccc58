import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sleep } from '../../src/core/clock.ts';
import {
  circuitBreaker,
  concurrencyLimit,
  controlOf,
  hedge,
  pipeline,
  retry,
  timeout,
  tokenBucket,
  type ResilienceEvent,
} from '../../src/index.ts';
import { virtualClock } from '../../src/testing.ts';
import { slowOperation } from '../policies/hedge/slow-operation.ts';
import { httpFailure } from '../policies/http-failure.ts';

const RUNS = { numRuns: 150, endOnFailure: true };

const step = fc.record(
  {
    takesMs: fc.integer({ min: 0, max: 150 }),
    fails: fc.constantFrom(404, 429, 500, 503).map((status) => httpFailure(status)),
  },
  { requiredKeys: ['takesMs'] },
);
const aCall = fc.record({
  startsAt: fc.integer({ min: 0, max: 300 }),
  abortsAfter: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
});

test('whatever attempts do and whoever aborts when, each call settles once, makes no attempt too many, and leaves nothing behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aCall, { minLength: 1, maxLength: 15 }),
      fc.record({
        delayMs: fc.integer({ min: 1, max: 80 }),
        maxRetries: fc.integer({ min: 0, max: 2 }),
        layers: fc.subarray(['bucket', 'places', 'breaker', 'attempt'] as const),
        totalMs: fc.option(fc.integer({ min: 20, max: 400 }), { nil: undefined }),
        maxHedgeRatio: fc.constantFrom(0.05, 0.3, 1),
        tokens: fc.constantFrom(0, 2, 100),
      }),
      async (calls, { delayMs, maxRetries, layers, totalMs, maxHedgeRatio, tokens }) => {
        const clock = virtualClock({ quietTurns: 3 });
        const events: ResilienceEvent[] = [];
        const onEvent = (event: ResilienceEvent) => void events.push(event);
        const budget = { reserveTokens: tokens, tokensPerAnswer: 0 };
        const of = {
          bucket: tokenBucket({ clock, ratePerSecond: 50, burst: 3 }),
          places: concurrencyLimit({ clock, maxConcurrent: 3 }),
          breaker: circuitBreaker({ clock }),
          attempt: timeout({ clock, timeoutMs: 100 }),
        };
        const policy = pipeline(
          ...(totalMs === undefined ? [] : [timeout({ clock, timeoutMs: totalMs })]),
          retry({ clock, maxRetries, baseDelayMs: 5 }),
          hedge({ clock, delayMs, maxHedgeRatio, budget, onEvent }),
          ...layers.map((name) => of[name]),
        );
        let started = 0;
        const outcomes = calls.map(async ({ startsAt, abortsAfter, steps }) => {
          await sleep(clock, startsAt);
          const caller = new AbortController();
          const reason = new Error('my own abort');
          if (abortsAfter !== undefined) {
            void sleep(clock, abortsAfter).then(() => caller.abort(reason));
          }
          const { seen, operation } = slowOperation(clock, steps);
          let settlings = 0;
          let error: unknown;
          await policy
            .execute(operation, { signal: caller.signal })
            .catch((caught: unknown) => (error = caught))
            .finally(() => (settlings += 1));
          await clock.settle();
          expect(settlings).toBe(1);
          expect(seen.length).toBeLessThanOrEqual(maxRetries + 2);
          // Whatever was not needed has been told so.
          expect(seen.filter(({ ended }) => ended === undefined)).toEqual([]);
          expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
          if (caller.signal.aborted && error === reason) expect(abortsAfter).toBeDefined();
          started += seen.length;
        });
        await clock.run(Promise.all(outcomes));
        const hedges = events.filter(({ type }) => type === 'hedged');
        expect(hedges.length).toBeLessThanOrEqual(tokens);
        expect(hedges.length).toBeLessThanOrEqual(maxHedgeRatio * calls.length);
        const ended = events.filter(({ type }) => type === 'attempt-ended');
        expect(ended).toHaveLength(started);
        expect(controlOf(policy).state().waiting).toBe(0);
        await clock.runAll();
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    RUNS,
  );
});
