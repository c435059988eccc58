import { describe, expect, test } from '@jest/globals';
import type { Attempt } from '../../src/core/attempt.ts';
import type { CallOptions, Operation, OperationContext } from '../../src/core/call.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { sleep, type Clock } from '../../src/core/clock.ts';
import type { Context } from '../../src/core/context.ts';
import type { Policy } from '../../src/core/policy.ts';
import type { CallReport } from '../../src/core/report.ts';
import { definePolicy, pipeline } from '../../src/http/pipeline.ts';
import { circuitBreaker } from '../../src/policies/circuit-breaker/circuit-breaker.ts';
import { retry } from '../../src/policies/retry/retry.ts';
import { timeout } from '../../src/policies/timeout.ts';
import { tokenBucket } from '../../src/policies/rate-limit/token-bucket.ts';
import { virtualClock } from '../../src/testing.ts';

/** A second attempt after `delayMs`, beside the first; the first success wins, the loser is cancelled. */
const hedgeAfter = (delayMs: number, clock: Clock): Policy =>
  definePolicy({
    clock,
    repeats: true,
    wrap: (next) => async (context) => {
      const scopes = [context, context.another()].map((one) => {
        const scope = new Cancellation(context.cancellation);
        return { scope, inner: one.within(scope) };
      });
      const [first, second] = scopes as [(typeof scopes)[0], (typeof scopes)[0]];
      const running: Promise<Attempt>[] = [next(first.inner)];
      const winner = await Promise.race([running[0], sleep(clock, delayMs)]);
      if (winner) return winner;
      running.push(next(second.inner));
      const won = await Promise.any(
        running.map(async (one) => {
          const attempt = await one;
          if (attempt.threw) throw attempt.value;
          return attempt;
        }),
      );
      for (const { scope, inner } of scopes) {
        if (inner.record !== won) scope.cancel(new Error('another attempt has won'));
      }
      return won;
    },
  });

/** The same, as somebody writes it who knows nothing of records. */
const handMadeHedge = (delayMs: number, clock: Clock): Policy => ({
  execute: <T>(operation: Operation<T>, options?: CallOptions): Promise<T> => {
    const context = options as OperationContext;
    return Promise.any([
      Promise.resolve(operation(context)),
      sleep(clock, delayMs).then(() => operation(context)),
    ]);
  },
});

interface Seen {
  readonly report: CallReport;
  readonly contexts: readonly OperationContext[];
  readonly value: unknown;
}

async function runBesideEachOther(
  hedge: Policy,
  clock: ReturnType<typeof virtualClock>,
  attemptMs: readonly number[],
): Promise<Seen> {
  const contexts: OperationContext[] = [];
  let context: Context | undefined;
  const looking = definePolicy({ enter: (entering) => void (context = entering) });
  const policy = pipeline(
    looking,
    timeout({ timeoutMs: 10_000, clock }),
    retry({ clock }),
    hedge,
    tokenBucket({ clock, ratePerSecond: 100, burst: 10 }),
    circuitBreaker({ clock }),
    timeout({ timeoutMs: 1000, clock }),
  );
  const value = await clock.run(
    policy.execute(async (given) => {
      contexts.push(given);
      const { attempt, signal } = given;
      expect(signal.aborted).toBe(false);
      await sleep(clock, attemptMs[attempt - 1] ?? 0);
      return `answer ${attempt}`;
    }),
  );
  return { report: context!.call.history.report(), contexts, value };
}

describe.each([
  ['a policy made by definePolicy', hedgeAfter],
  ['a policy of the user’s own', handMadeHedge],
])('two attempts of one call, run side by side by %s', (_what, hedge) => {
  test('have their own record, number and signal', async () => {
    const clock = virtualClock();
    const { report, contexts, value } = await runBesideEachOther(
      hedge(50, clock),
      clock,
      [300, 20],
    );
    expect(value).toBe('answer 2');
    expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(contexts[0]!.signal).not.toBe(contexts[1]!.signal);
    expect(contexts[1]!.signal.aborted).toBe(false);
    expect(report.attempts.map(({ number }) => number)).toEqual([1, 2]);
    expect(report.attempts[1]).toMatchObject({
      durationMs: 20,
      circuit: 'closed',
      classification: { category: 'success' },
    });
    expect(report.attempts[1]!.startedAt - report.attempts[0]!.startedAt).toBe(50);
  });

  test('are each reported by what became of them, whichever wins', async () => {
    const clock = virtualClock();
    const { report, value } = await runBesideEachOther(hedge(50, clock), clock, [80, 5000]);
    expect(value).toBe('answer 1');
    expect(report.attempts[0]).toMatchObject({
      number: 1,
      durationMs: 80,
      classification: { category: 'success' },
    });
    expect(report.attempts[1]!.classification?.category).not.toBe('success');
  });

  test('time out one by one: the one that is late ends, and the other wins', async () => {
    const clock = virtualClock();
    const { report, value } = await runBesideEachOther(hedge(900, clock), clock, [5000, 500]);
    expect(value).toBe('answer 2');
    expect(report.attempts).toMatchObject([
      { durationMs: 1000, classification: { rule: 'no answer within 1000 ms' } },
      { durationMs: 500, classification: { category: 'success' } },
    ]);
  });
});

test('the loser of two attempts is cancelled by its own signal, and its late answer is discarded', async () => {
  const clock = virtualClock();
  const { contexts, report } = await runBesideEachOther(hedgeAfter(50, clock), clock, [300, 20]);
  expect(contexts[0]!.signal.aborted).toBe(true);
  expect(report.attempts[0]).toMatchObject({
    durationMs: 70,
    classification: { category: 'fatal' },
  });
});
