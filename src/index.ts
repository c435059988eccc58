export {
  SUCCESS,
  type Category,
  type Classification,
  type DecidedBy,
} from './core/classification.ts';
export { systemClock, type Clock, type Timer } from './core/clock.ts';
export type { CallOptions, Operation, OperationContext } from './core/call.ts';
export {
  AbortedError,
  CircuitOpenError,
  HttpError,
  NetworkError,
  RateLimitedError,
  TimeoutError,
  UnexpectedError,
  isResilienceError,
  type ResilienceError,
} from './core/errors.ts';
export type {
  AttemptFailedEvent,
  CircuitChangedEvent,
  EventListener,
  GaveUpEvent,
  KeyPausedEvent,
  NestedRetryEvent,
  QueuedEvent,
  RefusedEvent,
  ResilienceEvent,
  RetryScheduledEvent,
  TimedOutEvent,
} from './core/events.ts';
export type { Interpreter, UnsafeMethods } from './core/interpreter.ts';
export { OptionError } from './core/options.ts';
export { pipeline, protect, type Policy } from './core/policy.ts';
export type { AttemptReport, CallReport } from './core/report.ts';
export type { Cancellation } from './core/cancellation.ts';
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
  CIRCUIT_BREAKER_DEFAULTS,
  circuitBreaker,
  type CircuitBreakerOptions,
  type CircuitBreakerPolicy,
} from './policies/circuit-breaker/circuit-breaker.ts';
export type { CircuitSnapshot, CircuitState } from './policies/circuit-breaker/circuit.ts';
export type { Jitter } from './policies/retry/backoff.ts';
export { RETRY_DEFAULTS, retry, type RetryOptions } from './policies/retry/retry.ts';
export { timeout, type TimeoutOptions } from './policies/timeout.ts';
export {
  TOKEN_BUCKET_DEFAULTS,
  tokenBucket,
  type TokenBucketOptions,
} from './policies/rate-limit/token-bucket.ts';
export { asMiddleware, type KeyOf, type MiddlewareOptions } from './http/as-middleware.ts';
export { bufferResponses } from './http/buffer-responses.ts';
export { compose, type Fetch, type Middleware } from './http/fetch.ts';
export { reportOf } from './http/report.ts';
export {
  RESILIENT_FETCH_DEFAULTS,
  resilientFetch,
  type ResilientFetchOptions,
} from './http/resilient-fetch.ts';
