export {
  SUCCESS,
  type Category,
  type Classification,
  type DecidedBy,
} from './core/classification.ts';
export { systemClock, type Clock, type Timer } from './core/clock.ts';
export type { Attempt } from './core/attempt.ts';
export type { CallOptions, Operation, OperationContext } from './core/call.ts';
export type { Cancellation } from './core/cancellation.ts';
export type { Context, Next, Objection, Place } from './core/context.ts';
export type { PolicyDefinition } from './core/define-policy.ts';
export { TimeoutError, type FailureDetails } from './core/errors.ts';
export type {
  EventListener,
  PolicyEvent,
  RefusedEvent,
  ResilienceEvent,
  ResilienceEvents,
} from './core/events.ts';
export type { Gate, Wrap } from './core/layers.ts';
export { OptionError } from './core/options.ts';
export type { OutcomeReader, Repetition } from './core/outcome-reader.ts';
export type { Policy } from './core/policy.ts';
export type { PolicyOptions, RandomPolicyOptions } from './core/policy-options.ts';
export { protect } from './core/protect.ts';
export type { AttemptNotes, AttemptReport, CallReport } from './core/report.ts';
export type { Catalog, CatalogEntry, CatalogRule } from './classify/catalog/catalog.ts';
export type { CircuitBreakerOptions } from './policies/circuit-breaker/circuit-breaker-options.ts';
export type { CircuitChangedEvent } from './policies/circuit-breaker/circuit-events.ts';
export { CircuitOpenError } from './policies/circuit-breaker/circuit-open-error.ts';
export type { CircuitState } from './policies/circuit-breaker/circuit-state.ts';
export type { Jitter } from './policies/retry/backoff.ts';
export {
  retryBudget,
  type BudgetReading,
  type RetryBudget,
  type RetryBudgetOptions,
} from './policies/retry-budget.ts';
export { retry, type RetryOptions } from './policies/retry/retry.ts';
export type { UnsafeMethods } from './policies/retry/retry-decision.ts';
export type { GaveUpEvent, RetryScheduledEvent } from './policies/retry/retry-events.ts';
export { timeout, type TimedOutEvent, type TimeoutOptions } from './policies/timeout.ts';
export type { KeyPausedEvent, QueuedEvent } from './policies/rate-limit/rate-limit-events.ts';
export { RateLimitedError } from './policies/rate-limit/rate-limited-error.ts';
export type { TokenBucketOptions } from './policies/rate-limit/token-bucket-options.ts';
export { compose, type Fetch, type Middleware } from './http/fetch.ts';
export type { NestedRetryEvent } from './http/announced-retries.ts';
export type { KeyOf, MiddlewareOptions } from './http/middleware-options.ts';
export type { IdempotencyKeyOption } from './http/idempotency-key.ts';
export { reportOf } from './http/report.ts';
export type { ResilientFetchOptions } from './http/standard-stack.ts';
export { asMiddleware } from './lite/as-middleware.ts';
export { circuitBreaker, type CircuitBreakerPolicy } from './lite/circuit-breaker.ts';
export { definePolicy, pipeline } from './lite/pipeline.ts';
export { resilientFetch } from './lite/resilient-fetch.ts';
export { tokenBucket } from './lite/token-bucket.ts';
