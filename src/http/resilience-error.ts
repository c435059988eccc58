import {
  isFailure,
  type AbortedError,
  type NetworkError,
  type TimeoutError,
  type UnexpectedError,
} from '../core/errors.ts';
import type { CircuitOpenError } from '../policies/circuit-breaker/circuit-open-error.ts';
import type { RateLimitedError } from '../policies/rate-limit/rate-limited-error.ts';
import type { HttpError } from './http-error.ts';

/** Every way in which a call can fail: a closed union, so that a `switch` on `kind` is complete. */
export type ResilienceError =
  | HttpError
  | NetworkError
  | TimeoutError
  | AbortedError
  | CircuitOpenError
  | RateLimitedError
  | UnexpectedError;

const KINDS: readonly ResilienceError['kind'][] = [
  'http',
  'network',
  'timeout',
  'aborted',
  'circuit-open',
  'rate-limited',
  'unexpected',
];

/**
 * Whether a value is one of holdfast's errors, also one of another copy of holdfast. Never throws.
 *
 * @example
 * if (isResilienceError(error)) console.warn(error.kind, error.retryAfterMs);
 */
export const isResilienceError = (value: unknown): value is ResilienceError =>
  isFailure(value) && KINDS.includes(value.kind as ResilienceError['kind']);
