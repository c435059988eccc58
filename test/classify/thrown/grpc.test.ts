import { describe, expect, test } from '@jest/globals';
import { classifyThrown } from '../../../src/classify/thrown/thrown.ts';

const metadata = (entries: Record<string, string> = {}) => ({
  get: (name: string) => (name in entries ? [entries[name]] : []),
});
const grpcError = (code: number, details = 'details', members: object = {}) =>
  Object.assign(new Error(`${code} NAME: ${details}`), {
    code,
    details,
    metadata: metadata(),
    ...members,
  });

describe('a gRPC status', () => {
  test.each([
    [1, 'CANCELLED', 'fatal'],
    [2, 'UNKNOWN', 'retryable'],
    [3, 'INVALID_ARGUMENT', 'fatal'],
    [4, 'DEADLINE_EXCEEDED', 'retryable'],
    [5, 'NOT_FOUND', 'fatal'],
    [6, 'ALREADY_EXISTS', 'fatal'],
    [7, 'PERMISSION_DENIED', 'fatal'],
    [8, 'RESOURCE_EXHAUSTED', 'throttle'],
    [9, 'FAILED_PRECONDITION', 'fatal'],
    [10, 'ABORTED', 'retryable'],
    [11, 'OUT_OF_RANGE', 'fatal'],
    [12, 'UNIMPLEMENTED', 'fatal'],
    [13, 'INTERNAL', 'retryable'],
    [14, 'UNAVAILABLE', 'retryable'],
    [15, 'DATA_LOSS', 'fatal'],
    [16, 'UNAUTHENTICATED', 'fatal'],
  ])('%i is %s: %s', (number, name, category) => {
    expect(classifyThrown(grpcError(number))).toMatchObject({
      category,
      errorCode: name,
      message: 'details',
      status: undefined,
    });
  });

  test('UNAVAILABLE without a connection was never sent, otherwise it may have been', () => {
    const refused = 'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:9';
    expect(classifyThrown(grpcError(14, refused)).unprocessed).toBe(true);
    expect(classifyThrown(grpcError(14, 'Connection dropped')).unprocessed).toBe(false);
  });

  test('waits as long as grpc-retry-pushback-ms says, and does not retry if it says no', () => {
    const pushed = (ms: string) =>
      grpcError(14, 'busy', { metadata: metadata({ 'grpc-retry-pushback-ms': ms }) });
    expect(classifyThrown(pushed('250'))).toMatchObject({
      category: 'retryable',
      retryAfterMs: 250,
    });
    expect(classifyThrown(pushed('-1'))).toMatchObject({ category: 'fatal', decidedBy: 'hint' });
    expect(classifyThrown(pushed('soon'))).toMatchObject({ category: 'fatal', decidedBy: 'hint' });
  });

  test('waits as long as a decoded RetryInfo says', () => {
    const error = grpcError(8, 'quota', {
      statusDetails: [
        { reason: 'RATE_LIMIT_EXCEEDED' },
        { retryDelay: { seconds: '2', nanos: 500_000_000 } },
      ],
    });
    expect(classifyThrown(error)).toMatchObject({ category: 'throttle', retryAfterMs: 2_500 });
  });

  test('of Connect is read too', () => {
    const error = Object.assign(new Error('[unavailable] no'), {
      code: 14,
      rawMessage: 'no',
      metadata: new Headers(),
    });
    expect(classifyThrown(error)).toMatchObject({ errorCode: 'UNAVAILABLE', message: 'no' });
  });

  test('is not any number in `code`', () => {
    expect(classifyThrown(Object.assign(new Error('x'), { code: 14 })).category).toBe('fatal');
    expect(classifyThrown(Object.assign(new Error('x'), { code: 8 })).errorCode).toBeUndefined();
  });
});
