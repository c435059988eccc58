import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sleep } from '../../src/core/clock.ts';
import { pipeline } from '../../src/http/pipeline.ts';
import { adaptiveLimit } from '../../src/policies/concurrency-limit/adaptive-limit.ts';
import { concurrencyLimit } from '../../src/policies/concurrency-limit/concurrency-limit.ts';
import { controlOf } from '../../src/policies/control.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { virtualClock } from '../../src/testing.ts';
import { throttled, unavailable } from '../policies/http-failure.ts';

const RUNS = { numRuns: 400, endOnFailure: true };

const call = fc.record({
  at: fc.nat({ max: 1500 }),
  priority: fc.constantFrom('critical' as const, 'normal' as const, 'batch' as const, 0.5),
  abortAfter: fc.option(fc.nat({ max: 800 }), { nil: undefined }),
  takes: fc.nat({ max: 300 }),
  outcomes: fc.array(fc.constantFrom('ok', 'ok', 'unavailable', 'throttled'), { maxLength: 3 }),
});

const limits = fc.oneof(
  fc.integer({ min: 1, max: 4 }),
  fc.record({ initial: fc.integer({ min: 1, max: 12 }) }).map(adaptiveLimit),
);

test('never more run than the limit allows, each place comes back once, and nothing stays on the clock', async () => {
  await fc.assert(
    fc.asyncProperty(
      limits,
      fc.integer({ min: 0, max: 6 }),
      fc.boolean(),
      fc.array(call, { minLength: 2, maxLength: 40 }),
      async (maxConcurrent, maxQueue, isSingle, calls) => {
        const clock = virtualClock({ quietTurns: 1 });
        const lived = isSingle
          ? Object.assign(Object.create(clock) as typeof clock, { callsPerTimer: 'single' })
          : clock;
        const limit = concurrencyLimit({ maxConcurrent, maxQueue, maxWaitMs: 500, clock: lived });
        const control = controlOf(limit);
        const policy = pipeline(
          timeout({ timeoutMs: 1000, clock: lived }),
          retry({ baseDelayMs: 20, random: () => 0.5, clock: lived }),
          limit,
          timeout({ timeoutMs: 200, clock: lived }),
        );
        const faults: string[] = [];
        let running = 0;
        const settled = calls.map(async ({ at, priority, abortAfter, takes, outcomes }, index) => {
          await sleep(clock, at);
          const controller = new AbortController();
          const abortion =
            abortAfter === undefined
              ? undefined
              : clock.setTimer(() => controller.abort(), abortAfter);
          const left = [...outcomes];
          const operation = async ({ signal }: { signal: AbortSignal }) => {
            running += 1;
            const { limit: most = 0, inFlight = 0 } = control.state().concurrency ?? {};
            if (running > inFlight) faults.push(`${index}: ${running} run with ${inFlight} places`);
            // Those that ran before a limit was cut may still run; nobody starts beside them.
            if (running > most) faults.push(`${index}: starts as number ${running} of ${most}`);
            const end = () => void (running -= 1);
            signal.addEventListener('abort', end, { once: true });
            await sleep(clock, takes);
            if (signal.aborted) return;
            signal.removeEventListener('abort', end);
            end();
            const outcome = left.shift() ?? 'ok';
            if (outcome === 'throttled') throw throttled(1);
            if (outcome === 'unavailable') throw unavailable();
          };
          const { signal } = controller;
          await policy.execute(operation, { signal, priority }).catch(() => {});
          if (clock.now() > at + 1001) faults.push(`${index} settled at ${clock.now()}`);
          abortion?.cancel();
        });
        await clock.run(Promise.all(settled));
        await clock.advance(2000);
        expect(faults).toEqual([]);
        expect(control.state().concurrency).toMatchObject({ inFlight: 0, waiting: 0 });
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    RUNS,
  );
}, 30_000);
