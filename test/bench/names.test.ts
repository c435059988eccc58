import { describe, expect, test } from '@jest/globals';
import { COMPARISONS } from '../../bench/comparisons.ts';
import { namesOf, SECTIONS } from '../../bench/sections.ts';
import { TARGETS } from '../../bench/targets.ts';

// A run without a case leaves its comparisons and targets out, so a wrong name would go unnoticed.
describe('the benchmark', () => {
  test('has a case for each name in a target', () => {
    const missing = TARGETS.flatMap(({ section, ours, theirs = ours }) =>
      [ours, theirs].filter((name) => !namesOf(section).includes(name)),
    );
    expect(missing).toEqual([]);
  });

  test('has a case for each name in a comparison', () => {
    const missing = Object.entries(COMPARISONS).flatMap(([section, { pairs }]) =>
      pairs
        .flatMap(({ ours, theirs }) => [ours, ...theirs])
        .filter((name) => !namesOf(section).includes(name)),
    );
    expect(missing).toEqual([]);
  });

  test('has no two cases of one name in a section', () => {
    const twice = SECTIONS.filter((name) => new Set(namesOf(name)).size < namesOf(name).length);
    expect(twice).toEqual([]);
  });
});
