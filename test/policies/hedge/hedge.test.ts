import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { CallOptions } from '../../../src/core/call.ts';
import type { ResilienceEvent } from '../../../src/core/events.ts';
import type { OutcomeReader, Repetition } from '../../../src/core/outcome-reader.ts';
import type { Policy } from '../../../src/core/policy.ts';
import {
  circuitBreaker,
  concurrencyLimit,
  controlOf,
  hedge,
  pipeline,
  retry,
  retryBudget,
  timeout,
  tokenBucket,
  type HedgeOptions,
} from '../../../src/index.ts';
import { virtualClock, type VirtualClock } from '../../../src/testing.ts';
import { outcomeReader } from '../../../src/http/outcome-reader.ts';
import { httpFailure, unavailable } from '../http-failure.ts';
import { slowOperation, type Step } from './slow-operation.ts';

interface Rig {
  readonly options?: HedgeOptions;
  readonly around?: (clock: VirtualClock) => readonly Policy[];
  readonly inside?: (
    clock: VirtualClock,
    onEvent: (event: ResilienceEvent) => void,
  ) => readonly Policy[];
  readonly steps: readonly Step[];
}

/** Hedges after 50 ms, as often as it may. */
function rigOf({ options, around, inside, steps }: Rig) {
  const clock = virtualClock();
  const events: ResilienceEvent[] = [];
  const onEvent = (event: ResilienceEvent) => void events.push(event);
  const hedging = hedge({ delayMs: 50, maxHedgeRatio: 1, clock, onEvent, ...options });
  const layers = [...(around?.(clock) ?? []), hedging, ...(inside?.(clock, onEvent) ?? [])];
  const policy = pipeline(...(layers as [Policy]));
  const { seen, operation } = slowOperation(clock, steps);
  const call = (more?: CallOptions) => policy.execute(operation, more);
  const ofType = (type: ResilienceEvent['type']) => events.filter((event) => event.type === type);
  return { clock, policy, hedging, seen, call, operation, events, ofType };
}

const QUICK: Step = { takesMs: 10 };
const SLOW: Step = { takesMs: 1_000 };

describe('a second attempt', () => {
  test('is sent after the delay, and the first answer is the call’s', async () => {
    const { clock, seen, call, ofType } = rigOf({ steps: [SLOW, QUICK] });
    await expect(clock.run(call())).resolves.toBe('answer 2');
    expect(clock.now()).toBe(60);
    expect(seen.map(({ at }) => at)).toEqual([0, 50]);
    expect(ofType('hedged')).toMatchObject([
      { by: 'hedge', attempt: 2, afterMs: 50, because: 'slow', key: 'default' },
    ]);
  });

  test('is not sent where the first one is answered before', async () => {
    const { clock, seen, call } = rigOf({ steps: [{ takesMs: 49 }] });
    await clock.run(call());
    await clock.advance(1_000);
    expect(seen).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('may lose: the first one is taken where it is answered first', async () => {
    const { clock, seen, call } = rigOf({ steps: [{ takesMs: 60 }, SLOW] });
    await expect(clock.run(call())).resolves.toBe('answer 1');
    expect(clock.now()).toBe(60);
    await clock.settle();
    expect(seen.map(({ ended }) => ended)).toEqual(['answered', 'aborted']);
  });

  test('aborts the one that is not needed, by its signal alone, and leaves nothing behind', async () => {
    const caller = new AbortController();
    const { clock, seen, call } = rigOf({ steps: [SLOW, QUICK] });
    await clock.run(call({ signal: caller.signal }));
    await clock.settle();
    expect(seen.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(seen[0]!.signal.reason).toMatchObject({ name: 'AbortError' });
    expect(seen.map(({ ended }) => ended)).toEqual(['aborted', 'answered']);
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  });

  test('is sent at once where the first one fails and is retryable', async () => {
    const { clock, seen, call, ofType } = rigOf({
      steps: [{ takesMs: 10, fails: unavailable() }, QUICK],
    });
    await expect(clock.run(call())).resolves.toBe('answer 2');
    expect(seen.map(({ at }) => at)).toEqual([0, 10]);
    expect(ofType('hedged')).toMatchObject([{ because: 'failed', afterMs: 10 }]);
  });

  test('is not sent after a failure that says when to come back: that is for a retry', async () => {
    const told = unavailable(2);
    const { clock, seen, call } = rigOf({
      steps: [{ takesMs: 10, fails: told }, QUICK],
      around: (own) => [retry({ clock: own, random: () => 0 })],
    });
    await expect(clock.run(call())).resolves.toBe('answer 2');
    expect(seen.map(({ at }) => at)).toEqual([0, 2_010]);
  });

  test.each([
    ['the first', [{ takesMs: 60, fails: httpFailure(404) }, SLOW], ['failed', 'aborted']],
    ['the second', [SLOW, { takesMs: 10, fails: httpFailure(404) }], ['aborted', 'failed']],
  ] as const)('ends with a fatal answer of %s attempt', async (_which, steps, ends) => {
    const { clock, seen, call } = rigOf({ steps });
    await expect(clock.run(call())).rejects.toMatchObject({ status: 404 });
    expect(clock.now()).toBe(60);
    await clock.settle();
    expect(seen.map(({ ended }) => ended)).toEqual(ends);
  });

  test('is waited for where the first one fails, and the other way round', async () => {
    for (const steps of [
      [{ takesMs: 60, fails: unavailable() }, { takesMs: 100 }],
      [{ takesMs: 150 }, { takesMs: 10, fails: unavailable() }],
    ]) {
      const { clock, call, seen } = rigOf({ steps });
      await expect(clock.run(call())).resolves.toMatch(/answer/);
      expect(clock.now()).toBe(150);
      expect(seen).toHaveLength(2);
    }
  });

  test('where both fail a throttle is what the caller, or a retry, gets', async () => {
    const throttle = httpFailure(429);
    for (const fails of [
      [throttle, unavailable()],
      [unavailable(), throttle],
    ]) {
      const steps = [
        { takesMs: 60, fails: fails[0] },
        { takesMs: 100, fails: fails[1] },
      ];
      const { clock, call } = rigOf({ steps });
      await expect(clock.run(call())).rejects.toBe(throttle);
    }
  });

  test('there is one at most, and none for a repetition', async () => {
    const { clock, call, seen } = rigOf({
      steps: [{ takesMs: 200, fails: unavailable() }],
      around: (own) => [retry({ clock: own, maxRetries: 3, baseDelayMs: 0 })],
    });
    await expect(clock.run(call())).rejects.toMatchObject({ status: 503 });
    // Two at first, and then one for each retry.
    expect(seen).toHaveLength(5);
  });
});

describe('an answer that nobody gets', () => {
  test('is discarded, and that of the call is not', async () => {
    const clock = virtualClock();
    const policy = pipeline(hedge({ delayMs: 50, maxHedgeRatio: 1, clock }));
    const discarded: unknown[] = [];
    const reader = {
      ...outcomeReader(clock),
      discard: (value: unknown) => void discarded.push(value),
    };
    const answers: ((value: string) => void)[] = [];
    const called = policy.execute(
      () => new Promise<string>((resolve) => void answers.push(resolve)),
      { reader },
    );
    await clock.advance(50);
    answers[1]!('second');
    answers[0]!('first');
    expect(await called).toBe('second');
    await clock.settle();
    expect(discarded).toEqual(['first']);
  });

  test('of a first attempt that failed is discarded as soon as the second one is sent', async () => {
    const clock = virtualClock();
    const policy = pipeline(hedge({ delayMs: 50, maxHedgeRatio: 1, clock }));
    const discarded: unknown[] = [];
    const reader = {
      ...outcomeReader(clock),
      discard: (value: unknown) => void discarded.push(value),
    };
    const failure = new Response('no', { status: 500 });
    const answers = [failure, new Response('yes')];
    const answer = await clock.run(policy.execute(() => answers.shift()!, { reader }));
    expect(await answer.text()).toBe('yes');
    expect(discarded).toHaveLength(1);
    expect(discarded[0]).toBe(failure);
  });
});

describe('what is told of the two attempts', () => {
  test('both are records of the report, in the order in which they started', async () => {
    const clock = virtualClock();
    const { operation } = slowOperation(clock, [
      { takesMs: 100, fails: httpFailure(500) },
      { takesMs: 60, fails: httpFailure(500) },
    ]);
    const policy = pipeline(
      timeout({ timeoutMs: 105, clock }),
      hedge({ delayMs: 50, maxHedgeRatio: 1, clock }),
    );
    const failed = await clock.run(policy.execute(operation).catch((error: unknown) => error));
    expect(failed).toMatchObject({
      kind: 'timeout',
      attempts: [
        { number: 1, hedged: 'first', durationMs: 100 },
        { number: 2, hedged: 'second', durationMs: 55 },
      ],
    });
  });

  test('each ends with its own event, once', async () => {
    const { clock, call, ofType } = rigOf({ steps: [SLOW, QUICK] });
    await clock.run(call());
    await clock.runAll();
    expect(ofType('attempt-ended')).toMatchObject([
      { attempt: 2, durationMs: 10, classification: { category: 'success' } },
      {
        attempt: 1,
        durationMs: 60,
        classification: {
          category: 'fatal',
          decidedBy: 'caller',
          rule: 'another attempt of the same call was answered first',
        },
      },
    ]);
  });

  test('a breaker and a limit are told of each once', async () => {
    const { clock, call, policy } = rigOf({
      steps: [SLOW, QUICK],
      inside: (own) => [
        tokenBucket({ clock: own, ratePerSecond: 10, burst: 2 }),
        concurrencyLimit({ clock: own, maxConcurrent: 2 }),
        circuitBreaker({ clock: own }),
      ],
    });
    await clock.run(call());
    await clock.settle();
    // Both places are free again, and both tokens are gone.
    const two = [call(), call()];
    await clock.settle();
    expect(controlOf(policy).state().waiting).toBe(2);
    await clock.run(Promise.all(two));
    expect(controlOf(policy).state().circuit?.state).toBe('closed');
    expect(clock.pendingTimers).toBe(0);
  });

  test('losing says nothing of the server: no circuit opens, however many lose', async () => {
    const clock = virtualClock();
    const breaker = circuitBreaker({ clock });
    const policy = pipeline(hedge({ delayMs: 50, maxHedgeRatio: 1, clock }), breaker);
    for (let round = 0; round < 60; round += 1) {
      const isSlow = round % 6 === 0;
      const { operation } = slowOperation(clock, [isSlow ? SLOW : QUICK, QUICK]);
      await clock.run(policy.execute(operation));
    }
    expect(breaker.state()).toBe('closed');
  });
});

describe('no second attempt', () => {
  test('where the first one waited in line', async () => {
    const {
      clock: own,
      call,
      seen,
    } = rigOf({
      steps: [{ takesMs: 100 }],
      inside: (clockOfIt) => [concurrencyLimit({ clock: clockOfIt, maxConcurrent: 1 })],
    });
    await own.run(Promise.all([call(), call()]));
    expect(seen.map(({ at }) => at)).toEqual([0, 100]);
  });

  test('where it would have to wait in line: it leaves the line and takes no token', async () => {
    const {
      clock: own,
      call,
      seen,
      policy,
      ofType,
    } = rigOf({
      steps: [SLOW, QUICK],
      inside: (clockOfIt) => [tokenBucket({ clock: clockOfIt, ratePerSecond: 1, burst: 1 })],
    });
    await expect(own.run(call())).resolves.toBe('answer 1');
    expect(seen).toHaveLength(1);
    expect(ofType('hedged')).toEqual([]);
    // It is paid back, too.
    expect(controlOf(policy).state().hedging?.hedges).toBe(1);
    await own.run(call());
    expect(seen.map(({ at }) => at)).toEqual([0, 1_000]);
    expect(own.pendingTimers).toBe(0);
  });

  test('where the circuit has opened meanwhile', async () => {
    let force: (() => void) | undefined;
    const made = rigOf({
      steps: [SLOW],
      inside: (own) => {
        const breaker = circuitBreaker({ clock: own });
        force = () => breaker.forceOpen();
        return [breaker];
      },
    });
    const running = made.call();
    await made.clock.advance(20);
    force!();
    await made.clock.run(running);
    expect(made.seen).toHaveLength(1);
  });

  test('through a circuit that is half-open', async () => {
    const made = rigOf({
      steps: [{ takesMs: 1, fails: httpFailure(500) }, SLOW, QUICK],
      options: { budget: { reserveTokens: 0, tokensPerAnswer: 0 } },
      inside: (own) => [
        circuitBreaker({ clock: own, mode: 'classic', consecutiveFailures: 1, openMs: 100 }),
      ],
    });
    await made.clock.run(made.call().catch(() => {}));
    await made.clock.advance(200);
    await made.clock.run(made.call());
    expect(made.seen).toHaveLength(2);
  });

  test('while the server throttles, and again once it has answered', async () => {
    const made = rigOf({ steps: [{ takesMs: 5, fails: httpFailure(429) }, SLOW, SLOW, QUICK] });
    await made.clock.run(made.call().catch(() => {}));
    expect(controlOf(made.policy).state().hedging?.heldBackBecause).toMatch(/throttles/);
    await made.clock.run(made.call());
    expect(made.seen).toHaveLength(2);
    await made.clock.run(made.call());
    expect(made.seen).toHaveLength(4);
  });

  test('that the retry budget cannot pay for, and it costs nothing of the share', async () => {
    const { clock, call, seen, policy, ofType } = rigOf({
      steps: [SLOW],
      options: { budget: { reserveTokens: 0, tokensPerAnswer: 0 } },
    });
    await clock.run(call());
    expect(seen).toHaveLength(1);
    expect(ofType('hedged')).toEqual([]);
    expect(controlOf(policy).state().hedging?.hedges).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('beyond maxHedgeRatio of the calls', async () => {
    const made = rigOf({
      steps: [],
      options: { maxHedgeRatio: 0.1, budget: false },
    });
    let attempts = 0;
    for (let round = 0; round < 200; round += 1) {
      const isSlow = round % 6 === 0;
      const { operation, seen } = slowOperation(made.clock, [
        isSlow ? { takesMs: 60 } : QUICK,
        QUICK,
      ]);
      await made.clock.run(made.policy.execute(operation));
      attempts += seen.length;
    }
    expect(attempts).toBeGreaterThan(210);
    expect(attempts).toBeLessThanOrEqual(220);
  });

  test('while everything is slow', async () => {
    const made = rigOf({ steps: [], options: { budget: false } });
    let attempts = 0;
    for (let round = 0; round < 200; round += 1) {
      const { operation, seen } = slowOperation(made.clock, [{ takesMs: 80 }]);
      await made.clock.run(made.policy.execute(operation));
      attempts += seen.length;
    }
    expect(attempts).toBeLessThanOrEqual(210);
    expect(controlOf(made.policy).state().hedging?.heldBackBecause).toBe('everything is slow');
  });

  test('for long, where second attempts are never answered first', async () => {
    const made = rigOf({ steps: [], options: { budget: false, maxHedgeRatio: 0.2 } });
    let attempts = 0;
    for (let round = 0; round < 5_000; round += 1) {
      const isSlow = round % 6 === 0;
      const { operation, seen } = slowOperation(made.clock, [
        isSlow ? { takesMs: 51 } : { takesMs: 1 },
        SLOW,
      ]);
      await made.clock.run(made.policy.execute(operation));
      attempts += seen.length;
    }
    // A sixth of them is slow: 833 without this rule.
    expect(attempts - 5_000).toBeLessThan(400);
  });

  test('that could not start before the deadline', async () => {
    const made = rigOf({
      steps: [SLOW],
      around: (own) => [timeout({ timeoutMs: 50, clock: own })],
    });
    await expect(made.clock.run(made.call())).rejects.toMatchObject({ kind: 'timeout' });
    expect(made.seen).toHaveLength(1);
  });

  test.each([
    ['a request that may not be repeated', { unsafe: 'POST' }, {}],
    ['a body that cannot be sent again', { obstacle: 'the body is a stream' }, {}],
    ['a request that asks for a change', { changes: true }, {}],
    ['a POST that its provider lets repeat', { unsafe: 'POST', documentedAsSafe: true }, {}],
    ['a POST, even where methods are', { unsafe: 'POST' }, { methods: 'idempotent' }],
  ] as const)('for %s', async (_what, repetition, options) => {
    const made = rigOf({ steps: [SLOW, QUICK], options });
    const call = made.call({ reader: readerWith(made.clock, repetition) });
    await expect(made.clock.run(call)).resolves.toBe('answer 1');
    expect(made.seen).toHaveLength(1);
  });

  test('for a change unless methods: ‘idempotent’ says so', async () => {
    const made = rigOf({ steps: [SLOW, QUICK], options: { methods: 'idempotent' } });
    const call = made.call({ reader: readerWith(made.clock, { changes: true }) });
    await expect(made.clock.run(call)).resolves.toBe('answer 2');
  });
});

const readerWith = (clock: VirtualClock, repetition: Repetition): OutcomeReader => ({
  ...outcomeReader(clock),
  repetition: () => repetition,
});

describe('an abort', () => {
  test.each([
    ['before the delay', 20, 1],
    ['while both attempts run', 70, 2],
  ])('%s settles the call within one turn, and leaves nothing behind', async (_when, at, count) => {
    const caller = new AbortController();
    const { clock, call, seen } = rigOf({ steps: [SLOW] });
    const running = call({ signal: caller.signal });
    await clock.advance(at);
    let settled = false;
    const done = running.catch((error: unknown) => {
      settled = true;
      return error;
    });
    const reason = new Error('enough');
    caller.abort(reason);
    await new Promise(setImmediate);
    expect(settled).toBe(true);
    expect(await done).toBe(reason);
    expect(seen.map(({ ended }) => ended)).toEqual(Array.from({ length: count }, () => 'aborted'));
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  });

  test('before the call sends nothing', async () => {
    const { clock, call, seen } = rigOf({ steps: [QUICK] });
    await expect(clock.run(call({ signal: AbortSignal.abort('no') }))).rejects.toBe('no');
    expect(seen).toEqual([]);
  });
});

describe('the budget', () => {
  test('of its own is earned by answers, and pays for second attempts', async () => {
    const { clock, call, policy, seen } = rigOf({
      steps: [{ takesMs: 60 }, { takesMs: 60 }, SLOW, QUICK],
      options: { budget: { reserveTokens: 0, tokensPerAnswer: 0.5 } },
    });
    await clock.run(call());
    await clock.run(call());
    expect(seen).toHaveLength(2);
    expect(controlOf(policy).state().budget?.tokens).toBe(1);
    await clock.run(call());
    expect(seen).toHaveLength(4);
  });

  test('that is shared with a retry is spent by both and earned once', async () => {
    const budget = retryBudget({ reserveTokens: 1, tokensPerAnswer: 0 });
    const { clock, call, seen } = rigOf({
      steps: [SLOW, QUICK, { takesMs: 1, fails: unavailable() }, QUICK],
      options: { budget },
      around: (own) => [retry({ clock: own, budget })],
    });
    await clock.run(call());
    expect(seen).toHaveLength(2);
    // The hedge has spent the only token.
    await expect(clock.run(call())).rejects.toMatchObject({ status: 503 });
    expect(seen).toHaveLength(3);
  });

  test('is that of the retries beside it, unless it was given one, or they count no answers', () => {
    const budget = retryBudget();
    const own = hedge({ budget: false });
    expect(own.besideRetry({ budget })).toBe(own);
    const inherits = hedge();
    expect(inherits.besideRetry({ budget })).not.toBe(inherits);
    for (const retries of [undefined, false, {}, { budget: false }, retry()] as const) {
      expect(inherits.besideRetry(retries)).toBe(inherits);
    }
    expect(inherits.besideRetry({ budget, maxRetries: Infinity })).toBe(inherits);
  });
});

describe('the options', () => {
  test.each([
    [{ delayMs: 0 }, "hedge.delayMs must be a finite number above 0, or 'learned', but it is 0"],
    [{ delayMs: 10, quantile: 0.9 }, 'hedge.quantile must be left out'],
    [{ delayMs: 10, minimumSamples: 9 }, 'hedge.minimumSamples must be left out'],
    [{ quantile: 1 }, 'hedge.quantile must be a number from 0.5'],
    [{ maxHedgeRatio: 0 }, 'hedge.maxHedgeRatio'],
    [{ methods: 'all' }, 'hedge.methods'],
    [{ budget: { reserveTokens: -1 } }, 'hedge.budget.reserveTokens'],
    [{ delay: 1 }, 'hedge.delay must be left out'],
  ])('%j is refused', (options, message) => {
    expect(() => hedge(options as HedgeOptions)).toThrow(message);
  });

  test('a policy that repeats says so, so that bodies are kept', () => {
    expect(hedge().repeats).toBe(true);
  });
});
