import { ondemand } from '../../../src/catalogs.ts';
import { resilientFetch, type Fetch, type ResilientFetchOptions } from '../../../src/index.ts';

/** One way to make a fetch survive, and what may be asked of it. */
export interface Way {
  readonly name: string;
  readonly fetch: Fetch;
  /** By when a call must have settled; `undefined` where only its own signal bounds it. */
  readonly deadlineMs: number | undefined;
  /** Whether a request that may have been acted on may be repeated: the ondemand catalog says so. */
  readonly repeatsUnsafe: boolean;
  readonly maxSent: number;
}

export type Weighted<T> = readonly (readonly [T, number])[];

const TOTAL_MS = 2500;

const COMMON: ResilientFetchOptions = {
  catalog: [],
  retry: { maxRetries: 3, baseDelayMs: 20, maxDelayMs: 200, maxRetryAfterMs: 1000 },
  circuitBreaker: {
    mode: 'classic',
    openMs: 200,
    maxOpenMs: 1000,
    minimumCalls: 50,
    failureRatio: 0.9,
  },
  attemptTimeoutMs: 400,
  totalTimeoutMs: TOTAL_MS,
  // One circuit and one pause for each of the places, not for both servers as a whole.
  key: (input) => new URL(typeof input === 'string' ? input : (input as Request).url).pathname,
};

/** The ways in which holdfast is used around `platform`, and how many calls of a hundred go each. */
export function wrappedWays(platform: Fetch, random: () => number): Weighted<Way> {
  const wrap = (inside: Fetch, options: ResilientFetchOptions = {}) =>
    resilientFetch(inside, { ...COMMON, random, ...options });
  const way = (name: string, fetch: Fetch, more: Partial<Way> = {}): Way => ({
    name,
    fetch,
    deadlineMs: TOTAL_MS,
    repeatsUnsafe: false,
    maxSent: 4,
    ...more,
  });
  const paced = { ratePerSecond: 150, burst: 50, maxQueue: 100 };
  const unbounded = { attemptTimeoutMs: false, totalTimeoutMs: false } as const;
  // Were both layers to retry, eight requests could come of one call.
  const inner = wrap(platform, { retry: { ...COMMON.retry, maxRetries: 1 } });
  return [
    [way('standard', wrap(platform)), 30],
    [way('ondemand', wrap(platform, { catalog: ondemand }), { repeatsUnsafe: true }), 20],
    [way('paced', wrap(platform, { rateLimit: paced })), 20],
    [way('watched', wrap(platform, { onEvent: () => {}, circuitBreaker: false })), 10],
    [way('unbounded', wrap(platform, unbounded), { deadlineMs: undefined }), 15],
    [way('nested', wrap(inner)), 5],
  ];
}

/** The platform's fetch by itself: what the same callers cost without holdfast. */
export const bareWays = (platform: Fetch): Weighted<Way> => [
  [{ name: 'bare', fetch: platform, deadlineMs: undefined, repeatsUnsafe: false, maxSent: 1 }, 1],
];
