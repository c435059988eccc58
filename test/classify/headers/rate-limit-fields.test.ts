import { describe, expect, test } from '@jest/globals';
import {
  exhaustedWaitSeconds,
  parseRateLimit,
  parseRateLimitPolicy,
} from '../../../src/classify/headers/rate-limit-fields.ts';

describe('RateLimit', () => {
  test('names each bucket, what remains of it, and when it is renewed', () => {
    expect(parseRateLimit('"hour";r=12;t=900, "day";r=0;t=36000;pk=:cHsdsRa894==:')).toEqual([
      { policy: 'hour', remaining: 12, resetSeconds: 900, quota: undefined },
      { policy: 'day', remaining: 0, resetSeconds: 36_000, quota: undefined },
    ]);
  });

  test('the older triple is one bucket without a name', () => {
    expect(parseRateLimit('limit=100, remaining=50, reset=5')).toEqual([
      { policy: '', remaining: 50, resetSeconds: 5, quota: 100 },
    ]);
  });

  test.each([
    undefined,
    '',
    '"api";r=0;t=55,',
    '"fixed window";"api";r=0',
    'r=0;t=5',
    '"api";R=0',
    '"api',
    '(1 2);r=0',
    '5;r=0;t=1',
    `"${'x'.repeat(4_000)}";r=0;t=1`,
  ])('%j is malformed and says nothing', (field) => {
    expect(parseRateLimit(field)).toEqual([]);
  });

  test('counts that are no counts are left out', () => {
    expect(parseRateLimit('"api";r=-1;t=1.5')).toEqual([
      { policy: 'api', remaining: undefined, resetSeconds: undefined, quota: undefined },
    ]);
  });

  test('the wait is that of the exhausted bucket which takes longest', () => {
    expect(exhaustedWaitSeconds('"a";r=0;t=5, "b";r=0;t=50, "c";r=1;t=500')).toBe(50);
    expect(exhaustedWaitSeconds('"a";r=1;t=5')).toBeUndefined();
    expect(exhaustedWaitSeconds('"a";t=5')).toBeUndefined();
  });
});

describe('RateLimit-Policy', () => {
  test('names the quota, its unit and its window', () => {
    expect(parseRateLimitPolicy('"burst";q=100;w=60, "bytes";q=65535;qu="content-bytes"')).toEqual([
      { policy: 'burst', quota: 100, unit: 'requests', windowSeconds: 60 },
      { policy: 'bytes', quota: 65_535, unit: 'content-bytes', windowSeconds: undefined },
    ]);
  });

  test('the older form has no names', () => {
    expect(parseRateLimitPolicy('10;w=1, 1000;w=3600')).toEqual([
      { policy: '', quota: 10, unit: 'requests', windowSeconds: 1 },
      { policy: '', quota: 1_000, unit: 'requests', windowSeconds: 3_600 },
    ]);
  });

  test('a policy without a quota makes the field worthless', () => {
    expect(parseRateLimitPolicy('"fixed window";"api";q=500;w=300')).toEqual([]);
    expect(parseRateLimitPolicy('"fixed window", "api";q=500;w=300')).toEqual([]);
  });
});
