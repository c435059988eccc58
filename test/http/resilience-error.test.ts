import { describe, expect, test } from '@jest/globals';
import { refusal, type Classification } from '../../src/core/classification.ts';
import {
  AbortedError,
  NetworkError,
  TimeoutError,
  UnexpectedError,
  withoutStack,
  type FailureDetails,
} from '../../src/core/errors.ts';
import { HttpError } from '../../src/http/http-error.ts';
import { isResilienceError, type ResilienceError } from '../../src/http/resilience-error.ts';
import { CircuitOpenError } from '../../src/policies/circuit-breaker/circuit-open-error.ts';
import { RateLimitedError } from '../../src/policies/rate-limit/rate-limited-error.ts';

const details: FailureDetails = {
  key: 'https://api.example.com',
  attempts: [],
  classification: {
    ...(refusal('throttle', 'too fast', 1500.2) as Classification),
    errorCode: 'rate_limit_exceeded',
    message: 'Slow down',
  },
};
const response = new Response('secret body', { status: 429, headers: { 'x-token': 'secret' } });

const ALL: readonly [ResilienceError['kind'], ResilienceError, RegExp][] = [
  [
    'http',
    new HttpError(429, response, details),
    /^https:\/\/api\.example\.com answered 429 rate_limit_exceeded \(throttle\): Slow down$/,
  ],
  ['network', new NetworkError(details), /^No answer from https:\/\/api\.example\.com: /],
  ['timeout', new TimeoutError(250, details), /did not answer within 250 ms$/],
  ['aborted', new AbortedError(details), /was aborted by its caller$/],
  ['circuit-open', new CircuitOpenError(details), /is open .*; come back in 1501 ms$/],
  ['rate-limited', new RateLimitedError('too fast', details), /too fast; come back in 1501 ms$/],
  ['unexpected', new UnexpectedError(details), /ended in an unexpected error: Slow down$/],
];

describe('every error', () => {
  test.each(ALL)(
    '%s carries its kind, key, attempts, classification and wait',
    (kind, error, words) => {
      expect(error.kind).toBe(kind);
      expect(error.key).toBe('https://api.example.com');
      expect(error.attempts).toEqual([]);
      expect(error.classification.errorCode).toBe('rate_limit_exceeded');
      expect(error.retryAfterMs).toBe(1500.2);
      expect(error.message).toMatch(words);
      expect(error.name).toBe(error.constructor.name);
      expect(isResilienceError(error)).toBe(true);
    },
  );

  test.each(ALL)(
    '%s can be logged: nothing of headers, bodies or causes is in it',
    (_kind, error) => {
      const logged = JSON.stringify(error);
      expect(logged).toContain('retryAfterMs');
      expect(logged).not.toContain('secret');
      expect(Object.keys(error)).not.toContain('response');
    },
  );

  test('has a cause only if it was given one, which may be undefined', () => {
    expect('cause' in new NetworkError(details)).toBe(false);
    const caused = new NetworkError({ ...details, cause: undefined });
    expect('cause' in caused).toBe(true);
    expect(new NetworkError({ ...details, cause: response }).cause).toBe(response);
  });

  test('says so where nobody knows how long it lasts', () => {
    const classification = refusal('retryable', 'forced open', undefined);
    const error = new CircuitOpenError({ ...details, classification });
    expect(error.message).toMatch(/it is not known for how long$/);
    expect(error.retryAfterMs).toBeUndefined();
  });

  test('is known also if another copy of holdfast made it, and nothing else is', () => {
    const foreign = Object.assign(new Error('x'), { kind: 'timeout', classification: {} });
    expect(isResilienceError(foreign)).toBe(true);
    const others = [undefined, null, 'timeout', {}, new Error('x'), { kind: 'timeout' }];
    expect(others.some(isResilienceError)).toBe(false);
  });
});

describe('an error without a stack', () => {
  test('walks no stack, and leaves the limit as it was', () => {
    const before = Error.stackTraceLimit;
    const made = withoutStack(() => new TypeError('cheap'));
    expect(made.stack).not.toMatch(/\n\s+at /);
    expect(Error.stackTraceLimit).toBe(before);
    expect(() =>
      withoutStack(() => {
        throw new RangeError('while it is made');
      }),
    ).toThrow(RangeError);
    expect(Error.stackTraceLimit).toBe(before);
  });
});
