import { loadHoldfast } from './package-under-test.ts';

/** A request, its body read to the end; around a bare or a wrapped fetch. */
export interface FetchCase {
  readonly name: string;
  readonly prepare: () => Promise<(url: string) => Promise<string>>;
}

const bare = async () => readingText((url) => globalThis.fetch(url));

const readingText = (fetch: (url: string) => Promise<Response>) => async (url: string) => {
  const response = await fetch(url);
  return response.text();
};

/** What users put around fetch; the first is what all are compared with, the second how exact that is. */
export const FETCH_CASES: readonly FetchCase[] = [
  { name: 'bare fetch', prepare: bare },
  { name: 'bare fetch once more (the noise)', prepare: bare },
  {
    name: 'holdfast, defaults',
    prepare: async () => {
      const { resilientFetch } = await loadHoldfast();
      return readingText(resilientFetch());
    },
  },
  {
    name: 'holdfast, no timeouts',
    prepare: async () => {
      const { resilientFetch } = await loadHoldfast();
      return readingText(
        resilientFetch(undefined, { attemptTimeoutMs: false, totalTimeoutMs: false }),
      );
    },
  },
  {
    name: 'fetch with AbortSignal.timeout',
    prepare: async () =>
      readingText((url) => globalThis.fetch(url, { signal: AbortSignal.timeout(300_000) })),
  },
  {
    name: 'p-retry {retries: 3}',
    prepare: async () => {
      const { default: pRetry } = await import('p-retry');
      return readingText((url) => pRetry(() => globalThis.fetch(url), { retries: 3 }));
    },
  },
  {
    name: 'opossum',
    prepare: async () => {
      const { default: CircuitBreaker } = await import('opossum');
      const breaker = new CircuitBreaker((url: string) => globalThis.fetch(url));
      return readingText((url) => breaker.fire(url));
    },
  },
  {
    name: 'cockatiel retry + breaker + timeout + bulkhead',
    prepare: async () => {
      const library = await import('cockatiel');
      const { handleAll } = library;
      const policy = library.wrap(
        library.retry(handleAll, { maxAttempts: 3, backoff: new library.ExponentialBackoff() }),
        library.circuitBreaker(handleAll, {
          halfOpenAfter: 5000,
          breaker: new library.SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
        }),
        library.timeout(300_000, library.TimeoutStrategy.Aggressive),
        library.bulkhead(1000),
      );
      // cockatiel aborts its signal when the operation ends, so the body is read within it.
      return (url) =>
        policy.execute(async ({ signal }) => {
          const response = await globalThis.fetch(url, { signal });
          return response.text();
        });
    },
  },
];
