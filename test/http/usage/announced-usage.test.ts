import { describe, expect, test } from '@jest/globals';
import { announcedUsage } from '../../../src/http/usage/announced-usage.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');

const announced = (fields: Readonly<Record<string, string>>) =>
  announcedUsage((name) => fields[name], NOW);

describe('limits that an answer announces in units', () => {
  test('are those of OpenAI and its kin, whose reset has a unit', () => {
    const limits = announced({
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '499',
      'x-ratelimit-reset-requests': '120ms',
      'x-ratelimit-limit-tokens': '30000',
      'x-ratelimit-remaining-tokens': '27000',
      'x-ratelimit-reset-tokens': '6s',
      'x-ratelimit-limit-project-tokens': '1000000',
      'x-ratelimit-remaining-project-tokens': '0',
      'x-ratelimit-reset-project-tokens': '6m0s',
    });
    expect(limits).toMatchObject([
      { unit: 'requests', limit: 500, remaining: 499, resetMs: 120 },
      { unit: 'tokens', limit: 30_000, remaining: 27_000, resetMs: 6000 },
      { unit: 'tokens', limit: 1_000_000, remaining: 0, resetMs: 360_000 },
    ]);
  });

  test('are those of Anthropic, whose reset is a moment', () => {
    const limits = announced({
      'anthropic-ratelimit-input-tokens-limit': '50000',
      'anthropic-ratelimit-input-tokens-remaining': '49000',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-28T12:00:02Z',
      'anthropic-ratelimit-output-tokens-limit': '10000',
      'anthropic-ratelimit-output-tokens-remaining': '10000',
    });
    expect(limits).toMatchObject([
      { unit: 'inputTokens', limit: 50_000, remaining: 49_000, resetMs: 2000 },
      { unit: 'outputTokens', limit: 10_000, remaining: 10_000, resetMs: undefined },
    ]);
  });

  test('are shares of the windows of a subscription', () => {
    const limits = announced({
      'anthropic-ratelimit-unified-5h-status': 'allowed',
      'anthropic-ratelimit-unified-5h-utilization': '0.25',
      'anthropic-ratelimit-unified-5h-reset': String(NOW / 1000 + 3600),
      'anthropic-ratelimit-unified-7d-status': 'rejected',
      'anthropic-ratelimit-unified-7d-utilization': '1.03',
      'anthropic-ratelimit-unified-7d-reset': String(NOW / 1000 + 86_400),
    });
    expect(limits).toMatchObject([
      { perMs: 18_000_000, remaining: 0.75, resetMs: 3_600_000, isRejected: false },
      { perMs: 604_800_000, remaining: 0, resetMs: 86_400_000, isRejected: true },
    ]);
  });

  test('say nothing where a number is missing or none', () => {
    expect(
      announced({
        'x-ratelimit-remaining-tokens': '5',
        'x-ratelimit-limit-requests': '-1',
        'x-ratelimit-remaining-requests': '-1',
        'anthropic-ratelimit-unified-5h-status': 'allowed',
      }),
    ).toEqual([]);
  });
});
