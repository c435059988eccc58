import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { classifyThrown } from '../../../src/classify/thrown/thrown.ts';

const CATEGORIES = ['retryable', 'throttle', 'fatal'];

function isClassification(value: unknown): boolean {
  const { category, errorCode, message, retryAfterMs, unprocessed, decidedBy, rule } =
    classifyThrown(value);
  const isText = (text: unknown) => text === undefined || typeof text === 'string';
  return (
    CATEGORIES.includes(category) &&
    isText(errorCode) &&
    isText(message) &&
    (retryAfterMs === undefined || (Number.isFinite(retryAfterMs) && retryAfterMs >= 0)) &&
    typeof unprocessed === 'boolean' &&
    typeof decidedBy === 'string' &&
    rule !== ''
  );
}

const MEMBERS = [
  'name',
  'message',
  'code',
  'errorCode',
  'errno',
  'syscall',
  'status',
  'statusCode',
  'cause',
  'errors',
  'response',
  'headers',
  'data',
  'body',
  'error',
  'raw',
  'details',
  'metadata',
  'statusDetails',
  'kind',
  'classification',
  'type',
  'stack',
  '$metadata',
  '$retryable',
  'graphQLErrors',
  'severity',
  'constructor',
];
const WORDS = fc.constantFrom(
  'ECONNRESET',
  'TypeError',
  'fetch failed',
  'AbortError',
  'timeout',
  'P1001',
  '40001',
  'rate-limited',
  'UND_ERR_SOCKET',
  'slack_webapi_rate_limited_error',
  '429',
);
const NUMBERS = fc.oneof(fc.integer({ min: -10, max: 700 }), fc.double());

// Shallow: depth comes from the errors themselves, whose members nest below.
const ANYTHING = fc.anything({
  maxDepth: 1,
  maxKeys: 3,
  withNullPrototype: true,
  withBigInt: true,
  withMap: true,
  withTypedArray: true,
});

/** Errors of every shape: known members with unlikely values, nested as libraries nest them. */
const thrownValue = fc.letrec((again) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    ANYTHING,
    WORDS,
    NUMBERS,
    fc.array(again('error'), { maxLength: 3 }),
    again('error'),
  ),
  error: fc
    .dictionary(fc.constantFrom(...MEMBERS), again('value'), { maxKeys: 6 })
    .map((members) => {
      const error = new Error('made');
      // V8 formats a stack when something first touches the error, and would trip over a message
      // that is no text; that is the generator's trouble, not the classifier's.
      error.stack = 'Error: made';
      for (const [member, value] of Object.entries(members)) {
        Object.defineProperty(error, member, { value, configurable: true, writable: true });
      }
      return error;
    }),
}));

// Tens of thousands of stack traces are what would take the time here.
const { stackTraceLimit } = Error;
beforeAll(() => void (Error.stackTraceLimit = 0));
afterAll(() => void (Error.stackTraceLimit = stackTraceLimit));

describe('whatever is thrown', () => {
  test('gets a classification: nothing makes the classifier throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), thrownValue.error, thrownValue.value), isClassification),
      { numRuns: 10_000 },
    );
  });

  test('gets a classification even if every member throws when it is read', () => {
    const hostile = new Proxy(new Error('x'), {
      get() {
        throw new Error('no');
      },
      has() {
        throw new Error('no');
      },
      ownKeys() {
        throw new Error('no');
      },
    });
    expect(isClassification(hostile)).toBe(true);
    const wrapped = new Error('outer', { cause: hostile });
    expect(isClassification(wrapped)).toBe(true);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(isClassification(revoked.proxy)).toBe(true);
    expect(isClassification(Object.assign(new Error('x'), { errors: revoked.proxy }))).toBe(true);
  });

  test('gets a classification in bounded time, however wide, deep or long it is', () => {
    const wide = new AggregateError(Array.from({ length: 100_000 }, () => new Error('x')));
    const endless: unknown = new Proxy(
      {},
      { get: (_target, member) => (member === 'cause' ? endless : undefined) },
    );
    const bottomless = (): object =>
      new Proxy(new Error('b'), {
        get: (target, member, receiver) =>
          member === 'cause' ? bottomless() : Reflect.get(target, member, receiver),
      });
    const long = Object.assign(new Error('http://'.repeat(1_000_000)), {
      code: 'E'.repeat(1_000_000),
    });
    const began = performance.now();
    for (const error of [wide, endless, bottomless(), long])
      expect(isClassification(error)).toBe(true);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
