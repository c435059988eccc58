import { describe, expect, test } from '@jest/globals';
import { parseHttpDate } from '../../../src/classify/wait/http-date.ts';

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
    ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    ['Tue, 29 Feb 2000 23:59:59 GMT', Date.UTC(2000, 1, 29, 23, 59, 59)],
    ['Fri, 31 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 31, 23, 59, 59)],
    // The day's name is not checked against the date: servers get it wrong.
    ['Mon, 06 Nov 1994 08:49:37 GMT', Date.UTC(1994, 10, 6, 8, 49, 37)],
    ['Wednesday, 09-Sep-99 00:00:00 GMT', Date.UTC(1999, 8, 9)],
    ['Thu Jan  1 00:00:00 1970', 0],
    ['Mon Dec 31 23:59:59 2001', Date.UTC(2001, 11, 31, 23, 59, 59)],
    ['Wed Nov 16 08:49:37 1994', Date.UTC(1994, 10, 16, 8, 49, 37)],
  ])('%s is that moment in GMT, wherever this runs', (text, moment) => {
    expect(parseHttpDate(text, NOW)).toBe(moment);
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
    'Thu, 29 Feb 2023 00:00:00 GMT',
    'Mon, 29 Feb 2100 00:00:00 GMT',
    'Mon, 31 Apr 2026 00:00:00 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 06 Nov 1994 8:49:37 GMT',
    'Sun, 06 nov 1994 08:49:37 GMT',
    'sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun,  06 Nov 1994 08:49:37 GMT',
    'Sun 06 Nov 1994 08:49:37 GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Xyz, 06 Nov 1994 08:49:37 GMT',
    'Sun, -6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, 45',
    'Sun, 06-Nov-94 08:49:37 GMT',
    'Sunday, 6-Nov-94 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:60 GMT',
    'Someday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov 6 08:49:37 1994',
    'Sun Nov 06 08:49:37 1994 GMT',
    'Sun Nov  6 08:49:60 1994',
    'Sun Nov  0 08:49:37 1994',
    'Sun Nov 32 08:49:37 1994',
    '2026-03-17T17:38:24.339Z',
    '1704067200',
  ])('%j is no HTTP date', (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined();
  });
});
