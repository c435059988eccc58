import { expect, test } from '@jest/globals';
import {
  asMiddleware,
  circuitBreaker,
  compose,
  pipeline,
  retry,
  timeout,
  tokenBucket,
  type Fetch,
  type Middleware,
  type Policy,
} from '../../src/index.ts';
import {
  networkError,
  repeat,
  scriptedFetch,
  virtualClock,
  type ScriptedStep,
  type VirtualClock,
} from '../../src/testing.ts';

// Each scenario asserts three numbers: attempts on the wire, executions of the innermost function
// (a refusal executes nothing), and the result. They hold for one pipeline of policies and for the
// same policies as middlewares, one by one, composed in the same order.

const API = 'https://api.example.com/';
const KEY = 'https://api.example.com';

interface Scenario {
  readonly name: string;
  readonly policies: (clock: VirtualClock) => readonly Policy[];
  readonly steps: readonly ScriptedStep[];
  readonly calls?: number;
  readonly wire: number;
  readonly results: readonly (number | string)[];
  /** The results where retry and breaker are middlewares of their own, and cannot talk to each other. */
  readonly apart?: readonly (number | string)[];
  /** The attempts on the wire in that case, where they differ. */
  readonly wireApart?: number;
}

const quick = (clock: VirtualClock, maxRetries = 3) =>
  retry({ clock, maxRetries, jitter: 'none', baseDelayMs: 10 });

const SCENARIOS: readonly Scenario[] = [
  { name: 'nothing around it', policies: () => [], steps: [503], wire: 1, results: [503] },
  {
    name: 'a retry that helps',
    policies: (clock) => [quick(clock)],
    steps: [503, networkError('ECONNRESET'), 200],
    wire: 3,
    results: [200],
  },
  {
    name: 'a retry that does not help',
    policies: (clock) => [quick(clock)],
    steps: [repeat(503)],
    wire: 4,
    results: [503],
  },
  {
    name: 'a fatal failure',
    policies: (clock) => [quick(clock)],
    steps: [404],
    wire: 1,
    results: [404],
  },
  {
    name: 'retry around breaker: each attempt asks the breaker, and only the first of a call counts',
    policies: (clock) => [
      quick(clock, 1),
      circuitBreaker({ mode: 'classic', clock, minimumCalls: 2 }),
    ],
    steps: [repeat(503)],
    calls: 3,
    wire: 3,
    // Middlewares know nothing of each other: there each attempt is a call of the breaker's own.
    wireApart: 2,
    results: [503, 503, 'CircuitOpenError'],
    apart: [503, 'CircuitOpenError', 'CircuitOpenError'],
  },
  {
    name: 'breaker around retry: only the last outcome of a call counts',
    policies: (clock) => [
      circuitBreaker({ mode: 'classic', clock, minimumCalls: 3 }),
      quick(clock, 2),
    ],
    steps: [repeat(503)],
    calls: 4,
    // R7: two retries a call would be nine attempts, but the budget of retries holds five.
    wire: 8,
    results: [503, 503, 503, 'CircuitOpenError'],
  },
  {
    name: 'retry around bucket: each attempt takes a token',
    policies: (clock) => [
      quick(clock, 9),
      tokenBucket({ clock, ratePerSecond: 0.01, burst: 3, onEmpty: 'reject' }),
    ],
    steps: [repeat(503)],
    wire: 3,
    // R8: a further attempt is refused, so the server's last answer remains.
    results: [503],
  },
  {
    name: 'bucket around retry: a call takes one token, whatever it takes',
    policies: (clock) => [
      tokenBucket({ clock, ratePerSecond: 0.01, burst: 2, onEmpty: 'reject' }),
      quick(clock, 1),
    ],
    steps: [repeat(503)],
    calls: 3,
    wire: 4,
    results: [503, 503, 'RateLimitedError'],
  },
  {
    name: 'retry around timeout: each attempt has its own time',
    policies: (clock) => [quick(clock), timeout({ clock, timeoutMs: 100 })],
    steps: ['hangs', 'hangs', { delayMs: 90 }],
    wire: 3,
    results: [200],
  },
  {
    name: 'timeout around retry: all attempts together have one time',
    policies: (clock) => [timeout({ clock, timeoutMs: 100 }), quick(clock)],
    steps: ['hangs', 200],
    wire: 1,
    results: ['TimeoutError'],
  },
  {
    name: 'timeout inside a breaker counts as a failure',
    policies: (clock) => [
      circuitBreaker({ mode: 'classic', clock, minimumCalls: 2 }),
      timeout({ clock, timeoutMs: 100 }),
    ],
    steps: [repeat('hangs')],
    calls: 3,
    wire: 2,
    results: ['TimeoutError', 'TimeoutError', 'CircuitOpenError'],
  },
  {
    name: 'a throttle binds its own call and does not open the breaker',
    policies: (clock) => [
      quick(clock, 5),
      tokenBucket({ clock }),
      circuitBreaker({ mode: 'classic', clock, minimumCalls: 1, failureRatio: 0.01 }),
    ],
    steps: [repeat({ status: 429, headers: { 'retry-after': '1' } }, 3), 200],
    wire: 4,
    results: [200],
  },
  {
    // R9: written into one pipeline it is what the user asked for; one inside the other it is not.
    name: 'two retries multiply in one pipeline only, and the middle sees only the outer ones',
    policies: (clock) => [quick(clock, 1), tokenBucket({ clock }), quick(clock, 1)],
    steps: [repeat(503)],
    wire: 4,
    wireApart: 2,
    results: [503],
  },
];

/** Counts how often the innermost function is really executed. */
function counting(fetch: Fetch): { fetch: Fetch; executions: () => number } {
  let executions = 0;
  return {
    fetch: (input, init) => {
      executions += 1;
      return fetch(input, init);
    },
    executions: () => executions,
  };
}

const ASSEMBLIES: Record<string, (policies: readonly Policy[]) => Middleware> = {
  'as one pipeline': (policies) => asMiddleware(pipeline(...policies)),
  'as pipelines within pipelines': (policies) =>
    asMiddleware(policies.reduceRight((inner, policy) => pipeline(policy, inner), pipeline())),
  'as middlewares, composed': (policies) =>
    compose(...policies.map((policy) => asMiddleware(policy))),
  'as a pipeline of those before and middlewares of the rest': (policies) =>
    compose(
      asMiddleware(pipeline(...policies.slice(0, 1))),
      ...policies.slice(1).map((policy) => asMiddleware(policy)),
    ),
};

test.each(
  SCENARIOS.flatMap((scenario) =>
    Object.keys(ASSEMBLIES).map((assembly) => [scenario.name, assembly, scenario] as const),
  ),
)('%s (%s)', async (_name, assembly, { policies, steps, calls = 1, ...expected }) => {
  const isApart = assembly.includes('middlewares');
  const results = (isApart && expected.apart) || expected.results;
  const wire = (isApart && expected.wireApart) || expected.wire;
  const clock = virtualClock();
  const upstream = scriptedFetch(steps, { clock });
  const inner = counting(upstream);
  const fetch = ASSEMBLIES[assembly]!(policies(clock))(inner.fetch);
  const given: (number | string)[] = [];
  for (let call = 0; call < calls; call += 1) {
    given.push(
      await clock.run(
        fetch(API).then(
          ({ status }) => status,
          (error: Error) => error.name,
        ),
      ),
    );
  }
  expect({ wire: upstream.calls.length, executions: inner.executions(), results: given }).toEqual({
    wire,
    executions: wire,
    results,
  });
  expect(clock.pendingTimers).toBe(0);
});

test('the same three numbers without any HTTP', async () => {
  const clock = virtualClock();
  const policy = pipeline(
    retry({ clock, maxRetries: 2, jitter: 'none', baseDelayMs: 10 }),
    circuitBreaker({ mode: 'classic', clock, minimumCalls: 2 }),
  );
  let executions = 0;
  const failing = () => {
    executions += 1;
    return Promise.reject(Object.assign(new Error('down'), { code: 'ECONNRESET' }));
  };
  const results: string[] = [];
  for (let call = 0; call < 3; call += 1) {
    results.push(
      await clock.run(policy.execute(failing, { key: KEY }).catch((error: Error) => error.name)),
    );
  }
  expect({ executions, results }).toEqual({
    executions: 4,
    results: ['Error', 'Error', 'CircuitOpenError'],
  });
});
