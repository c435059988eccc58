import { jest } from '@jest/globals';
import type { OperationContext } from '../../../src/core/call.ts';
import type { RetryOptions } from '../../../src/policies/retry/retry.ts';

/** An operation that fails with these, one after the other, and then gives its attempt's number. */
export function failingWith(failures: readonly unknown[], startedAt: number[] = [], now = () => 0) {
  const left = [...failures];
  return jest.fn(({ attempt }: OperationContext): number => {
    startedAt.push(now());
    if (left.length > 0) throw left.shift();
    return attempt;
  });
}

/** Waits that a test can tell beforehand: 100, 200, 400, … */
export const PLAIN: RetryOptions = { jitter: 'none', baseDelayMs: 100, maxDelayMs: 1000 };
