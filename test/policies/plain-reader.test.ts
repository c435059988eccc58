import { describe, expect, test } from '@jest/globals';
import { readPlainly } from '../../src/policies/plain-reader.ts';
import { virtualClock } from '../../src/testing.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
const reader = readPlainly(virtualClock({ epochMs: NOW }));
const read = (status: number, headers: Record<string, string> = {}) =>
  reader.classifyError(Object.assign(new Error('x'), { status, headers }));
const waitOf = (headers: Record<string, string>, status = 429) =>
  read(status, headers).retryAfterMs;

describe('a policy on its own', () => {
  test('takes a 429 and a 503 with a Retry-After for unprocessed, and nothing else', () => {
    expect(read(429).unprocessed).toBe(true);
    expect(read(503, { 'retry-after': '1' }).unprocessed).toBe(true);
    for (const status of [408, 500, 502, 503, 504]) expect(read(status).unprocessed).toBe(false);
    expect(read(502, { 'retry-after': '1' }).unprocessed).toBe(false);
  });

  test('does not repeat a 400 with a Retry-After', () => {
    expect(read(400, { 'retry-after': '1' }).category).toBe('fatal');
  });

  test('takes the longest of several waits', () => {
    expect(waitOf({ 'retry-after': '3, 3' })).toBe(3_000);
    expect(waitOf({ 'retry-after': '3, 7' })).toBe(7_000);
    expect(read(429, { 'retry-after': '3' }).retryAfterFrom).toBe('header');
  });

  test("reads a date against the response's own", () => {
    const date = 'Thu, 15 Jan 2026 11:59:50 GMT';
    expect(waitOf({ date, 'retry-after': 'Thu, 15 Jan 2026 11:59:53 GMT' })).toBe(3_000);
    expect(waitOf({ 'retry-after': 'Thu, 15 Jan 2026 12:00:03 GMT' })).toBe(3_000);
  });

  test.each(['0', '-1', 'Thu, 15 Jan 2026 11:00:00 GMT', 'soon', ''])(
    'takes "%s" on a throttle for no hint',
    (value) => {
      expect(waitOf({ 'retry-after': value })).toBeUndefined();
    },
  );

  test.each([
    'Network connection lost',
    'Network connection lost.',
    'Network request timed out',
    'The Internet connection appears to be offline.',
    'Failed to fetch',
  ])('knows "%s" for a lost connection', (message) => {
    expect(reader.classifyError(new TypeError(message)).category).toBe('retryable');
  });

  test('does not take an answer that cannot be parsed for one', () => {
    for (const code of ['HPE_INVALID_CONSTANT', 'Z_DATA_ERROR']) {
      const error = Object.assign(new Error('x'), { code });
      expect(reader.classifyError(error).category).toBe('fatal');
    }
  });
});
