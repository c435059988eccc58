import { expect, test } from '@jest/globals';
import { retryAfterHeader, type RetryAfterForm } from '../../../src/testing.ts';

// The moment that RFC 9110 section 5.6.7 spells in all three ways.
const RFC_EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

test.each<[RetryAfterForm, string, string]>([
  ['imf-fixdate', 'retry-after', 'Sun, 06 Nov 1994 08:49:37 GMT'],
  ['rfc850', 'retry-after', 'Sunday, 06-Nov-94 08:49:37 GMT'],
  ['asctime', 'retry-after', 'Sun Nov  6 08:49:37 1994'],
])('%s is spelled as RFC 9110 spells it', (form, name, value) => {
  expect(retryAfterHeader(form, 2_000, RFC_EXAMPLE - 2_000)).toEqual([name, value]);
});

test.each<[RetryAfterForm, number, string, string]>([
  ['seconds', 1_001, 'retry-after', '2'],
  ['seconds', 0, 'retry-after', '0'],
  ['float-seconds', 1_500.2, 'retry-after', '1.501'],
  ['retry-after-ms', 1_500.2, 'retry-after-ms', '1501'],
  ['imf-fixdate', 1, 'retry-after', 'Sun, 06 Nov 1994 08:49:38 GMT'],
])('%s never asks for less than %d ms', (form, ms, name, value) => {
  expect(retryAfterHeader(form, ms, RFC_EXAMPLE)).toEqual([name, value]);
});
