import type * as Cockatiel from 'cockatiel';
import { loadHoldfast } from './package-under-test.ts';
import { TIMEOUT_MS, type Client, type RequestCase } from './request-cases.ts';

type Answer = Pick<Response, 'text'>;

const readingText =
  (fetch: (url: string) => Promise<Answer>): Client =>
  async (url) => {
    const response = await fetch(url);
    return response.text();
  };

const bare = async () => readingText((url) => globalThis.fetch(url));

export const BARE_FETCH = 'bare fetch';
export const FETCH_WITH_SIGNAL = 'fetch with AbortSignal.timeout';
export const FETCH_DEFAULTS = 'holdfast, defaults';
export const FETCH_NO_TIMEOUTS = 'holdfast, no timeouts';

/** What users put around fetch. All are compared with the first; the second shows the noise. */
export const FETCH_CASES: readonly RequestCase[] = [
  { name: BARE_FETCH, prepare: bare },
  { name: 'bare fetch once more (the noise)', prepare: bare },
  {
    name: FETCH_WITH_SIGNAL,
    prepare: async () =>
      readingText((url) => globalThis.fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })),
  },
  {
    name: FETCH_NO_TIMEOUTS,
    prepare: async () => {
      const { resilientFetch } = await loadHoldfast();
      return readingText(
        resilientFetch(undefined, { attemptTimeoutMs: false, totalTimeoutMs: false }),
      );
    },
  },
  {
    name: FETCH_DEFAULTS,
    prepare: async () => {
      const { resilientFetch } = await loadHoldfast();
      return readingText(resilientFetch());
    },
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
    name: 'ky {timeout: false}',
    prepare: async () => {
      const { default: ky } = await import('ky');
      const client = ky.create({ timeout: false });
      return readingText((url) => client(url));
    },
  },
  {
    name: 'ky',
    prepare: async () => {
      const { default: ky } = await import('ky');
      const client = ky.create({ timeout: TIMEOUT_MS });
      return readingText((url) => client(url));
    },
  },
  {
    name: 'cockatiel retry + breaker',
    prepare: async () => {
      const library = await import('cockatiel');
      const policy = library.wrap(...retryAndBreaker(library));
      return readingText((url) => policy.execute(() => globalThis.fetch(url)));
    },
  },
  {
    name: 'cockatiel retry + breaker + timeout + bulkhead',
    prepare: async () => {
      const library = await import('cockatiel');
      const policy = library.wrap(
        ...retryAndBreaker(library),
        library.timeout(TIMEOUT_MS, library.TimeoutStrategy.Aggressive),
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

function retryAndBreaker(library: typeof Cockatiel) {
  const { handleAll } = library;
  return [
    library.retry(handleAll, { maxAttempts: 3, backoff: new library.ExponentialBackoff() }),
    library.circuitBreaker(handleAll, {
      halfOpenAfter: 5000,
      breaker: new library.SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
    }),
  ] as const;
}
