import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { parseHttpDate } from '../../src/classify/http-date.ts';

interface DateCase {
  readonly value: string;
  readonly expected?: string | null;
  readonly valid?: boolean;
  readonly kind?: string;
}

const casesFile = new URL('../../../shared/data/cases/http-date.json', import.meta.url);
const published = existsSync(casesFile)
  ? (JSON.parse(readFileSync(casesFile, 'utf8')) as { cases: DateCase[] }).cases
  : undefined;

const NOW = Date.UTC(2026, 0, 15, 12);

describe('HTTP dates', () => {
  test('the three grammars of RFC 9110 name the same moment', () => {
    const moment = Date.UTC(1994, 10, 6, 8, 49, 37);
    expect(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT', NOW)).toBe(moment);
    expect(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT', NOW)).toBe(moment);
    expect(parseHttpDate('Sun Nov  6 08:49:37 1994', NOW)).toBe(moment);
  });

  test('a two-digit year is at most 50 years ahead', () => {
    const now = Date.UTC(2026, 2, 17, 17, 37, 54);
    expect(parseHttpDate('Tuesday, 17-Mar-76 17:37:54 GMT', now)).toBe(
      Date.UTC(2076, 2, 17, 17, 37, 54),
    );
    expect(parseHttpDate('Tuesday, 17-Mar-76 17:37:55 GMT', now)).toBe(
      Date.UTC(1976, 2, 17, 17, 37, 55),
    );
  });

  test('a leap second is the second after the last one', () => {
    expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', NOW)).toBe(Date.UTC(2017, 0, 1));
  });

  test('a four-digit year below 100 is itself', () => {
    const year99 = new Date(0);
    year99.setUTCFullYear(99, 0, 1);
    expect(parseHttpDate('Fri, 01 Jan 0099 00:00:00 GMT', NOW)).toBe(year99.getTime());
  });

  test.each([
    '',
    ',',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT ',
    'Sun Nov 06 1994 08:49:37 GMT',
    'Sat, 31 Feb 2026 00:00:00 GMT',
    'Sunday, 32-Nov-94 08:49:37 GMT',
    '2026-03-17T17:38:24.339Z',
    '1704067200',
  ])('%j is no HTTP date', (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined();
  });

  if (published === undefined) {
    test.skip('the published table of dates (shared/data/cases is not here)', () => {
      expect(published).toBeDefined();
    });
  } else {
    const required = published.filter((row) => row.kind !== 'optimal');
    test(`all ${required.length} required dates of the published table come out right`, () => {
      const wrong = required.filter((row) => {
        const parsed = parseHttpDate(row.value, NOW);
        if (row.valid !== undefined) return (parsed !== undefined) !== row.valid;
        return (parsed === undefined ? null : new Date(parsed).toISOString()) !== row.expected;
      });
      expect(wrong).toEqual([]);
    });
  }
});
