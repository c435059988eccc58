import { describe, expect, test } from '@jest/globals';
import { classify, type Failure } from '../../src/classify/classify.ts';
import { healthOf } from '../../src/core/classification.ts';

const read = (status: number, body?: unknown, headers?: Record<string, string>) =>
  classify({ status, body, headers } as Failure);

const HEROKU =
  '<!DOCTYPE html><html><head><title>Application Error</title></head><body></body></html>';

describe('the words of a message', () => {
  test.each([
    [403, 'You have exceeded a secondary rate limit.', 'throttle'],
    [500, 'Payment captured; webhook delivery: rate limit exceeded', 'throttle'],
    [409, 'A refund is in progress', 'retryable'],
    [400, 'Temporary failure, try again later', 'retryable'],
  ])('on a %d, "%s" may repeat what is idempotent, and no more', (status, message, category) => {
    const classification = read(status, { message });
    expect(classification).toMatchObject({ category, decidedBy: 'prose', unprocessed: false });
  });

  test('may stop a retry', () => {
    const told = read(429, { message: 'Request too large: prompt is too long' });
    expect(told).toMatchObject({ category: 'fatal', decidedBy: 'prose' });
  });

  test('that only say what the status says are not the evidence', () => {
    expect(read(429, { message: 'Rate limit exceeded' }).decidedBy).toBe('status');
    expect(read(400, { message: 'name must be a string' }).decidedBy).toBe('status');
  });

  test('that turn a code are prose, and so is a wait in them', () => {
    const body = { code: 'quota_exceeded', message: 'Quota exceeded. Try again in 10 hours.' };
    expect(read(403, body)).toMatchObject({
      category: 'throttle',
      decidedBy: 'prose',
      retryAfterMs: 36_000_000,
      retryAfterFrom: 'prose',
      unprocessed: false,
    });
    expect(read(403, body, { 'retry-after': '5' })).toMatchObject({ decidedBy: 'code' });
  });

  test('say nothing of the health of the server', () => {
    expect(healthOf(read(400, { message: 'rate limit try again in 10 hours' }))).toBe('healthy');
  });
});

describe('what may repeat the words of the caller', () => {
  test.each(['data', 'params', 'parameters', 'input', 'context', 'result', 'metadata'])(
    'gives no hint under "%s"',
    (member) => {
      const body = { message: 'Validation failed', [member]: { retryable: true, retry_after: 60 } };
      expect(read(422, body)).toMatchObject({
        category: 'fatal',
        decidedBy: 'status',
        retryAfterMs: undefined,
      });
    },
  );

  test('gives a wait to its own call only', () => {
    const body = { ok: false, error_code: 429, parameters: { retry_after: 35 } };
    expect(read(429, body)).toMatchObject({ retryAfterMs: 35_000, retryAfterFrom: 'prose' });
  });

  test('gives a code that counts as prose, and on a 400, 409 or 422 as nothing', () => {
    const body = { error: { message: 'x', data: { code: 'TOO_MANY_REQUESTS' } } };
    expect(read(403, body)).toMatchObject({
      category: 'throttle',
      decidedBy: 'prose',
      unprocessed: false,
    });
    for (const status of [400, 409, 422]) expect(read(status, body).category).toBe('fatal');
  });

  test('is not the input of a validation error', () => {
    const input = { retryable: true, retry_after: 86_400, message: 'Too many requests' };
    const detail = [{ type: 'missing', loc: ['body', 'name'], msg: 'Field required', input }];
    expect(read(422, { detail })).toMatchObject({ category: 'fatal', retryAfterMs: undefined });
  });

  test('is a quotation: on a 400, 409 or 422 it is not read', () => {
    for (const message of [
      "Title 'Server overloaded, slow down' is too similar to another",
      'Unknown city "rate limit try again in 10 hours"',
      'No parser for value [busy]',
    ]) {
      expect(read(400, { message }).category).toBe('fatal');
    }
  });
});

describe('a hint of the server', () => {
  test.each<[string, unknown]>([
    ['at the top level', { message: 'm', retryable: true }],
    ['in the error object', { error: { message: 'm', retryable: true } }],
    ['in an error of a list', { errors: [{ message: 'm', retryable: true }] }],
  ])('counts %s', (_where, body) => {
    expect(read(400, body)).toMatchObject({
      category: 'retryable',
      decidedBy: 'hint',
      unprocessed: true,
    });
  });

  test('counts in a RetryInfo, which names its kind', () => {
    const info = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '41s' };
    const body = { error: { code: 429, message: 'm', details: [info] } };
    expect(read(429, body)).toMatchObject({ retryAfterMs: 41_000, retryAfterFrom: 'body' });
  });
});

describe('that nothing was done is shown', () => {
  test.each<[string, boolean, Failure]>([
    ['by a 429', true, { status: 429 }],
    ['by a bare 503', false, { status: 503 }],
    ["by Heroku's page for a request that took too long", false, { status: 503, body: HEROKU }],
    [
      'by Envoy, for a connection that ended after the request',
      false,
      {
        status: 503,
        body: 'upstream connect error or disconnect/reset before headers. reset reason: connection termination',
      },
    ],
    ['by a 503 with a Retry-After', true, { status: 503, headers: { 'retry-after': '2' } }],
    ['by a 503 with a code of overload', true, { status: 503, body: { code: 'ServerBusy' } }],
    ['by a 503 whose words say so', false, { status: 503, body: { message: 'Server is busy' } }],
    ['by a 500 with a code of a throttle', false, { status: 500, body: { code: 'SlowDown' } }],
    ['by a 502 with a Retry-After', false, { status: 502, headers: { 'retry-after': '2' } }],
    ['by a 504', false, { status: 504, body: { message: 'rate limit exceeded' } }],
  ])('%s: %s', (_what, unprocessed, failure) => {
    expect(classify(failure).unprocessed).toBe(unprocessed);
  });
});

describe('words of refusal', () => {
  test.each([
    'INVALID_BURST',
    'invalid_rate_limit',
    'retry_not_allowed',
    'timeout_must_be_positive',
    'unsupported_throughput_mode',
    'retry_already_scheduled',
    'invalid_maintenance_window',
    'InvalidThroughput',
  ])('outweigh the noun beside them: %s is fatal on a 400', (code) => {
    expect(read(400, { code }).category).toBe('fatal');
  });

  test('do not make a 429 fatal', () => {
    expect(read(429, { code: 'too_many_invalid_requests' }).category).toBe('throttle');
  });

  test.each([
    'burst must be at most 10 per second',
    'Ensure this value is less than or equal to 100 requests per second.',
    'Throughput is invalid: 5 per second',
  ])('outweigh it in a sentence too: "%s"', (message) => {
    expect(read(400, { message }).category).toBe('fatal');
  });
});

describe('an address in a message', () => {
  test.each([
    'See https://docs.example.com/too-many-requests/retry-later for help.',
    'See docs.example.com/errors/rate-limit and /docs/rate-limits/per-second',
    'busy@example.com is no user',
  ])('is not read: "%s"', (message) => {
    expect(read(400, { message }).category).toBe('fatal');
    expect(read(403, { message }).category).toBe('fatal');
  });
});

describe('on a 429', () => {
  test.each([
    'You have exceeded 60 requests per minute. Please upgrade your plan.',
    'Too many requests. See https://example.com/billing to raise your limits.',
    'Rate limit reached. Add a payment method to increase it.',
  ])('the words of a throttle outweigh an advertisement: "%s"', (message) => {
    expect(read(429, { message }).category).toBe('throttle');
  });

  test.each(['Your credit balance is too low.', 'Please check your billing details.'])(
    'money alone is fatal: "%s"',
    (message) => {
      expect(read(429, { message }).category).toBe('fatal');
    },
  );
});

describe('a Retry-After', () => {
  test.each([400, 401, 404, 422])('does not make a %d worth repeating', (status) => {
    const classification = read(status, { message: 'm' }, { 'retry-after': '5' });
    expect(classification).toMatchObject({ category: 'fatal', retryAfterMs: 5_000 });
  });

  test.each([409, 413, 403])('makes a %d pass', (status) => {
    expect(read(status, undefined, { 'retry-after': '5' }).category).not.toBe('fatal');
  });
});
