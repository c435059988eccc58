import { describe, expect, test } from '@jest/globals';
import { announcedLimits } from '../../../src/classify/headers/announced-limits.ts';

const NOW = Date.parse('2026-01-15T12:00:00Z');
const read = (fields: Readonly<Record<string, string>>) =>
  announcedLimits((name) => fields[name] ?? null, NOW);

describe('announced limits', () => {
  test('are read from RateLimit and RateLimit-Policy, several at once', () => {
    const limits = read({
      ratelimit: '"burst";r=5;t=3, "day";r=900;t=7200',
      'ratelimit-policy': '"burst";q=10;w=10, "day";q=1000;w=86400',
    });
    expect(limits).toMatchObject([
      { name: 'burst', limit: 10, remaining: 5, resetMs: 3000, windowMs: 10_000 },
      { name: 'day', limit: 1000, remaining: 900, resetMs: 7_200_000, windowMs: 86_400_000 },
    ]);
  });

  test('of a unit other than requests are left out', () => {
    const limits = read({
      ratelimit: '"bytes";r=5;t=3',
      'ratelimit-policy': '"bytes";q=10;w=10;qu="content-bytes"',
    });
    expect(limits).toEqual([]);
  });

  test.each([
    ['x-ratelimit-', '30', 30_000],
    ['ratelimit-', '0.5', 500],
    ['x-rate-limit-', String(NOW / 1000 + 30), 30_000],
    ['x-ratelimit-', '2026-01-15T12:00:30Z', 30_000],
  ])('are read from %sremaining with a reset of %s', (prefix, reset, resetMs) => {
    const limits = read({
      [`${prefix}limit`]: '100, 100;w=60',
      [`${prefix}remaining`]: '7',
      [`${prefix}reset`]: reset,
    });
    expect(limits).toMatchObject([{ limit: 100, remaining: 7, resetMs, resetTo: undefined }]);
  });

  test('of OpenAI and Anthropic are buckets that are full again at the reset; tokens say nothing', () => {
    expect(
      read({
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-reset-requests': '1.5s',
        'x-ratelimit-limit-tokens': '1000',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '6m0s',
      }),
    ).toMatchObject([{ limit: 60, remaining: 59, resetMs: 1500, resetTo: 'full-bucket' }]);
    expect(
      read({
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '49',
        'anthropic-ratelimit-requests-reset': '2026-01-15T12:00:02Z',
      }),
    ).toMatchObject([{ limit: 50, remaining: 49, resetMs: 2000, resetTo: 'full-bucket' }]);
  });

  test.each([
    {},
    { 'x-ratelimit-remaining': '5' },
    { 'x-ratelimit-remaining': '-1', 'x-ratelimit-limit': '5', 'x-ratelimit-reset': '3' },
    { 'x-ratelimit-remaining': '1', 'x-ratelimit-limit': '5', 'x-ratelimit-reset': 'soon' },
    { ratelimit: 'garbage;;' },
  ])('that lack something are none (%p)', (fields) => {
    expect(read(fields)).toEqual([]);
  });
});
