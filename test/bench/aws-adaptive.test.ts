import { describe, expect, test } from '@jest/globals';
import { AwsRateLimiter, Cubic } from '../../bench/rules/aws-adaptive.ts';

/**
 * The published vectors of adaptive mode: smithy-lang/smithy-kotlin at 6373a5f,
 * AdaptiveRetryIntegrationTestResources (Apache-2.0); of the end-to-end case the full digits, as in
 * smithy-lang/smithy-rs at 56ee88c, client_rate_limiter.rs.
 */
const TOLERANCE = 1e-6;

const CUBIC_AFTER_SUCCESSES = [
  [5, 7],
  [6, 9.64893600966],
  [7, 10.000030849917364],
  [8, 10.453284520772092],
  [9, 13.408697022224185],
  [10, 21.26626835427364],
  [11, 36.425998516920465],
] as const;

const CUBIC_WITH_THROTTLES = [
  ['success', 5, 7],
  ['success', 6, 9.64893600966],
  ['throttle', 7, 6.754255206761999],
  ['throttle', 8, 4.727978644733399],
  ['success', 9, 6.606547753887045],
  ['success', 10, 6.763279816944947],
  ['success', 11, 7.598174833907107],
  ['success', 12, 11.511232804773524],
] as const;

/** Moment, whether it is a throttle, the measured rate, the rate of the bucket. */
const END_TO_END = [
  [0.2, false, 0, 0.5],
  [0.4, false, 0, 0.5],
  [0.6, false, 4.8, 0.5],
  [0.8, false, 4.8, 0.5],
  [1, false, 4.16, 0.5],
  [1.2, false, 4.16, 0.6912],
  [1.4, false, 4.16, 1.0976],
  [1.6, false, 5.632, 1.6384],
  [1.8, false, 5.632, 2.3328],
  [2, true, 4.3264, 3.02848],
  [2.2, false, 4.3264, 3.48663917347026],
  [2.4, false, 4.3264, 3.821874416040255],
  [2.6, false, 5.66528, 4.053385727709987],
  [2.8, false, 5.66528, 4.200373108479454],
  [3, false, 4.333056, 4.282036558348658],
  [3.2, true, 4.333056, 2.99742559084406],
  [3.4, false, 4.333056, 3.4522263943863463],
] as const;

const expectNear = (value: number, expected: number) =>
  expect(Math.abs(value - expected)).toBeLessThan(TOLERANCE);

describe('the rule of AWS, adaptive', () => {
  test('has the published rates of CUBIC after successes', () => {
    const cubic = new Cubic(10, 5);
    for (const [at, rate] of CUBIC_AFTER_SUCCESSES) expectNear(cubic.afterSuccess(at), rate);
  });

  test('has the published rates of CUBIC with throttles among them', () => {
    const cubic = new Cubic(10, 5);
    let rate = 0;
    for (const [response, at, expected] of CUBIC_WITH_THROTTLES) {
      rate = response === 'success' ? cubic.afterSuccess(at) : cubic.afterThrottle(rate, at);
      expectNear(rate, expected);
    }
  });

  test('has the published sending rates from end to end', () => {
    const limiter = new AwsRateLimiter(0);
    for (const [at, isThrottle, measuredRate, fillRate] of END_TO_END) {
      limiter.answered(isThrottle, at);
      expectNear(limiter.measuredRate, measuredRate);
      expectNear(limiter.fillRate, fillRate);
    }
  });

  test('holds nobody back before the first throttle, and paces afterwards', () => {
    const limiter = new AwsRateLimiter(0);
    for (let count = 0; count < 100; count += 1) expect(limiter.acquire(0)).toBe(0);
    for (let count = 1; count <= 100; count += 1) limiter.answered(count === 100, count / 100);
    const waitS = limiter.acquire(1);
    expect(waitS).toBeGreaterThan(0);
    expect(waitS).toBeLessThan(1 / limiter.fillRate);
    expect(limiter.acquire(1 + waitS / 2)).toBeGreaterThan(0);
    expect(limiter.acquire(1 + waitS + 1e-9)).toBe(0);
  });
});
