import { describe, expect, test } from '@jest/globals';
import { classify } from '../../src/classify/classify.ts';
import { defineCatalog } from '../../src/classify/catalog/catalog.ts';
import { SUCCESS } from '../../src/core/classification.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
const error = (status: number, body?: unknown, headers?: Record<string, string>) =>
  classify({ status, body, headers }, { now: NOW });

describe('trust, highest first', () => {
  const catalog = defineCatalog({
    name: 'acme',
    hosts: ['acme.test'],
    codes: {
      rate_limit_exceeded: 'fatal',
      odd: { category: 'throttle', statuses: [400], source: 'acme.test/errors' },
    },
    statuses: { 418: 'throttle', 409: 'fatal' },
  });

  test('an explicit hint of the server overrules every code and status', () => {
    const body = { code: 'rate_limit_exceeded' };
    expect(
      classify({ status: 429, body, headers: { 'x-should-retry': 'false' } }, { catalog }),
    ).toMatchObject({
      category: 'fatal',
      decidedBy: 'hint',
      rule: expect.stringContaining('x-should-retry'),
    });
    expect(error(400, {}, { 'stripe-should-retry': 'true' })).toMatchObject({
      category: 'retryable',
      decidedBy: 'hint',
    });
    expect(error(400, { error: { code: 'x', retryable: true } }).category).toBe('retryable');
    expect(error(500, { error: { code: 'x', retryable: false } }).category).toBe('fatal');
  });

  test('a hint to retry a rate limit leaves it a throttle', () => {
    expect(error(429, { code: 'rate_limited' }, { 'x-should-retry': 'true' })).toMatchObject({
      category: 'throttle',
      decidedBy: 'hint',
    });
  });

  test('the catalog overrules the words of a code', () => {
    expect(
      classify({ status: 429, body: { code: 'rate_limit_exceeded' } }, { catalog }),
    ).toMatchObject({ category: 'fatal', decidedBy: 'catalog' });
  });

  test('a catalog row holds only with its statuses', () => {
    expect(classify({ status: 400, body: { code: 'odd' } }, { catalog })).toMatchObject({
      category: 'throttle',
      decidedBy: 'catalog',
      rule: 'acme: code "odd"',
    });
    expect(classify({ status: 404, body: { code: 'odd' } }, { catalog }).category).toBe('fatal');
  });

  test('the first of several catalogs with an opinion decides', () => {
    const other = defineCatalog({ name: 'other', codes: { odd: 'retryable' } });
    expect(
      classify({ status: 400, body: { code: 'odd' } }, { catalog: [other, catalog] }).category,
    ).toBe('retryable');
  });

  test('the words of a code overrule headers and status', () => {
    expect(error(403, { code: 'account_suspended' }, { 'retry-after': '5' })).toMatchObject({
      category: 'fatal',
      decidedBy: 'code',
    });
    expect(error(400, { code: 'RequestTimeout' })).toMatchObject({ category: 'retryable' });
  });

  test('other headers overrule the status', () => {
    expect(error(403, {}, { 'x-ratelimit-remaining': '0' })).toMatchObject({
      category: 'throttle',
      decidedBy: 'header',
    });
    expect(error(403, {}, { 'retry-after': '5' })).toMatchObject({ category: 'throttle' });
    expect(error(413, {}, { 'retry-after': '5' })).toMatchObject({ category: 'retryable' });
    expect(error(404, {}, { 'retry-after': '5' })).toMatchObject({ category: 'fatal' });
    expect(error(404, {}, { 'x-ratelimit-remaining': '0' })).toMatchObject({ category: 'fatal' });
  });

  test("a catalog's statuses overrule HTTP's own", () => {
    expect(classify({ status: 418 }, { catalog })).toMatchObject({
      category: 'throttle',
      decidedBy: 'catalog',
    });
  });

  test('without anything else the status decides', () => {
    expect(error(429)).toMatchObject({ category: 'throttle', decidedBy: 'status' });
    expect(error(500)).toMatchObject({ category: 'retryable', decidedBy: 'status' });
    expect(error(400)).toMatchObject({ category: 'fatal', decidedBy: 'status' });
  });
});

describe('statuses by themselves', () => {
  test.each([
    [400, 'fatal'],
    [401, 'fatal'],
    [402, 'fatal'],
    [403, 'fatal'],
    [404, 'fatal'],
    [405, 'fatal'],
    [408, 'retryable'],
    [410, 'fatal'],
    [412, 'fatal'],
    [413, 'fatal'],
    [418, 'fatal'],
    [420, 'throttle'],
    [421, 'retryable'],
    [422, 'fatal'],
    [423, 'retryable'],
    [425, 'retryable'],
    [429, 'throttle'],
    [430, 'throttle'],
    [431, 'fatal'],
    [440, 'fatal'],
    [451, 'fatal'],
    [494, 'fatal'],
    [498, 'fatal'],
    [499, 'retryable'],
    [500, 'retryable'],
    [501, 'fatal'],
    [502, 'retryable'],
    [503, 'retryable'],
    [504, 'retryable'],
    [505, 'fatal'],
    [507, 'fatal'],
    [509, 'throttle'],
    [511, 'fatal'],
    [520, 'retryable'],
    [521, 'retryable'],
    [522, 'retryable'],
    [523, 'retryable'],
    [524, 'retryable'],
    [525, 'retryable'],
    [526, 'fatal'],
    [529, 'throttle'],
    [530, 'retryable'],
    [598, 'retryable'],
    [599, 'retryable'],
    [456, 'fatal'],
    [555, 'retryable'],
  ])('%d is %s', (status, category) => {
    expect(error(status).category).toBe(category);
  });

  test.each([100, 200, 204, 206, 301, 304, 399])('%d is a success', (status) => {
    expect(error(status)).toBe(SUCCESS);
  });
});

describe('unprocessed', () => {
  test.each([421, 425, 429, 509, 521, 529])('a %d shows that nothing was done', (status) => {
    expect(error(status).unprocessed).toBe(true);
  });

  test.each([400, 408, 409, 423, 500, 502, 503, 504, 524])('a %d does not', (status) => {
    expect(error(status).unprocessed).toBe(false);
  });

  test('neither does a hint or a catalog make it so', () => {
    const catalog = defineCatalog({ name: 'acme', codes: { odd: 'retryable' } });
    expect(error(500, {}, { 'x-should-retry': 'true' }).unprocessed).toBe(false);
    expect(classify({ status: 500, body: { code: 'odd' } }, { catalog }).unprocessed).toBe(false);
  });

  test('the code of a throttle does below 500, and an overload on a 503', () => {
    expect(error(400, { code: 'ThrottlingException' }).unprocessed).toBe(true);
    expect(error(503, { code: 'ServerBusy' }).unprocessed).toBe(true);
    expect(error(500, { code: 'rate_limit_exceeded' }).unprocessed).toBe(false);
  });
});

describe('the same words in any spelling', () => {
  test.each([
    'RateLimitExceeded',
    'rateLimitExceeded',
    'rate_limit_exceeded',
    'rate-limit-exceeded',
    'RATE_LIMIT_EXCEEDED',
    'rate.limit.exceeded',
    'Rate Limit Exceeded',
    'RATE_LIMITED',
    'ratelimited',
    'RateLimit',
    'RATELIMITED',
    'Throttling',
    'THROTTLED',
    'ThrottlingException',
    'RequestThrottled',
    'TooManyRequests',
    'TOO_MANY_REQUESTS',
    'too_many_requests',
    'SlowDown',
    'com.amazon.coral.availability#ThrottlingException',
    'APIRateLimitExceeded',
    'HTTPTooManyRequests',
    'Throttling.User',
    'userRateLimitExceeded',
    'ProvisionedThroughputExceededException',
  ])('%s on a 400 is a throttle', (code) => {
    expect(error(400, { error: { code, message: 'x' } }).category).toBe('throttle');
  });

  test.each([
    [409, 'AlreadyExists', 'fatal'],
    [409, 'ALREADY_EXISTS', 'fatal'],
    [409, 'BucketAlreadyExists', 'fatal'],
    [409, 'ConcurrentModification', 'retryable'],
    [409, 'lock_timeout', 'retryable'],
    [409, 'idempotency_key_in_use', 'retryable'],
    [409, 'TransactionInProgressException', 'retryable'],
    [400, 'external_key_validation_timed_out', 'retryable'],
    [400, 'authorization_pending', 'retryable'],
    [400, 'DEADLOCK_DETECTED', 'retryable'],
    [400, 'UNABLE_TO_LOCK_ROW', 'retryable'],
    [403, 'RequestTimeTooSkewed', 'fatal'],
    [429, 'insufficient_quota', 'fatal'],
    [429, 'contract_spend_limit_reached', 'fatal'],
    [402, 'RESOURCE_EXHAUSTED', 'fatal'],
    [429, 'RESOURCE_EXHAUSTED', 'throttle'],
    [403, 'dailyLimitExceeded', 'fatal'],
    [403, 'quotaExceeded', 'fatal'],
    [429, 'quota_exceeded', 'throttle'],
    [409, 'LimitExceeded', 'fatal'],
    [413, 'rate_limit_exceeded', 'fatal'],
    [404, 'timeout', 'fatal'],
    [500, 'DATA_LOSS', 'fatal'],
    [500, 'NotImplemented', 'fatal'],
    [500, 'VALIDATION_ERROR', 'fatal'],
    [503, 'forbidden', 'retryable'],
    [429, 'forbidden', 'throttle'],
    [503, 'SlowDown', 'throttle'],
    [503, 'server_busy', 'throttle'],
    [500, 'internal_error', 'retryable'],
    [400, 'internal_error', 'fatal'],
  ])('%d %s is %s', (status, code, category) => {
    expect(error(status, { error: { code, message: 'x' } }).category).toBe(category);
  });
});

describe('what only the message says', () => {
  test.each([
    [403, 'You have exceeded a secondary rate limit. Please wait a few minutes.', 'throttle'],
    [400, 'Temporarily unavailable, try again later', 'retryable'],
    [400, 'The timeout must be positive', 'fatal'],
    [400, 'Your rate of requests is too high', 'throttle'],
    [401, 'rate limit', 'fatal'],
    [404, 'try again later', 'fatal'],
    [409, 'Name already taken, please select a different name and try again', 'fatal'],
    [409, 'The object was updated by another request. Please try again.', 'retryable'],
    [409, 'Conflict', 'retryable'],
    [409, 'Git Repository is empty.', 'fatal'],
    [429, 'Request too large for this model: reduce the size of your prompt', 'fatal'],
    [429, 'You have no credit remaining', 'fatal'],
    [429, 'Please add credits: try again in 5s', 'throttle'],
    [429, 'You have reached your daily quota', 'fatal'],
    [503, 'The model is overloaded', 'throttle'],
    [500, 'Not found', 'retryable'],
  ])('%d "%s" is %s', (status, message, category) => {
    expect(error(status, { message }).category).toBe(category);
  });
});

describe('a 2xx with a body', () => {
  test.each([
    [{ errors: [{ message: 'x', extensions: { code: 'THROTTLED' } }] }, 'throttle'],
    [{ data: null, errors: [{ message: 'Could not resolve', type: 'NOT_FOUND' }] }, 'fatal'],
    [{ ok: false, error: 'internal_error' }, 'retryable'],
    [{ error: 'slow_down', error_description: 'x' }, 'throttle'],
    [{ error: { code: 503, message: 'x' } }, 'retryable'],
    ['<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>', 'throttle'],
    [
      'event: error\ndata: {"error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
      'throttle',
    ],
  ])('%j is the error that it is', (body, category) => {
    expect(error(200, body).category).toBe(category);
  });

  test.each([
    {},
    [],
    '',
    'ok',
    'rate limit exceeded',
    { ok: true },
    { error: null, data: 1 },
    { errors: [] },
    { error: '' },
    { message: 'try again later' },
    { status: 'FAILED', id: 1 },
    { code: 0, msg: 'ok' },
    { success: true, error: {} },
    '<html><title>Rate limit</title></html>',
    { error: [] },
    '<DeleteResult><Deleted/><Error><Code>AccessDenied</Code></Error></DeleteResult>',
    { items: [{ error: { code: 500, message: 'x' } }] },
    { code: 200, message: 'fine' },
  ])('%j is a success', (body) => {
    expect(error(200, body)).toBe(SUCCESS);
  });
});

describe('forms of headers', () => {
  test.each([
    ['Headers', new Headers({ 'Retry-After': '3' })],
    ['a Map', new Map([['Retry-After', '3']])],
    ['a record', { 'RETRY-AFTER': '3' }],
    ['a record of lists', { 'retry-after': ['3'] }],
    ['a record of numbers', { 'retry-after': 3 }],
    ['pairs', [['Retry-After', '3']] as [string, string][]],
    ['raw headers', ['Retry-After', '3']],
  ])('%s', (_name, headers) => {
    expect(classify({ status: 429, headers: headers as never }).retryAfterMs).toBe(3_000);
  });
});
