import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sleep } from '../../src/core/clock.ts';
import {
  adaptiveLimit,
  coalesce,
  concurrencyLimit,
  controlOf,
  endpoints,
  eventStreams,
  fallback,
  hedge,
  lastGood,
  reportOf,
  resilientFetch,
  retryBudget,
  type ResilienceEvent,
  type ResilientFetchOptions,
} from '../../src/index.ts';
import { virtualClock, type VirtualClock } from '../../src/testing.ts';
import { usageLimits, usageOf } from '../../src/usage.ts';
import { MisbehavingServer, type StreamOfEvents } from './misbehaving-server.ts';

const RUNS = { numRuns: 150, endOnFailure: true };
const API = 'https://one.example.com';
const PLACES = [{ url: API }, { url: 'https://two.example.com' }];

const treatment = fc.record({
  gives: fc.oneof(
    fc.constantFrom(200, 200, 200, 404, 429, 500, 503, 'breaks' as const, 'silence' as const),
    fc.constantFrom<StreamOfEvents>(
      'stream',
      'stream',
      'stream-breaks',
      'stream-silent',
      'stream-error',
    ),
  ),
  afterMs: fc.integer({ min: 0, max: 120 }),
});

const aCall = fc.record({
  startsAt: fc.integer({ min: 0, max: 400 }),
  abortsAfter: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
  asks: fc.constantFrom('/a', '/b'),
  method: fc.constantFrom('GET', 'GET', 'POST'),
  priority: fc.constantFrom('critical' as const, 'normal' as const, 'batch' as const),
  weight: fc.constantFrom(undefined, 1, 3),
});

const LAYERS = [
  'rate',
  'learned rate',
  'usage limits',
  'breaker',
  'classic breaker',
  'attempt timeout',
  'hedge',
  'places',
  'adaptive places',
  'endpoints',
  'fallback',
  'last good',
  'coalesce',
  'streams',
] as const;

/** The layers that bound what is sent by themselves. */
const PACED: ReadonlySet<string> = new Set(['rate', 'learned rate', 'usage limits', 'breaker']);

const aStack = fc.record({
  layers: fc.subarray([...LAYERS]),
  maxRetries: fc.integer({ min: 0, max: 3 }),
  totalMs: fc.integer({ min: 50, max: 800 }),
  tokens: fc.constantFrom(0, 1, 4, 50),
});

type Stack = typeof aStack extends fc.Arbitrary<infer One> ? One : never;

/** The longest silence of a stream where streams are read. */
const IDLE_MS = 200;
/** What a call is estimated at, in tokens. */
const ESTIMATE = 10;

/** How many tokens a limit has in a day: more than any run takes, so that what is taken can be told. */
const TOKENS_A_DAY = 1_000_000;

function rateLimitOf(
  layers: Stack['layers'],
  clock: VirtualClock,
): ResilientFetchOptions['rateLimit'] {
  if (layers.includes('usage limits')) {
    return usageLimits({
      clock,
      limits: [
        { per: 'second', requests: 40, burst: 20 },
        { per: 'day', tokens: TOKENS_A_DAY, cost: () => ESTIMATE, settle: usageOf },
      ],
    });
  }
  return layers.includes('rate')
    ? { ratePerSecond: 40, burst: 3 }
    : layers.includes('learned rate') && {};
}

/** The options of a stack, whose extra attempts are all paid from one budget. */
function optionsOf({ layers, maxRetries, totalMs, tokens }: Stack, clock: VirtualClock) {
  const has = (layer: (typeof LAYERS)[number]) => layers.includes(layer);
  const budget = retryBudget({ reserveTokens: tokens, tokensPerAnswer: 0 });
  const limit = has('adaptive places') ? adaptiveLimit() : 2;
  const options: ResilientFetchOptions = {
    clock,
    totalTimeoutMs: totalMs,
    attemptTimeoutMs: has('attempt timeout') ? Math.min(60, totalMs) : false,
    retry: { maxRetries, baseDelayMs: 10, budget },
    rateLimit: rateLimitOf(layers, clock),
    streams: has('streams') && eventStreams({ streamIdleTimeoutMs: IDLE_MS, maxHoldMs: 40 }),
    circuitBreaker: has('classic breaker') ? { mode: 'classic' } : has('breaker') && {},
    hedge: has('hedge') && hedge({ clock, delayMs: 20, maxHedgeRatio: 1, budget }),
    concurrency:
      (has('places') || has('adaptive places')) &&
      concurrencyLimit({ clock, maxConcurrent: limit }),
    endpoints: has('endpoints') && endpoints(PLACES, { clock, budget }),
    fallback: has('last good')
      ? fallback({ lastGood: lastGood({ clock, maxReadMs: 100 }) })
      : has('fallback') && fallback({ answer: () => new Response('stand-in') }),
  };
  return has('coalesce') ? { ...options, coalesce: coalesce({ clock }) } : options;
}

/** Reads a body: whatever becomes of a stream, it ends; one that nobody watches may be silent for ever. */
async function readOrLeave(response: Response, clock: VirtualClock): Promise<void> {
  const reader = response.body?.getReader();
  const reading = (async () => {
    while ((await reader?.read())?.done === false) continue;
  })().catch(() => {});
  await Promise.race([reading, sleep(clock, PATIENCE_MS)]);
  await reader?.cancel().catch(() => {});
  await reading;
}

/** Longer than any stream goes on, or is silent where that is watched. */
const PATIENCE_MS = 600;

const countOf = (events: readonly ResilienceEvent[], type: ResilienceEvent['type']) =>
  events.filter((event) => event.type === type).length;

test('in any stack, whatever the server does and whoever aborts when: each call settles once and in time, extra attempts are paid for, reports agree with the server, and nothing stays', async () => {
  await fc.assert(
    fc.asyncProperty(
      aStack,
      fc.array(aCall, { minLength: 1, maxLength: 12 }),
      fc.array(treatment, { minLength: 1, maxLength: 8 }),
      async (stack, calls, treatments) => {
        const clock = virtualClock({ quietTurns: 3 });
        const server = new MisbehavingServer(clock, treatments);
        const fetch = resilientFetch(server.fetch, optionsOf(stack, clock));
        const events: ResilienceEvent[] = [];
        controlOf(fetch).subscribe((event) => events.push(event));
        const attemptsByCall = new Map<string | undefined, number>();

        const outcomes = calls.map(
          async ({ startsAt, abortsAfter, asks, method, priority, weight }) => {
            await sleep(clock, startsAt);
            const caller = new AbortController();
            const { signal } = caller;
            if (abortsAfter !== undefined) {
              void sleep(clock, abortsAfter).then(() => caller.abort(new Error('my own abort')));
            }
            // A call that says something about itself shares no request.
            const own = method === 'POST' ? { holdfast: { priority, weight } } : {};
            let settlings = 0;
            const outcome: unknown = await fetch(`${API}${asks}`, { method, signal, ...own })
              .catch((error: unknown) => error)
              .finally(() => (settlings += 1));
            const tookMs = clock.now() - startsAt;
            expect(tookMs).toBeLessThanOrEqual(Math.min(stack.totalMs, abortsAfter ?? Infinity));
            if (outcome instanceof Response) await readOrLeave(outcome, clock);
            await clock.settle();
            expect(settlings).toBe(1);
            // One for all attempts may follow it weakly, to cut off a body that is still read.
            expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
            const report = reportOf(outcome);
            if (report) attemptsByCall.set(report.callId, report.attempts.length);
          },
        );
        await clock.run(Promise.all(outcomes));

        expect(server.running).toBe(0);
        expect(countOf(events, 'attempt-ended')).toBe(server.requests);
        for (const [callId, attempts] of attemptsByCall) {
          const own = events.filter((event) => event.callId === callId);
          expect(countOf(own, 'attempt-ended')).toBe(attempts);
        }

        const throttled = events.filter(
          (event) =>
            event.type === 'retry-scheduled' && event.classification.category === 'throttle',
        ).length;
        // Where calls wait in line, for a token or for an open circuit, repetitions wait too, and are free.
        if (!stack.layers.some((layer) => PACED.has(layer))) {
          // A budget is kept for each key, and an endpoint has its own.
          const tokens = stack.tokens * (stack.layers.includes('endpoints') ? PLACES.length : 1);
          expect(server.requests).toBeLessThanOrEqual(calls.length + tokens + throttled);
        }
        expect(controlOf(fetch).state(API).waiting).toBe(0);
        await clock.runAll();
        expect(clock.pendingTimers).toBe(0);
        const tokens = PLACES.flatMap(({ url }) => controlOf(fetch).state(url).usage).filter(
          ({ unit }) => unit === 'tokens',
        );
        const taken = tokens.reduce((sum, { amount, left }) => sum + amount - left, 0);
        // Each took more than its estimate: all of them are settled.
        expect(taken).toBeLessThanOrEqual(ESTIMATE * server.requests);
        // What nobody wants is drained for a while, and then given up.
        expect(server.openStreams).toBe(0);
      },
    ),
    RUNS,
  );
});
