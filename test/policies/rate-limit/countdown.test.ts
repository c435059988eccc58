import { describe, expect, test } from '@jest/globals';
import { Countdown } from '../../../src/policies/rate-limit/countdown.ts';

/** Hears hints at these moments, each told by `hintAt`. */
function heard(times: readonly number[], hintAt: (now: number) => number): Countdown {
  const countdown = new Countdown();
  for (const now of times) countdown.heard(now, hintAt(now));
  return countdown;
}

const EVERY_3_S = [0, 3000, 6000, 9000, 30_000, 60_000];

describe('hints', () => {
  test('are believed once a second one, two seconds later, points at the same end', () => {
    expect(heard([0], (now) => 60_000 - now).endsAt).toBeUndefined();
    expect(heard([0, 1000, 1999], (now) => 60_000 - now).endsAt).toBeUndefined();
    expect(heard([0, 1000, 2000], (now) => 60_000 - now).endsAt).toBe(60_000);
    expect(heard([10_000, 12_000], (now) => Math.ceil((60_500 - now) / 1000) * 1000).endsAt).toBe(
      61_000,
    );
  });

  test.each<[string, (now: number) => number]>([
    ['a constant', () => 60_000],
    ['seconds taken for milliseconds', (now) => (60_000 - now) * 1000],
    ['an epoch taken for a wait', (now) => (1_767_225_600 + now / 1000) * 1000],
    ['a backoff that grows', (now) => 1000 + 2 * now],
  ])('are never believed: %s', (_what, hintAt) => {
    expect(heard(EVERY_3_S, hintAt).endsAt).toBeUndefined();
  });

  test('are believed no more once they point elsewhere', () => {
    const countdown = heard([0, 3000], (now) => 60_000 - now);
    expect(countdown.endsAt).toBe(60_000);
    countdown.heard(6000, 3_600_000);
    expect(countdown.endsAt).toBeUndefined();
  });
});
