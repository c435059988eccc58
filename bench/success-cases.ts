import type * as cockatielLibrary from 'cockatiel';
import type { Policy } from 'holdfast';
import type { CallCase } from './call-cases.ts';
import type { Run } from './cost-of-calls.ts';
import { loadHoldfast, type Holdfast } from './package-under-test.ts';
import { standardStack } from './standard-stack.ts';

const succeed = async () => 42;

/** More tokens than any run takes: a token is always free. */
const PLENTY = { ratePerSecond: 1_000_000_000, burst: 1_000_000_000 };

const holdfast = (name: string, make: (library: Holdfast) => Policy): CallCase => ({
  name: `holdfast ${name}`,
  prepare: async () => {
    const policy = make(await loadHoldfast());
    return () => policy.execute(succeed);
  },
});

const cockatiel = (name: string, make: (library: Cockatiel) => { execute: Execute }): CallCase => ({
  name: `cockatiel ${name}`,
  prepare: async () => {
    const policy = make(await import('cockatiel'));
    return () => policy.execute(succeed);
  },
});

type Cockatiel = typeof cockatielLibrary;
type Execute = (operation: () => Promise<number>) => Promise<number>;

const cockatielRetry = ({ retry, handleAll, ExponentialBackoff }: Cockatiel) =>
  retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
const cockatielBreaker = ({ circuitBreaker, handleAll, SamplingBreaker }: Cockatiel) =>
  circuitBreaker(handleAll, {
    halfOpenAfter: 5000,
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
  });
const cockatielTimeout = ({ timeout, TimeoutStrategy }: Cockatiel) =>
  timeout(300_000, TimeoutStrategy.Aggressive);

/** A call that succeeds at once, stack by stack; the first case is what all are compared with. */
export const SUCCESS_CASES: readonly CallCase[] = [
  { name: 'bare async function', prepare: async () => succeed },
  holdfast('pipeline()', ({ pipeline }) => pipeline()),
  holdfast('retry', ({ retry }) => retry()),
  holdfast('token bucket, no rate', ({ tokenBucket }) => tokenBucket()),
  holdfast('token bucket, a rate', ({ tokenBucket }) => tokenBucket(PLENTY)),
  holdfast('breaker', ({ circuitBreaker }) => circuitBreaker()),
  holdfast('timeout', ({ timeout }) => timeout({ timeoutMs: 300_000 })),
  holdfast('retry + breaker', ({ pipeline, retry, circuitBreaker }) =>
    pipeline(retry(), circuitBreaker()),
  ),
  holdfast('retry + bucket + breaker', ({ pipeline, retry, tokenBucket, circuitBreaker }) =>
    pipeline(retry(), tokenBucket(), circuitBreaker()),
  ),
  holdfast('standard stack', (library) => standardStack(library)),
  {
    name: 'holdfast standard stack, signal read',
    prepare: async () => {
      const policy = standardStack(await loadHoldfast());
      return () => policy.execute(async ({ signal }) => signal.aborted);
    },
  },
  {
    name: "holdfast standard stack, caller's signal read",
    prepare: async () => {
      const policy = standardStack(await loadHoldfast());
      const { signal: callers } = new AbortController();
      return () => policy.execute(async ({ signal }) => signal.aborted, { signal: callers });
    },
  },
  {
    name: 'holdfast resilientFetch, a ready response',
    prepare: async () => {
      const { resilientFetch } = await loadHoldfast();
      const response = Response.json({ answer: 42 });
      const fetch = resilientFetch(async () => response);
      return () => fetch('https://api.example.com/v1/answer');
    },
  },
  { name: 'p-retry', prepare: () => pRetryWith(undefined) },
  { name: 'p-retry {retries: 3}', prepare: () => pRetryWith({ retries: 3 }) },
  { name: 'opossum', prepare: () => opossumWith({}) },
  { name: 'opossum {timeout: false}', prepare: () => opossumWith({ timeout: false }) },
  {
    name: 'p-retry {retries: 3} + opossum',
    prepare: async () => {
      const { default: pRetry } = await import('p-retry');
      const fire = await opossumWith({});
      return () => pRetry(fire, { retries: 3 });
    },
  },
  cockatiel('retry', cockatielRetry),
  cockatiel('breaker', cockatielBreaker),
  cockatiel('timeout', cockatielTimeout),
  cockatiel('retry + breaker', (library) =>
    library.wrap(cockatielRetry(library), cockatielBreaker(library)),
  ),
  cockatiel('retry + breaker + timeout + bulkhead', (library) =>
    library.wrap(
      cockatielRetry(library),
      cockatielBreaker(library),
      cockatielTimeout(library),
      library.bulkhead(1000),
    ),
  ),
  {
    name: "cockatiel all four, caller's signal",
    prepare: async () => {
      const library = await import('cockatiel');
      const policy = library.wrap(
        cockatielRetry(library),
        cockatielBreaker(library),
        cockatielTimeout(library),
        library.bulkhead(1000),
      );
      const { signal: callers } = new AbortController();
      return () => policy.execute(async ({ signal }) => signal.aborted, callers);
    },
  },
];

async function pRetryWith(options: { retries: number } | undefined): Promise<Run> {
  const { default: pRetry } = await import('p-retry');
  return () => pRetry(succeed, options);
}

async function opossumWith(options: { timeout?: false }): Promise<Run> {
  const { default: CircuitBreaker } = await import('opossum');
  const breaker = new CircuitBreaker(succeed, options);
  return () => breaker.fire();
}
