import { describe, expect, test } from '@jest/globals';
import { classify, type Classification } from '../../src/index.ts';
import type { FetchArguments } from '../../src/http/fetch-arguments.ts';
import { methodOf, repetitionOf } from '../../src/http/repeatable.ts';
import { obstacleTo, type UnsafeMethods } from '../../src/policies/retry/retry-decision.ts';

const API = 'https://api.example.com/things';
const AFTER_500 = classify({ status: 500 });
const AFTER_503 = classify({ status: 503, headers: { 'retry-after': '1' } });

const whyNotRepeatable = (
  request: FetchArguments,
  classification: Classification,
  mode: UnsafeMethods,
): string | undefined => obstacleTo(repetitionOf(request, classification), classification, mode);

const mayRepeat = (
  init: RequestInit,
  classification = AFTER_500,
  mode: UnsafeMethods = 'when-unprocessed',
): boolean => whyNotRepeatable([API, init], classification, mode) === undefined;

describe('the method of a request', () => {
  test('is that of init, else of the Request, else GET, in capitals', () => {
    const request = new Request(API, { method: 'PUT' });
    expect(methodOf([API])).toBe('GET');
    expect(methodOf([API, { method: 'post' }])).toBe('POST');
    expect(methodOf([request])).toBe('PUT');
    expect(methodOf([request, {}])).toBe('PUT');
    expect(methodOf([request, { method: 'PATCH' }])).toBe('PATCH');
    expect(methodOf([new URL(API)])).toBe('GET');
  });

  test('may be anything that fetch makes text of', () => {
    expect(methodOf([API, { method: 5 as unknown as string }])).toBe('5');
  });
});

describe('a failure that fetch itself has made sure of', () => {
  test('a 421 is not repeated once more', () => {
    expect(mayRepeat({}, classify({ status: 421 }))).toBe(false);
  });

  const hidden = classify({ error: new TypeError('Failed to fetch') });

  test('a failure whose cause the runtime hides is repeated', () => {
    expect(mayRepeat({}, hidden)).toBe(true);
    expect(mayRepeat({ redirect: 'follow', mode: 'cors', integrity: '' }, hidden)).toBe(true);
  });

  test.each<[string, RequestInit]>([
    ['redirect', { redirect: 'error' }],
    ['integrity', { integrity: 'sha256-AAAA' }],
    ['mode', { mode: 'same-origin' }],
    ['cache', { mode: 'same-origin', cache: 'only-if-cached' }],
  ])('it is not where it may be what the request asked for: %s', (_what, init) => {
    expect(mayRepeat(init, hidden)).toBe(false);
    expect(whyNotRepeatable([new Request(API, init)], hidden, 'retry')).toBeDefined();
    expect(mayRepeat(init, classify({ error: new Error('read ECONNRESET') }))).toBe(true);
  });
});

describe('a request that may have been acted on', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY', 'get', 'put'])(
    '%s is repeated whatever the mode',
    (method) => {
      for (const mode of ['when-unprocessed', 'retry', 'never'] as const) {
        expect(mayRepeat({ method }, AFTER_500, mode)).toBe(true);
      }
    },
  );

  test.each(['POST', 'PATCH', 'post', 'LOCK', 'MKCOL'])('%s is not repeated', (method) => {
    expect(whyNotRepeatable([API, { method }], AFTER_500, 'when-unprocessed')).toBe(
      `${method.toUpperCase()} may have been acted on, so it is not repeated; an Idempotency-Key or unsafeMethods: 'retry' allows it`,
    );
  });

  test('POST is repeated where it was not acted on, or where the server says to', () => {
    expect(mayRepeat({ method: 'POST' }, AFTER_503)).toBe(true);
    expect(mayRepeat({ method: 'POST' }, classify({ status: 503 }))).toBe(false);
    const told = classify({ status: 500, headers: { 'x-should-retry': 'true' } });
    expect(mayRepeat({ method: 'POST' }, { ...told, decidedBy: 'hint' })).toBe(true);
  });

  test('POST is repeated where the user says so, and never where the user says never', () => {
    expect(mayRepeat({ method: 'POST' }, AFTER_500, 'retry')).toBe(true);
    expect(mayRepeat({ method: 'POST' }, AFTER_503, 'never')).toBe(false);
  });

  test.each<[string, HeadersInit]>([
    ['a record', { 'Idempotency-Key': 'k' }],
    ['a list', [['idempotency-key', 'k']]],
    ['a Headers', new Headers({ 'IDEMPOTENCY-KEY': 'k' })],
    ['another spelling', { 'X-Idempotency-Key': 'k' }],
  ])('POST with an idempotency key in %s is repeated whatever the mode', (_what, headers) => {
    expect(mayRepeat({ method: 'POST', headers })).toBe(true);
    expect(mayRepeat({ method: 'POST', headers }, AFTER_500, 'never')).toBe(true);
  });

  test('headers in init hide those of the Request, as they do for fetch', () => {
    const request = new Request(API, { method: 'POST', headers: { 'Idempotency-Key': 'k' } });
    expect(whyNotRepeatable([request], AFTER_500, 'when-unprocessed')).toBeUndefined();
    expect(whyNotRepeatable([request, { headers: {} }], AFTER_500, 'when-unprocessed')).toMatch(
      /^POST may have been acted on/,
    );
  });
});

describe('a 425', () => {
  const tooEarly = classify({ status: 425 });

  test('is repeated only for a request that was sent as early data', () => {
    expect(mayRepeat({}, tooEarly)).toBe(false);
    expect(mayRepeat({ headers: { 'Early-Data': '1' } }, tooEarly)).toBe(true);
  });
});
