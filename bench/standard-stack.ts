import type {
  CircuitBreakerOptions,
  CircuitBreakerPolicy,
  Policy,
  RetryOptions,
  TokenBucketOptions,
} from 'holdfast';
import type { Holdfast } from './package-under-test.ts';

/** What `resilientFetch` puts around a fetch, with its defaults, as a policy for any operation. */
export function standardStack(
  { pipeline, timeout, retry, tokenBucket, circuitBreaker, RESILIENT_FETCH_DEFAULTS }: Holdfast,
  parts: {
    readonly retry?: RetryOptions;
    readonly rateLimit?: TokenBucketOptions;
    readonly circuitBreaker?: CircuitBreakerOptions;
    readonly breaker?: CircuitBreakerPolicy;
  } = {},
): Policy {
  const { totalTimeoutMs, attemptTimeoutMs } = RESILIENT_FETCH_DEFAULTS;
  return pipeline(
    timeout({ timeoutMs: Number(totalTimeoutMs) }),
    retry(parts.retry),
    tokenBucket(parts.rateLimit),
    parts.breaker ?? circuitBreaker(parts.circuitBreaker),
    timeout({ timeoutMs: Number(attemptTimeoutMs) }),
  );
}
