import { describe, expect, test } from '@jest/globals';
import { classify } from '../../../src/classify/classify.ts';
import type { HeadersLike } from '../../../src/classify/headers/response-headers.ts';

const NOW = Date.UTC(2026, 0, 15, 12);

function waitOf(headers: HeadersLike, body?: unknown, status = 429): number | undefined {
  return classify({ status, headers, body }, { now: NOW }).retryAfterMs;
}

describe('waits that a server states', () => {
  test.each([
    ['retry-after', '2', 2_000],
    ['Retry-After', '0.1', 100],
    ['RETRY-AFTER', 'Thu, 15 Jan 2026 12:00:30 GMT', 30_000],
    ['retry-after', 'Thursday, 15-Jan-26 12:00:30 GMT', 30_000],
    ['retry-after', 'Thu Jan 15 12:00:30 2026', 30_000],
    ['retry-after', 'Thu, 15 Jan 2026 12:00:60 GMT', 60_000],
    // Digits are seconds, however many: never an epoch, and no more than a timer can hold.
    ['retry-after', '1768478420', 2 ** 31 - 1],
    ['retry-after', '99999999999', 2 ** 31 - 1],
    ['retry-after-ms', '644', 644],
    ['grpc-retry-pushback-ms', '50', 50],
    ['ratelimit-reset', '1', 1_000],
    ['ratelimit-reset', '1768478420', 20_000],
    ['x-rate-limit-reset', '1768478420', 20_000],
    ['x-ratelimit-retry-after', '3', 3_000],
    ['x-ms-retry-after-ms', '2500', 2_500],
    ['x-amz-retry-after', '1500', 1_500],
    ['x-ratelimit-reset-after', '64.57', 64_570],
    ['x-ratelimit-reset', '1768478420', 20_000],
    ['x-ratelimit-reset', '1768478420000', 20_000],
    ['x-ratelimit-reset', '20', 20_000],
    ['x-ratelimit-reset', '2026-01-15T12:00:20Z', 20_000],
    ['x-vendor-ratelimit-reset', '20', 20_000],
    ['ratelimit', '"api";r=0;t=55', 55_000],
    ['ratelimit', 'limit=100, remaining=0, reset=5', 5_000],
  ])('%s: %s is a wait of %d ms', (name, value, wait) => {
    expect(waitOf({ [name]: value })).toBe(wait);
  });

  test.each([
    ['retry-after', '0'],
    ['retry-after', 'Thu, 15 Jan 2026 11:00:00 GMT'],
    ['retry-after', 'Thursday, 15-Jan-77 12:00:00 GMT'],
    ['retry-after-ms', '0'],
    ['x-ratelimit-reset', '0'],
    ['retry-after', '1e3'],
    ['retry-after', '0x10'],
    ['retry-after', '-1'],
    ['retry-after', '+5'],
    ['retry-after', 'soon'],
    ['retry-after', ''],
    ['retry-after', 'Thu, 32 Jan 2026 12:00:00 GMT'],
    ['retry-after', 'Thu Jan 15 2026 12:00:30 GMT'],
    ['retry-after', '2026-01-15T12:00:30Z'],
    ['x-amz-retry-after', 'abc'],
    ['ratelimit-reset', ''],
    ['ratelimit', '"api";r=1;t=55'],
    ['ratelimit', '"api";r=0;t=-5'],
    ['ratelimit', '"a";"b";r=0;t=55'],
    ['x-ratelimit-reset-requests', '6m0s'],
    ['x-ratelimit-reset', 'tomorrow'],
  ])('%s: %s is none', (name, value) => {
    expect(waitOf({ [name]: value })).toBeUndefined();
  });

  test('a reset beside something remaining is none', () => {
    expect(waitOf({ 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': '60' })).toBeUndefined();
    expect(waitOf({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' })).toBe(60_000);
    expect(waitOf({ 'x-ratelimit-remaining': '0.0', 'x-ratelimit-reset': '60' })).toBe(60_000);
  });

  test('a reset on a success, or beside an error that no waiting mends, is none', () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' };
    expect(waitOf(headers, undefined, 200)).toBeUndefined();
    expect(waitOf(headers, undefined, 404)).toBeUndefined();
    expect(waitOf(headers, undefined, 500)).toBeUndefined();
  });

  test('of several buckets the exhausted ones count, and of those the longest wait', () => {
    const headers = {
      'x-ratelimit-remaining-minute': '0',
      'x-ratelimit-reset-minute': '30',
      'x-ratelimit-remaining-hour': '0',
      'x-ratelimit-reset-hour': '900',
      'x-ratelimit-remaining-day': '500',
      'x-ratelimit-reset-day': '40000',
    };
    expect(waitOf(headers)).toBe(900_000);
    expect(waitOf({ ratelimit: '"minute";r=0;t=10, "hour";r=0;t=60, "day";r=9;t=5000' })).toBe(
      60_000,
    );
  });

  test.each(['-1', 'abc', ''])('a gRPC pushback of "%s" forbids the retry', (pushback) => {
    const failure = { status: 503, headers: { 'grpc-retry-pushback-ms': pushback } };
    expect(classify(failure)).toMatchObject({ category: 'fatal', decidedBy: 'hint' });
  });

  test('of several waits the longest counts', () => {
    expect(waitOf({ 'retry-after': '3, 3' })).toBe(3_000);
    expect(waitOf({ 'retry-after': '3, 7' })).toBe(7_000);
    expect(
      waitOf([
        ['retry-after', '3'],
        ['retry-after', '3'],
      ]),
    ).toBe(3_000);
    const dates = 'Thu, 15 Jan 2026 12:00:30 GMT, Thu, 15 Jan 2026 12:00:40 GMT';
    expect(waitOf({ 'retry-after': dates })).toBe(40_000);
    expect(waitOf({ 'retry-after-ms': '0', 'retry-after': '9' })).toBe(9_000);
    expect(waitOf({ 'retry-after': '10', 'x-amz-retry-after': '8500' })).toBe(10_000);
    expect(waitOf({ 'retry-after': '1' }, { retry_after: 9 })).toBe(9_000);
  });

  test('whole seconds that are a finer wait rounded up give way to it', () => {
    expect(waitOf({ 'retry-after-ms': '10', 'retry-after': '1' })).toBe(10);
    expect(waitOf({ 'retry-after': '65' }, { retry_after: 64.57 })).toBe(64_570);
  });

  test('Retry-After comes before every reset', () => {
    expect(waitOf({ 'retry-after': '1', ratelimit: '"api";r=0;t=55' })).toBe(1_000);
  });

  test("a moment is read against the response's own Date, not the client's clock", () => {
    const date = 'Thu, 15 Jan 2026 11:59:50 GMT';
    expect(waitOf({ date, 'retry-after': 'Thu, 15 Jan 2026 11:59:53 GMT' })).toBe(3_000);
    const reset = String(Date.UTC(2026, 0, 15, 11, 59, 55) / 1e3);
    expect(waitOf({ date, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset })).toBe(5_000);
    expect(waitOf({ date: 'yesterday', 'retry-after': 'Thu, 15 Jan 2026 12:00:03 GMT' })).toBe(
      3_000,
    );
  });

  test('a wait of 0 stands where nothing was throttled', () => {
    expect(waitOf({ 'retry-after': '0' }, undefined, 503)).toBe(0);
  });

  test('a 0 or a negative count on a throttle is no hint, and gives way to one', () => {
    const azure = { 'x-ratelimit-remaining-tokens': '-1', 'x-ratelimit-reset-tokens': '0' };
    expect(waitOf(azure)).toBeUndefined();
    expect(waitOf({ 'x-ratelimit-remaining': '-1', 'x-ratelimit-reset': '60' })).toBeUndefined();
    expect(waitOf({ 'retry-after': '0' }, { retry_after: 4 })).toBe(4_000);
    expect(waitOf({ 'retry-after': '-5', 'x-ratelimit-reset': '60' })).toBe(60_000);
  });

  test('a bucket that says when it is full again is waited for until one request fits', () => {
    const openai = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '6m0s',
    };
    expect(waitOf(openai)).toBe(6_000);
    const anthropic = {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-01-15T12:01:00Z',
    };
    expect(waitOf(anthropic)).toBe(1_200);
    const tokens = Object.fromEntries(
      Object.entries(anthropic).map(([name, value]) => [name.replace('requests', 'tokens'), value]),
    );
    expect(waitOf(tokens)).toBeUndefined();
  });

  test('says where it was read', () => {
    const from = (headers: HeadersLike, body?: unknown) =>
      classify({ status: 429, headers, body }, { now: NOW }).retryAfterFrom;
    expect(from({ 'retry-after': '1' })).toBe('header');
    expect(from({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9' })).toBe('header');
    expect(from({}, { error: { message: 'm', retry_after: 3 } })).toBe('body');
    expect(from({}, { message: 'Try again in 10 hours' })).toBe('prose');
    expect(from({}, { message: 'm', data: { retry_after: 3 } })).toBe('prose');
    expect(from({})).toBeUndefined();
  });

  test('an unusable Retry-After does not give way to a guess', () => {
    expect(waitOf({ 'retry-after': '1e3', 'x-ratelimit-reset': '60' })).toBeUndefined();
    expect(waitOf({ 'retry-after': '', 'ratelimit-reset': '60' })).toBeUndefined();
  });

  test.each([
    [{ retry_after: 1.5 }, 1_500],
    [{ retryAfterMs: 250 }, 250],
    [{ error: { details: [{ retryDelay: '56.5s' }] } }, 56_500],
    [{ error: { details: [{ retryDelay: { seconds: '3', nanos: 500_000_000 } }] } }, 3_500],
    [{ parameters: { retry_after: 35 }, description: 'Too Many Requests' }, 35_000],
    [{ error: 'loading', estimated_time: 20.4 }, 20_400],
    [{ error: { resets_at: 1_768_478_460 } }, 60_000],
    [{ message: 'Please try again in 41.724s.' }, 41_724],
    [{ message: 'Please try again in 16m0.768s.' }, 960_768],
    [{ message: "Please try again after '6' seconds." }, 6_000],
    [{ message: 'Quota will be replenished in 07:43:12.' }, 27_792_000],
    [{ message: 'Request was throttled. Expected available in 35 seconds.' }, 35_000],
    [{ message: 'Slow down; retry in 2 minutes' }, 120_000],
    [{ message: 'Wait until later; try again after 2026-01-15T12:00:30Z' }, 30_000],
    [{ message: 'please wait a few minutes before you try again' }, undefined],
    [{ message: 'no response in less than 60 seconds' }, undefined],
    [{ message: 'Limit: 15 requests per 60s' }, undefined],
    [{ message: 'try again', interval: 5 }, undefined],
    [{ error: 'slow_down', interval: 5 }, 5_000],
  ])('a 429 with %j states %p ms', (body, wait) => {
    expect(waitOf({}, body)).toBe(wait);
  });
});
