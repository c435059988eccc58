import Bottleneck from 'bottleneck';
import { resilientFetch } from 'holdfast';
import type { Client, ClientParts } from 'holdfast/simulator';
import { usageLimits, usageOf, type UsageRequest } from 'holdfast/usage';
import { RateLimiterMemory, RateLimiterQueue } from 'rate-limiter-flexible';
import type { Contender } from '../simulated/contenders.ts';

export const TOKENS_PER_MINUTE = 30_000;
/** The tokens of a call, evenly spread. */
export const LEAST_TOKENS = 100;
export const MOST_TOKENS = 4_000;
/** So many calls of the mean size use the limit up. */
const CALLS_PER_MINUTE = Math.floor((2 * TOKENS_PER_MINUTE) / (LEAST_TOKENS + MOST_TOKENS));
const MINUTE_MS = 60_000;
const MAX_RETRIES = 3;

/** What the caller reckons with: it stands in the body. */
const estimateIn = (body: unknown): number =>
  (JSON.parse(String(body)) as { readonly estimate: number }).estimate;

/** A caller reads its answer to the end. */
const reading =
  (fetch: (url: string, init: RequestInit) => Promise<Response>): Client =>
  async (url, init) => {
    const response = await fetch(url, init);
    await response.text();
    return response;
  };

const holdfastWith = (name: string, refill: 'evenly' | 'rolling'): Contender => ({
  name,
  kind: 'library',
  makeClient:
    () =>
    ({ fetch, clock, random }: ClientParts) => {
      const cost = ({ body }: UsageRequest): number => estimateIn(body);
      const tokens = TOKENS_PER_MINUTE;
      const limits = [{ per: 'minute', tokens, cost, settle: usageOf, refill }] as const;
      const rateLimit = usageLimits({ clock, limits });
      return reading(
        resilientFetch(fetch, {
          clock,
          random,
          rateLimit,
          totalTimeoutMs: false,
          retry: { unsafeMethods: 'retry' },
        }),
      );
    },
});

/** What a client with nothing but a number of requests, or of points, does about a 429. */
async function retried(parts: ClientParts, url: string, init: RequestInit): Promise<Response> {
  for (let attempt = 0; ; attempt += 1) {
    const response = await parts.fetch(url, init);
    if (response.status !== 429 || attempt === MAX_RETRIES) return response;
    const seconds = Number(response.headers.get('retry-after'));
    await new Promise<void>((resolve) => void setTimeout(resolve, 1_000 * seconds));
  }
}

const ofPackage = (name: string, makeClient: (parts: ClientParts) => Client): Contender => ({
  name,
  kind: 'package',
  makeClient: () => makeClient,
});

export const USAGE_LIMITS = holdfastWith('holdfast, tokens', 'evenly');
export const USAGE_LIMITS_ROLLING = holdfastWith('holdfast, tokens, rolling', 'rolling');

/** Without any limit that is configured: it learns a pace in requests. */
export const LEARNED: Contender = {
  name: 'holdfast, no limit set',
  kind: 'library',
  makeClient:
    () =>
    ({ fetch, clock, random }: ClientParts) =>
      reading(
        resilientFetch(fetch, {
          clock,
          random,
          totalTimeoutMs: false,
          retry: { unsafeMethods: 'retry' },
        }),
      ),
};

/** One call each time that a call of the mean size would have its tokens. */
export const BOTTLENECK_REQUESTS = ofPackage('bottleneck, requests', (parts) => {
  const limiter = new Bottleneck({ minTime: MINUTE_MS / CALLS_PER_MINUTE });
  return reading((url, init) => limiter.schedule(() => retried(parts, url, init)));
});

/** Its reservoir counts weights: the estimates are taken, and never settled. */
export const BOTTLENECK_WEIGHTS = ofPackage('bottleneck, reservoir of weights', (parts) => {
  const limiter = new Bottleneck({
    reservoir: TOKENS_PER_MINUTE,
    reservoirRefreshAmount: TOKENS_PER_MINUTE,
    reservoirRefreshInterval: MINUTE_MS,
  });
  return reading((url, init) => {
    const weight = Math.min(Math.round(estimateIn(init.body)), TOKENS_PER_MINUTE);
    return limiter.schedule({ weight }, () => retried(parts, url, init));
  });
});

/** Its queue knows requests only. */
export const FLEXIBLE_REQUESTS = ofPackage('rate-limiter-flexible, requests', (parts) => {
  const limiter = new RateLimiterMemory({ points: CALLS_PER_MINUTE, duration: 60 });
  const queue = new RateLimiterQueue(limiter, { maxQueueSize: 10_000 });
  return reading(async (url, init) => {
    await queue.removeTokens(1);
    return retried(parts, url, init);
  });
});
