import { describe, expect, test } from '@jest/globals';
import { WaitQueue } from '../../src/core/wait-queue.ts';

const drain = <Waiter>(line: WaitQueue<Waiter>) => {
  const order: Waiter[] = [];
  while (line.length > 0) order.push(line.shift() as Waiter);
  return order;
};

describe('a wait queue', () => {
  test('serves the higher priority first, and first come first within one', () => {
    const line = new WaitQueue<string>();
    line.join('normal 1', 0);
    line.join('low 1', -1);
    line.join('high 1', 1);
    line.join('normal 2', 0);
    line.join('high 2', 1);
    line.join('between', 0.5);
    expect(line.length).toBe(6);
    expect(drain(line)).toEqual(['high 1', 'high 2', 'between', 'normal 1', 'normal 2', 'low 1']);
    expect(line.shift()).toBeUndefined();
  });

  test('says how many would go before somebody who joined now', () => {
    const line = new WaitQueue<string>();
    line.join('high', 1);
    line.join('normal 1', 0);
    line.join('normal 2', 0);
    line.join('low', -1);
    expect([2, 1, 0, -1, -2].map((priority) => line.ahead(priority))).toEqual([0, 1, 3, 4, 4]);
  });

  test('lets anybody leave, once', () => {
    const line = new WaitQueue<string>();
    line.join('a', 0);
    line.join('b', 1);
    line.join('c', 0);
    expect(line.leave('a')).toBe(true);
    expect(line.leave('a')).toBe(false);
    expect(line.leave('stranger')).toBe(false);
    expect(line.length).toBe(2);
    expect(drain(line)).toEqual(['b', 'c']);
  });

  test('takes infinite priorities', () => {
    const line = new WaitQueue<string>();
    line.join('normal', 0);
    line.join('last', -Infinity);
    line.join('first', Infinity);
    expect(drain(line)).toEqual(['first', 'normal', 'last']);
  });
});
