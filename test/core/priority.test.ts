import { describe, expect, test } from '@jest/globals';
import { priorityNumber } from '../../src/core/priority.ts';

describe('a priority', () => {
  test.each([
    ['critical', 10],
    ['normal', 0],
    ['batch', -10],
    [3.5, 3.5],
    [undefined, 0],
  ] as const)('%p is %p', (priority, number) => {
    expect(priorityNumber(priority)).toBe(number);
  });

  test.each([NaN, 'urgent', 'toString', null, {}])('%p is normal', (priority) => {
    expect(priorityNumber(priority as never)).toBe(0);
  });
});
