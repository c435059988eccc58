import { expect, test } from '@jest/globals';
import { stripe } from '../../src/catalogs/stripe.ts';
import { classify, type Failure } from '../../src/classify/classify.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

test.each<[string, Failure, { decidedBy: string; rule: RegExp }]>([
  [
    'a hint of the server’s',
    { status: 400, headers: { 'x-should-retry': 'true' } },
    { decidedBy: 'hint', rule: /x-should-retry/ },
  ],
  [
    'the words of a code',
    { status: 400, headers: JSON_TYPE, body: { error: { code: 'ThrottlingException' } } },
    { decidedBy: 'code', rule: /ThrottlingException/ },
  ],
  [
    'another header',
    { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' } },
    { decidedBy: 'header', rule: /exhausted rate limit/ },
  ],
  ['a status', { status: 503 }, { decidedBy: 'status', rule: /503/ }],
  [
    'a network error',
    { error: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) },
    { decidedBy: 'network', rule: /ECONNREFUSED|refused/ },
  ],
  [
    'the caller',
    { error: new DOMException('stop', 'AbortError') },
    { decidedBy: 'caller', rule: /abort/i },
  ],
])('a classification says that %s decided, and by which rule', (_what, failure, expected) => {
  const { decidedBy, rule } = classify(failure);
  expect(decidedBy).toBe(expected.decidedBy);
  expect(rule).toMatch(expected.rule);
});

test('a classification of a catalog names the provider and the code', () => {
  const failure = {
    status: 409,
    headers: JSON_TYPE,
    body: { error: { type: 'invalid_request_error', code: 'lock_timeout' } },
  };
  const { decidedBy, rule } = classify(failure, { catalog: stripe });
  expect(decidedBy).toBe('catalog');
  expect(rule).toMatch(/stripe/i);
  expect(rule).toContain('lock_timeout');
});
