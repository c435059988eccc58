import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sleep } from '../../src/core/clock.ts';
import { pipeline } from '../../src/http/pipeline.ts';
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../src/testing.ts';
import { throttled, unavailable } from '../policies/http-failure.ts';

const RUNS = { numRuns: 1000, endOnFailure: true };

const call = fc.record({
  at: fc.nat({ max: 3000 }),
  priority: fc.integer({ min: -1, max: 1 }),
  abortAfter: fc.option(fc.nat({ max: 1500 }), { nil: undefined }),
  takes: fc.nat({ max: 300 }),
  outcomes: fc.array(fc.constantFrom('ok', 'ok', 'unavailable', 'throttled'), { maxLength: 3 }),
});

test('attempts through a whole stack keep burst + rate × t, and none starts after its abort or deadline', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.5, max: 50, noNaN: true }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(call, { minLength: 2, maxLength: 12 }),
      async (ratePerSecond, burst, calls) => {
        const clock = virtualClock({ quietTurns: 1 });
        const policy = pipeline(
          timeout({ timeoutMs: 4000, clock }),
          retry({ baseDelayMs: 50, random: () => 0.5, clock }),
          tokenBucket({ ratePerSecond, burst, clock }),
          circuitBreaker({
            mode: 'classic',
            minimumCalls: 4,
            openMs: 200,
            random: () => 0.5,
            clock,
          }),
          timeout({ timeoutMs: 200, clock }),
        );
        const starts: number[] = [];
        const late: string[] = [];
        const settled = calls.map(async ({ at, priority, abortAfter, takes, outcomes }, index) => {
          await sleep(clock, at);
          const controller = new AbortController();
          const abortion =
            abortAfter === undefined
              ? undefined
              : clock.setTimer(() => controller.abort(), abortAfter);
          const left = [...outcomes];
          const operation = async () => {
            starts.push(clock.now());
            if (controller.signal.aborted) late.push(`${index} after its abort`);
            if (clock.now() >= at + 4000) late.push(`${index} after its deadline`);
            await sleep(clock, takes);
            const outcome = left.shift() ?? 'ok';
            if (outcome === 'throttled') throw throttled(1);
            if (outcome === 'unavailable') throw unavailable();
          };
          await policy.execute(operation, { priority, signal: controller.signal }).catch(() => {});
          abortion?.cancel();
        });
        await clock.run(Promise.all(settled));
        await clock.runAll();
        starts.sort((a, b) => a - b);
        for (let from = 0; from < starts.length; from += 1) {
          for (let to = from; to < starts.length; to += 1) {
            const allowed = burst + (ratePerSecond * (starts[to]! - starts[from]!)) / 1000;
            if (to - from + 1 > allowed + 1e-6) late.push(`${to - from + 1} of ${allowed}`);
          }
        }
        expect(late).toEqual([]);
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    RUNS,
  );
}, 30_000);
