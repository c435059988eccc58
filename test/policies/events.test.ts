import { describe, expect, jest, test } from '@jest/globals';
import { sleep } from '../../src/core/clock.ts';
import type { EventListener, ResilienceEvent } from '../../src/core/events.ts';
import { pipeline } from '../../src/http/pipeline.ts';
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../src/testing.ts';
import { httpFailure, throttled, unavailable } from './http-failure.ts';

/** The whole stack under one observer, and a diary of what was told and what was sent, and when. */
function stackOf(observer?: EventListener) {
  const clock = virtualClock();
  const diary: string[] = [];
  const note = (what: string) => diary.push(`${clock.now()} ${what}`);
  const onEvent: EventListener = (event) => {
    note(event.type);
    return observer?.(event);
  };
  const policy = pipeline(
    timeout({ timeoutMs: 20_000, clock, onEvent }),
    retry({ jitter: 'none', baseDelayMs: 100, maxRetries: 2, clock, onEvent }),
    tokenBucket({ ratePerSecond: 2, burst: 1, clock, onEvent }),
    circuitBreaker({
      mode: 'classic',
      minimumCalls: 3,
      openMs: 5000,
      random: () => 0.5,
      clock,
      onEvent,
    }),
    timeout({ timeoutMs: 1000, clock, onEvent }),
  );
  const run = async (outcomes: readonly (Error | 'hang' | 'ok')[]) => {
    const left = [...outcomes];
    const operation = async () => {
      note('sent');
      const outcome = left.shift() ?? 'ok';
      if (outcome === 'hang') return sleep(clock, 1e6);
      if (outcome !== 'ok') throw outcome;
      return undefined;
    };
    const settled = await clock.run(Promise.allSettled([policy.execute(operation)]));
    note(settled[0].status);
  };
  return { clock, diary, policy, run };
}

describe('an observer is told', () => {
  test('of a failure and a wait before the wait, and of a line before it is joined', async () => {
    const { diary, run } = stackOf();
    await run([unavailable(), 'ok']);
    expect(diary).toEqual([
      '0 sent',
      '0 attempt-ended',
      '0 retry-scheduled',
      '100 queued',
      '500 sent',
      '500 attempt-ended',
      '500 fulfilled',
    ]);
  });

  test('of a throttle as of any failure: it pauses nobody else', async () => {
    const { diary, run } = stackOf();
    await run([throttled(3), 'ok']);
    expect(diary).toEqual([
      '0 sent',
      '0 attempt-ended',
      '0 retry-scheduled',
      '3000 sent',
      '3000 attempt-ended',
      '3000 fulfilled',
    ]);
  });

  test('of a pause before it begins, once nothing is accepted', async () => {
    const { diary, run } = stackOf();
    for (let call = 0; call < 5; call += 1) await run([throttled(70)]);
    expect(diary.filter((line) => line.endsWith('key-paused'))).toHaveLength(1);
    expect(diary.slice(diary.indexOf('2000 key-paused'))).toEqual([
      '2000 key-paused',
      '2000 gave-up',
      '2000 rejected',
    ]);
  });

  test('of a time that is up before the attempt is given up', async () => {
    const { diary, run } = stackOf();
    await run(['hang', httpFailure(404)]);
    expect(diary).toEqual([
      '0 sent',
      '1000 timed-out',
      '1000 attempt-ended',
      '1000 retry-scheduled',
      '1100 sent',
      '1100 attempt-ended',
      '1100 gave-up',
      '1100 rejected',
    ]);
  });

  test('of an opened circuit, and of a refusal before it is thrown', async () => {
    const { diary, run } = stackOf();
    for (let call = 0; call < 3; call += 1) {
      await run([unavailable(), unavailable(), unavailable()]);
    }
    const opened = diary.indexOf('3000 circuit-changed');
    expect(diary.slice(opened)).toEqual(['3000 circuit-changed', '3000 gave-up', '3000 rejected']);
    diary.length = 0;
    await run(['ok']);
    expect(diary.filter((line) => !line.endsWith('queued'))).toEqual([
      '3500 refused',
      '3500 gave-up',
      '3500 rejected',
    ]);
  });

  test('of everything with its key and the numbers that matter', async () => {
    const told: ResilienceEvent[] = [];
    const { clock, policy } = stackOf((event) => void told.push(event));
    const failures = [throttled(2), httpFailure(404)];
    const called = policy.execute(() => Promise.reject(failures.shift()), { key: 'k' });
    await expect(clock.run(called)).rejects.toMatchObject({ status: 404 });
    expect(told).toMatchObject([
      { type: 'attempt-ended', key: 'k', attempt: 1, classification: { status: 429 } },
      { type: 'retry-scheduled', key: 'k', attempt: 2, waitMs: 2000 },
      { type: 'attempt-ended', key: 'k', attempt: 2, classification: { status: 404 } },
      { type: 'gave-up', key: 'k', attempts: 2, because: expect.stringContaining('fatal') },
    ]);
  });

  test('of nothing but the attempt where nothing happens', async () => {
    const { diary, run } = stackOf();
    await run(['ok']);
    expect(diary).toEqual(['0 sent', '0 attempt-ended', '0 fulfilled']);
  });

  test('of the attempt’s end, but of no giving up and no refusal where the caller aborts', async () => {
    for (const moment of ['attempt', 'backoff', 'queue'] as const) {
      const { clock, diary, policy } = stackOf();
      const controller = new AbortController();
      const operation = jest.fn(async () => {
        if (moment === 'attempt') await sleep(clock, 500);
        throw unavailable();
      });
      const called = policy.execute(operation, { signal: controller.signal });
      called.catch(() => {});
      await clock.advance(moment === 'queue' ? 300 : 50);
      const before = diary.length;
      controller.abort();
      await expect(called).rejects.toMatchObject({ name: 'AbortError' });
      await clock.runAll();
      const told = moment === 'attempt' ? ['50 attempt-ended'] : [];
      expect([moment, diary.slice(before)]).toEqual([moment, told]);
      expect(clock.pendingTimers).toBe(0);
    }
  });
});

describe('a call is not changed by an observer', () => {
  const SCRIPT = [unavailable(), throttled(1), 'hang', unavailable(), unavailable()] as const;

  test.each<[string, EventListener]>([
    [
      'that throws',
      () => {
        throw new Error('observer');
      },
    ],
    ['that rejects', (() => Promise.reject(new Error('observer'))) as unknown as EventListener],
  ])('%s', async (_what, observer) => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const quiet = stackOf();
    const loud = stackOf(observer);
    for (const stack of [quiet, loud]) {
      await stack.run(SCRIPT);
      await stack.run(SCRIPT.slice(3));
      await stack.run(['ok']);
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(loud.diary).toEqual(quiet.diary);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('that works the breaker while it is told of it', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({
      mode: 'classic',
      minimumCalls: 1,
      clock,
      onEvent: (event) => {
        if (event.type === 'circuit-changed' && event.to === 'open') breaker.close(event.key);
      },
    });
    for (let call = 0; call < 3; call += 1) {
      await expect(breaker.execute(() => Promise.reject(unavailable()))).rejects.toMatchObject({
        status: 503,
      });
    }
    expect(breaker.state()).toBe('closed');
  });
});
