import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { parseDictionary, parseItem, parseList } from 'structured-headers';
import {
  exhaustedWaitSeconds,
  parseRateLimit,
  parseRateLimitPolicy,
} from '../../src/classify/rate-limit-fields.ts';

const folder = new URL('../../../shared/data/cases/', import.meta.url);

function readCases(name: string): readonly unknown[] | undefined {
  const file = new URL(name, folder);
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: unknown[] }).cases;
}

interface DraftExample {
  readonly title: string;
  readonly line: number;
  readonly rateLimit: readonly string[];
  readonly rateLimitPolicy: readonly string[];
}

interface FieldCase {
  readonly name: string;
  readonly raw: readonly string[];
  readonly header_type: 'list' | 'item' | 'dictionary';
  readonly must_fail?: boolean;
  readonly can_fail?: boolean;
}

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

  test.each([
    undefined,
    '',
    '"api";r=0;t=55,',
    '"fixed window";"api";r=0',
    'r=0;t=5',
    '"api";R=0',
    '"api',
    '(1 2);r=0',
    '5;r=0;t=1',
    `"${'x'.repeat(4_000)}";r=0;t=1`,
  ])('%j is malformed and says nothing', (field) => {
    expect(parseRateLimit(field)).toEqual([]);
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

  test('a policy without a quota makes the field worthless', () => {
    expect(parseRateLimitPolicy('"fixed window";"api";q=500;w=300')).toEqual([]);
    expect(parseRateLimitPolicy('"fixed window", "api";q=500;w=300')).toEqual([]);
  });
});

describe('the published cases', () => {
  const examples = readCases('ratelimit-draft-examples.json') as
    readonly DraftExample[] | undefined;
  const fields = readCases('structured-fields.json') as readonly FieldCase[] | undefined;
  if (examples === undefined || fields === undefined) {
    test.skip('drafts and structured fields (shared/data/cases is not here)', () => {
      expect(examples).toBeDefined();
    });
    return;
  }

  test(`the ${examples.length} examples of the draft are read`, () => {
    for (const { rateLimit, rateLimitPolicy, line } of examples) {
      const field = rateLimit.join(', ');
      expect({ line, items: parseRateLimit(field || undefined).length }).toEqual({
        line,
        items: rateLimit.length === 0 ? 0 : rateLimit.length,
      });
      const policies = rateLimitPolicy.join(', ');
      expect(parseRateLimitPolicy(policies || undefined).length).toBe(
        policies === '' ? 0 : policies.split(',').length,
      );
    }
  });

  test(`the parser beneath is as strict as RFC 9651: ${fields.length} cases`, () => {
    const parsers = { list: parseList, item: parseItem, dictionary: parseDictionary };
    const wrong = fields.filter((row) => {
      let accepted = true;
      try {
        parsers[row.header_type](row.raw.join(', '));
      } catch {
        accepted = false;
      }
      return row.must_fail ? accepted : !accepted && !row.can_fail;
    });
    expect(wrong.map((row) => row.name)).toEqual([]);
  });

  test('a malformed list never throws here, and never says anything', () => {
    for (const row of fields.filter((one) => one.must_fail && one.header_type === 'list')) {
      expect(parseRateLimit(row.raw.join(', '))).toEqual([]);
    }
  });
});
