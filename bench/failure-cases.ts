import type { Policy } from 'holdfast';
import type { CallCase } from './call-cases.ts';
import type { Run } from './cost-of-calls.ts';
import { loadHoldfast, type Holdfast } from './package-under-test.ts';
import { standardStack } from './standard-stack.ts';

const connectionLost = () => Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });

/** Every first try of these cases fails, which no budget pays for. */
const WITHOUT_A_WAIT = { baseDelayMs: 0, budget: false } as const;
/** … and sixty-four of them at once would open an adaptive circuit. */
const STAYS_CLOSED = { mode: 'classic', consecutiveFailures: Infinity, minimumCalls: 1e9 } as const;

/** Runs an operation that fails at its first attempt and succeeds at its second. */
const retrying =
  (execute: (operation: () => Promise<number>) => Promise<unknown>): Run =>
  () => {
    let attempts = 0;
    return execute(async () => {
      attempts += 1;
      if (attempts === 1) throw connectionLost();
      return attempts;
    });
  };

const retriedBy = (name: string, make: (library: Holdfast) => Policy): CallCase => ({
  name,
  prepare: async () => {
    const policy = make(await loadHoldfast());
    return retrying((operation) => policy.execute(operation));
  },
});

/** A failed attempt and a second one that succeeds, with no backoff between them. */
export const RETRY_CASES: readonly CallCase[] = [
  {
    name: 'bare: catch and call again',
    prepare: async () =>
      retrying(async (operation) => {
        try {
          return await operation();
        } catch {
          return operation();
        }
      }),
  },
  retriedBy('holdfast retry', ({ retry }) => retry(WITHOUT_A_WAIT)),
  retriedBy('holdfast standard stack', (library) =>
    standardStack(library, { retry: WITHOUT_A_WAIT, circuitBreaker: STAYS_CLOSED }),
  ),
  {
    name: 'p-retry {retries: 3, minTimeout: 0}',
    prepare: async () => {
      const { default: pRetry } = await import('p-retry');
      return retrying((operation) => pRetry(operation, { retries: 3, minTimeout: 0 }));
    },
  },
  {
    name: 'cockatiel retry, no backoff',
    prepare: async () => {
      const { retry, handleAll } = await import('cockatiel');
      const policy = retry(handleAll, { maxAttempts: 3 });
      return retrying((operation) => policy.execute(operation));
    },
  },
];

const unavailable = () =>
  Response.json({ message: 'try later', errorCode: 'resource_unavailable' }, { status: 503 });

/** A fetch for one call: its first response is a 503 with a body, its second a 200. */
function unavailableAtFirst(): () => Promise<Response> {
  let attempts = 0;
  return async () => {
    attempts += 1;
    return attempts === 1 ? unavailable() : Response.json({ answer: 42 });
  };
}

const okOrThrow = async (response: Response): Promise<Response> => {
  if (response.ok) return response;
  await response.text();
  throw Object.assign(new Error('unavailable'), { status: response.status });
};

/** The same with responses: a 503 with a body that nobody needs, then a 200. */
export const RESPONSE_CASES: readonly CallCase[] = [
  {
    name: 'bare: read the 503 and call again',
    prepare: async () => async () => {
      const fetch = unavailableAtFirst();
      const first = await fetch();
      if (first.ok) return first;
      await first.text();
      return fetch();
    },
  },
  {
    name: 'holdfast resilientFetch',
    prepare: async () => {
      const { resilientFetch } = await loadHoldfast();
      // The wrapped fetch is made once, as everybody does; what it wraps is told by the request.
      const fetch = resilientFetch((_input, init) => (init as Scripted).answer(), {
        retry: WITHOUT_A_WAIT,
        circuitBreaker: STAYS_CLOSED,
      });
      return () => {
        const init: Scripted = { answer: unavailableAtFirst() };
        return fetch('https://api.example.com/v1/answer', init);
      };
    },
  },
  {
    name: 'p-retry, throws unless ok',
    prepare: async () => {
      const { default: pRetry } = await import('p-retry');
      return () => {
        const fetch = unavailableAtFirst();
        return pRetry(async () => okOrThrow(await fetch()), { retries: 3, minTimeout: 0 });
      };
    },
  },
  {
    name: 'cockatiel retry, by result',
    prepare: async () => {
      const { retry, handleWhenResult } = await import('cockatiel');
      const unlessOk = handleWhenResult((response) => !(response as Response).ok);
      const policy = retry(unlessOk, { maxAttempts: 3 });
      return () => policy.execute(unavailableAtFirst());
    },
  },
];

interface Scripted extends RequestInit {
  readonly answer: () => Promise<Response>;
}

/** Ready, so that only the counting shows. */
const LOST = connectionLost();

/** Every second call fails. */
function everySecondFails(): () => Promise<number> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls % 2 === 0) throw LOST;
    return calls;
  };
}

/** Swallows the failure that is to be counted, but no refusal. */
const failing =
  (execute: () => Promise<unknown>): Run =>
  async () => {
    try {
      await execute();
    } catch (error) {
      if (error !== LOST) throw error;
    }
  };

/** A breaker that counts failures, without ever opening; a call is a report of an outcome. */
export const REPORT_CASES: readonly CallCase[] = [
  {
    name: 'bare: every second call fails',
    prepare: async () => failing(everySecondFails()),
  },
  {
    name: 'holdfast breaker, every second call fails',
    prepare: async () => {
      const { circuitBreaker } = await loadHoldfast();
      const policy = circuitBreaker({ mode: 'classic', failureRatio: 0.9, minimumCalls: 1000 });
      const operation = everySecondFails();
      return failing(() => policy.execute(operation));
    },
  },
  {
    name: 'holdfast breaker, one failure a moment ago',
    prepare: async () => {
      const { circuitBreaker } = await loadHoldfast();
      const policy = circuitBreaker({ mode: 'classic', failureRatio: 0.9, minimumCalls: 1000 });
      await failing(() => policy.execute(() => Promise.reject(LOST)))();
      return () => policy.execute(async () => 42);
    },
  },
  {
    name: 'opossum {timeout: false}, every second call fails',
    prepare: async () => {
      const { default: CircuitBreaker } = await import('opossum');
      const breaker = new CircuitBreaker(everySecondFails(), {
        timeout: false,
        errorThresholdPercentage: 90,
        volumeThreshold: 1000,
      });
      return failing(() => breaker.fire());
    },
  },
  {
    name: 'cockatiel sampling breaker, every second call fails',
    prepare: async () => {
      const { circuitBreaker, handleAll, SamplingBreaker } = await import('cockatiel');
      const breaker = new SamplingBreaker({ threshold: 0.9, duration: 10_000 });
      const policy = circuitBreaker(handleAll, { halfOpenAfter: 5000, breaker });
      const operation = everySecondFails();
      return failing(() => policy.execute(operation));
    },
  },
];
