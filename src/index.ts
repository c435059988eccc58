export {
  SUCCESS,
  type Category,
  type Classification,
  type DecidedBy,
} from './core/classification.ts';
export { systemClock, type Clock, type Timer } from './core/clock.ts';
export type { AttemptEndedEvent } from './core/attempt-events.ts';
export type { Attempt } from './core/attempt.ts';
export type { CallOptions, Operation, OperationContext } from './core/call.ts';
export type { Priority } from './core/priority.ts';
export type { Cancellation } from './core/cancellation.ts';
export type { Context, HoldsBack, Next, Objection, Place } from './core/context.ts';
export type { PolicyDefinition } from './core/define-policy.ts';
export {
  AbortedError,
  NetworkError,
  TimeoutError,
  UnexpectedError,
  type FailureDetails,
} from './core/errors.ts';
export type {
  CallIdentity,
  EventListener,
  PolicyEvent,
  RefusedEvent,
  ResilienceEvent,
  ResilienceEvents,
} from './core/events.ts';
export type { EndedStream, Gate, Wrap } from './core/layers.ts';
export { OptionError } from './core/options.ts';
export type { OutcomeReader, Repetition } from './core/outcome-reader.ts';
export type { Policy } from './core/policy.ts';
export type { PolicyOptions, RandomPolicyOptions } from './core/policy-options.ts';
export { protect } from './core/protect.ts';
export type { AttemptNotes, AttemptReport, CallReport } from './core/report.ts';
export {
  defineCatalog,
  type Catalog,
  type CatalogDefinition,
  type CatalogEntry,
  type CatalogRule,
  type CodeOf,
} from './classify/catalog/catalog.ts';
export { classify } from './classify/classify.ts';
export { classifyResponse } from './classify/response.ts';
export {
  EVENT_STREAMS_DEFAULTS,
  eventStreams,
  type EventStreamsOptions,
} from './classify/streams/event-streams.ts';
export type { StreamFailedEvent } from './classify/streams/stream-outcome.ts';
export type { StreamReading, StreamTimes } from './classify/streams/stream-reading.ts';
export { CIRCUIT_BREAKER_DEFAULTS } from './policies/circuit-breaker/adaptive-options.ts';
export type { CircuitBreakerOptions } from './policies/circuit-breaker/circuit-breaker-options.ts';
export { CLASSIC_CIRCUIT_DEFAULTS } from './policies/circuit-breaker/classic-options.ts';
export {
  circuitBreaker,
  type CircuitBreakerPolicy,
} from './policies/circuit-breaker/circuit-breaker.ts';
export type { CircuitChangedEvent } from './policies/circuit-breaker/circuit-events.ts';
export { CircuitOpenError } from './policies/circuit-breaker/circuit-open-error.ts';
export type { CircuitSnapshot, CircuitState } from './policies/circuit-breaker/circuit-state.ts';
export {
  ADAPTIVE_LIMIT_DEFAULTS,
  adaptiveLimit,
  type AdaptiveLimitOptions,
} from './policies/concurrency-limit/adaptive-limit.ts';
export { concurrencyLimit } from './policies/concurrency-limit/concurrency-limit.ts';
export {
  CONCURRENCY_LIMIT_DEFAULTS,
  type ConcurrencyLimitOptions,
} from './policies/concurrency-limit/concurrency-limit-options.ts';
export type {
  ConcurrencyRule,
  EndedAttempt,
  MovingLimit,
} from './policies/concurrency-limit/moving-limit.ts';
export {
  fallback,
  type FailedOutcome,
  type FallbackFailedEvent,
  type FallbackOptions,
  type FallbackUsedEvent,
  type LastGood,
} from './policies/fallback.ts';
export { hedge, type HedgePolicy } from './policies/hedge/hedge.ts';
export type { HedgedEvent } from './policies/hedge/hedge-events.ts';
export { HEDGE_DEFAULTS, type HedgeOptions } from './policies/hedge/hedge-options.ts';
export type { Jitter } from './policies/retry/backoff.ts';
export {
  controlOf,
  type CircuitReading,
  type ConcurrencyReading,
  type Control,
  type HedgingReading,
  type KeyState,
  type PaceReading,
  type PauseReading,
  type SharedStopReading,
  type SharingReading,
  type StoreReading,
  type UsageReading,
} from './policies/control.ts';
export {
  RETRY_BUDGET_DEFAULTS,
  retryBudget,
  type BudgetReading,
  type RetryBudget,
  type RetryBudgetOptions,
} from './policies/retry-budget.ts';
export { RETRY_DEFAULTS, retry, type RetryOptions } from './policies/retry/retry.ts';
export type { UnsafeMethods } from './policies/retry/retry-decision.ts';
export type { GaveUpEvent, RetryScheduledEvent } from './policies/retry/retry-events.ts';
export { timeout, type TimedOutEvent, type TimeoutOptions } from './policies/timeout.ts';
export type { KeyPausedEvent, QueuedEvent } from './policies/rate-limit/rate-limit-events.ts';
export { RateLimitedError } from './policies/rate-limit/rate-limited-error.ts';
export { tokenBucket } from './policies/rate-limit/token-bucket.ts';
export {
  TOKEN_BUCKET_DEFAULTS,
  type TokenBucketOptions,
} from './policies/rate-limit/token-bucket-options.ts';
export { asMiddleware } from './http/as-middleware.ts';
export { bufferResponses } from './http/buffer-responses.ts';
export {
  COALESCE_DEFAULTS,
  coalesce,
  type CoalesceOptions,
  type CoalescedEvent,
} from './http/coalesce/coalesce.ts';
export type {
  EndpointBackEvent,
  EndpointOutEvent,
  FailedOverEvent,
} from './http/endpoints/endpoint-events.ts';
export {
  ENDPOINTS_DEFAULTS,
  type EndpointOptions,
  type EndpointsOptions,
  type ExtraAttemptBudget,
  type RewrittenRequest,
} from './http/endpoints/endpoints-options.ts';
export { endpoints } from './http/endpoints/endpoints.ts';
export {
  compose,
  type Fetch,
  type FetchLike,
  type Middleware,
  type ResponseLike,
  type Wrapped,
} from './http/fetch.ts';
export type { FetchCallOptions, WithCallOptions } from './http/fetch-call-options.ts';
export type { NestedRetryEvent } from './http/announced-retries.ts';
export type { KeyOf, MiddlewareOptions } from './http/middleware-options.ts';
export type { IdempotencyKeyOption } from './http/idempotency-key.ts';
export { HttpError } from './http/http-error.ts';
export { LAST_GOOD_DEFAULTS, lastGood, type LastGoodOptions } from './http/last-good/last-good.ts';
export type { ResponseStore, StoredResponse } from './http/last-good/stored-response.ts';
export { orThrow } from './http/or-throw.ts';
export { definePolicy, pipeline } from './http/pipeline.ts';
export { reportOf } from './http/report.ts';
export { isResilienceError, type ResilienceError } from './http/resilience-error.ts';
export { resilientFetch } from './http/resilient-fetch.ts';
export {
  RESILIENT_FETCH_DEFAULTS,
  type KeyedStackOptions,
  type ReadyMadeLayers,
  type ResilientFetchOptions,
} from './http/standard-stack.ts';
