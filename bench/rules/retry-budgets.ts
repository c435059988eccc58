import { fullJitter } from './backoff.ts';
import type { MakeRule } from './rule.ts';
import { SlidingCount } from './sliding-counts.ts';

/**
 * gRPC proposal A6: −1 for a failure, +`tokenRatio` for a success; no retry at half of the tokens or
 * below. The numbers are those of its example.
 */
export const grpcThrottling =
  (maxTokens = 10, tokenRatio = 0.1): MakeRule =>
  () => {
    let tokens = maxTokens;
    return {
      ended(_attempt, outcome) {
        tokens =
          outcome === 'answered'
            ? Math.min(maxTokens, tokens + tokenRatio)
            : Math.max(0, tokens - 1);
      },
      retryInMs: () => (tokens > maxTokens / 2 ? 0 : undefined),
    };
  };

/**
 * Marc Brooker's token bucket ("Fixing retries with token buckets and circuit breakers", 2022): a
 * retry costs a token, a success gives a tenth. His code credits each call at its start instead.
 */
export const brookerBucket =
  (credit: 'success' | 'start' = 'success', size = 5, ratio = 0.1): MakeRule =>
  () => {
    let tokens = size;
    const deposit = () => void (tokens = Math.min(size, tokens + ratio));
    return {
      sent({ number }) {
        if (credit === 'start' && number === 1) deposit();
      },
      ended(_attempt, outcome) {
        if (credit === 'success' && outcome === 'answered') deposit();
      },
      retryInMs() {
        if (tokens <= 1) return undefined;
        tokens -= 1;
        return 0;
      },
    };
  };

/** Google's SRE book, chapter 21: three attempts, and retries below 10 % of the requests of 2 minutes. */
export const sreBudget =
  (ratio = 0.1): MakeRule =>
  ({ now }) => {
    const firsts = new SlidingCount(120_000, 60);
    const retries = new SlidingCount(120_000, 60);
    return {
      sent: ({ number }) => (number > 1 ? retries : firsts).add(now()),
      retryInMs({ number }) {
        const repeated = retries.total(now());
        const isWithin = repeated < ratio * (firsts.total(now()) + repeated);
        return number < 3 && isWithin ? 0 : undefined;
      },
    };
  };

/** Finagle's RetryBudget: 20 % of the requests of ten seconds, and ten a second beside. */
export const finagleBudget =
  (percent = 0.2, minRetriesPerSecond = 10): MakeRule =>
  ({ now }) => {
    const requests = new SlidingCount(10_000, 10);
    const retries = new SlidingCount(10_000, 10);
    return {
      sent({ number }) {
        if (number === 1) requests.add(now());
      },
      retryInMs() {
        const balance =
          requests.total(now()) * percent + minRetriesPerSecond * 10 - retries.total(now());
        if (balance < 1) return undefined;
        retries.add(now());
        return 0;
      },
    };
  };

/** Envoy's retry budget: 20 % of what is in flight, three at least; its router's backoff. */
export const envoyBudget =
  (budgetPercent = 0.2, minRetryConcurrency = 3): MakeRule =>
  ({ random }) => {
    let active = 0;
    let activeRetries = 0;
    const count = (number: number, change: 1 | -1) => {
      active += change;
      if (number > 1) activeRetries += change;
    };
    return {
      sent: ({ number }) => count(number, 1),
      ended: ({ number }) => count(number, -1),
      retryInMs: ({ number }) =>
        activeRetries < Math.max(minRetryConcurrency, budgetPercent * active)
          ? fullJitter(random, number, 25, 250)
          : undefined,
    };
  };
