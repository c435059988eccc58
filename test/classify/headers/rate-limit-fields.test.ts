import { describe, expect, test } from '@jest/globals';
import {
  exhaustedWaitSeconds,
  parseRateLimit,
  parseRateLimitPolicy,
} from '../../../src/classify/headers/rate-limit-fields.ts';

describe('RateLimit', () => {
  test('names each bucket, what remains of it, and when it is renewed', () => {
    expect(parseRateLimit('"hour";r=12;t=900, "day";r=0;t=36000;pk=:cHsdsRa894==:')).toEqual([
      { policy: 'hour', remaining: 12, resetSeconds: 900, quota: undefined },
      { policy: 'day', remaining: 0, resetSeconds: 36_000, quota: undefined },
    ]);
  });

  test('the older triple is one bucket without a name', () => {
    expect(parseRateLimit('limit=100, remaining=50, reset=5')).toEqual([
      { policy: '', remaining: 50, resetSeconds: 5, quota: 100 },
    ]);
  });

  test('takes a name as a token too, and a value of any type beside the counts', () => {
    const field =
      'minute;r=1;t=2 , "a \\"b\\" \\\\";  r=3;t=4;x;y=?0;z=-1.5;d=@1659578233;k=:aGk=:;w=tok/en;m=%"f%c3%bc"';
    expect(parseRateLimit(field).map(({ policy, remaining }) => [policy, remaining])).toEqual([
      ['minute', 1],
      ['a "b" \\', 3],
    ]);
  });

  test('of a parameter given twice the last one counts', () => {
    expect(parseRateLimit('"api";r=1;r=0;t=5')).toMatchObject([{ remaining: 0 }]);
  });

  test('lines of one field are one list', () => {
    expect(parseRateLimit('  "a";r=0;t=1,\t"b";r=1;t=2  ')).toHaveLength(2);
  });

  test.each([
    undefined,
    '',
    '   ',
    '"api";r=0;t=55,',
    ',"api";r=0',
    '"api";r=0,,"b";r=1',
    '"fixed window";"api";r=0',
    '"a" "b";r=0',
    '"a"b;r=0',
    'r=0;t=5',
    'remaining=0, "api";r=0',
    'remaining=0, reset',
    '"api";R=0',
    '"api" ;r=0',
    '"api"; ;r=0',
    ';r=0',
    '"api";r=',
    '"api";r=0;t=5.',
    '"api";r=0;t=1.2345',
    '"api";r=0;t=1234567890123456',
    '"api";r=0;t=--5',
    '"api";r=0;x="open',
    '"api";r=0;x="\\n"',
    '"api";r=0;x="ü"',
    '"api";r=0;x=?2',
    '"api";r=0;x=:a b:',
    '"api";r=0;x=:aGk===:',
    '"api";r=0;x=@1.5',
    '"api";r=0;x=%"%C3"',
    '"api',
    '(1 2);r=0',
    '5;r=0;t=1',
    `"${'x'.repeat(4_000)}";r=0;t=1`,
  ])('%j is malformed and says nothing', (field) => {
    expect(parseRateLimit(field)).toEqual([]);
    expect(exhaustedWaitSeconds(field)).toBeUndefined();
  });

  test('the older triple may come in any order, with less or more in it', () => {
    expect(parseRateLimit('reset=5, remaining=0')).toEqual([
      { policy: '', remaining: 0, resetSeconds: 5, quota: undefined },
    ]);
    expect(parseRateLimit('limit=10, remaining=0, reset=5, policy=tok;a=1')).toEqual([
      { policy: '', remaining: 0, resetSeconds: 5, quota: 10 },
    ]);
    expect(parseRateLimit('limit=10')).toEqual([]);
  });

  test('a hostile field is read in time that grows with its length only', () => {
    const started = performance.now();
    for (const piece of ['"', '\\"', ';a', '; ', ',\t', 'a=', ':', '%"%c3']) {
      for (const start of ['"api";r=0', '']) {
        parseRateLimit(start + piece.repeat(Math.floor(2_000 / piece.length)));
      }
    }
    expect(performance.now() - started).toBeLessThan(100);
  });

  test('counts that are no counts are left out', () => {
    expect(parseRateLimit('"api";r=-1;t=1.5')).toEqual([
      { policy: 'api', remaining: undefined, resetSeconds: undefined, quota: undefined },
    ]);
  });

  test('the wait is that of the exhausted bucket which takes longest', () => {
    expect(exhaustedWaitSeconds('"a";r=0;t=5, "b";r=0;t=50, "c";r=1;t=500')).toBe(50);
    expect(exhaustedWaitSeconds('"a";r=1;t=5')).toBeUndefined();
    expect(exhaustedWaitSeconds('"a";t=5')).toBeUndefined();
  });
});

describe('RateLimit-Policy', () => {
  test('names the quota, its unit and its window', () => {
    expect(parseRateLimitPolicy('"burst";q=100;w=60, "bytes";q=65535;qu="content-bytes"')).toEqual([
      { policy: 'burst', quota: 100, unit: 'requests', windowSeconds: 60 },
      { policy: 'bytes', quota: 65_535, unit: 'content-bytes', windowSeconds: undefined },
    ]);
  });

  test('the older form has no names', () => {
    expect(parseRateLimitPolicy('10;w=1, 1000;w=3600')).toEqual([
      { policy: '', quota: 10, unit: 'requests', windowSeconds: 1 },
      { policy: '', quota: 1_000, unit: 'requests', windowSeconds: 3_600 },
    ]);
  });

  test('is none where it has keys, and a name needs no quotes', () => {
    expect(parseRateLimitPolicy('limit=10, remaining=5')).toEqual([]);
    expect(parseRateLimitPolicy('burst;q=5;qu=tok')).toEqual([
      { policy: 'burst', quota: 5, unit: 'requests', windowSeconds: undefined },
    ]);
  });

  test('a policy without a quota makes the field worthless', () => {
    expect(parseRateLimitPolicy('"fixed window";"api";q=500;w=300')).toEqual([]);
    expect(parseRateLimitPolicy('"fixed window", "api";q=500;w=300')).toEqual([]);
  });
});
