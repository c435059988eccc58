import { describe, expect, test } from '@jest/globals';
import { OptionError, retryBudget, type RetryBudget } from '../../src/index.ts';

const KEY = 'https://api.example.com';

/** How many extra attempts are paid for, one after the other, until one is not. */
function spendAll(budget: RetryBudget, now: number, maxRetries = 0): number {
  let spent = 0;
  while (spent < 1000 && budget.spend(KEY, now, budget.reserveFor(maxRetries))) spent += 1;
  return spent;
}

function answer(budget: RetryBudget, times: number, now: number): void {
  for (let count = 0; count < times; count += 1) budget.answered(KEY, now);
}

describe('a retry budget', () => {
  test('pays for five extra attempts at first', () => {
    expect(spendAll(retryBudget(), 0)).toBe(5);
  });

  test('gains 0.3 for each answer', () => {
    const budget = retryBudget();
    spendAll(budget, 0);
    answer(budget, 3, 1);
    expect(budget.spend(KEY, 1)).toBe(false);
    answer(budget, 1, 2);
    expect(budget.spend(KEY, 2)).toBe(true);
    expect(budget.spend(KEY, 2)).toBe(false);
  });

  test('holds what the answers of the last 30 s allow, and five at least', () => {
    const budget = retryBudget();
    answer(budget, 10, 0);
    expect(budget.read(KEY, 0)).toEqual({ tokens: 5, mostTokens: 5 });
    answer(budget, 990, 1000);
    expect(budget.read(KEY, 1000)).toEqual({ tokens: 300, mostTokens: 300 });
    // Half a window later the window before counts by half; after two nothing is left of it.
    expect(budget.read(KEY, 45_000)!.mostTokens).toBeCloseTo(150);
    expect(budget.read(KEY, 45_000)!.tokens).toBeCloseTo(150);
    expect(budget.read(KEY, 60_000)).toEqual({ tokens: 5, mostTokens: 5 });
  });

  test('lets a busy client repeat what was in flight, and then no more until answers come', () => {
    const budget = retryBudget();
    for (let now = 0; now < 20_000; now += 10) budget.answered(KEY, now);
    expect(spendAll(budget, 20_000)).toBe(600);
    for (let now = 20_000; now < 80_000; now += 1000) expect(spendAll(budget, now)).toBe(0);
  });

  test('is at its reserve again once nobody has asked for 30 s, granted or not', () => {
    const budget = retryBudget();
    expect(spendAll(budget, 0)).toBe(5);
    expect(budget.spend(KEY, 29_999)).toBe(false);
    expect(budget.spend(KEY, 59_998)).toBe(false);
    expect(spendAll(budget, 89_998)).toBe(5);
  });

  test('has a reserve of at least the retries that a caller was promised', () => {
    const budget = retryBudget();
    expect(spendAll(budget, 0, 10)).toBe(10);
    expect(spendAll(budget, 0, 3)).toBe(0);
    expect(spendAll(budget, 0, 12)).toBe(2);
  });

  test('holds everybody to a reserve that was given', () => {
    const budget = retryBudget({ reserveTokens: 2 });
    expect(spendAll(budget, 0, 10)).toBe(2);
    expect(budget.reserveFor(Infinity)).toBe(2);
  });

  test('keeps the answers that a larger reserve has not spent', () => {
    const budget = retryBudget();
    answer(budget, 100, 0);
    expect(budget.read(KEY, 0, 10)).toEqual({ tokens: 30, mostTokens: 30 });
    expect(budget.spend(KEY, 0, 10)).toBe(true);
    expect(budget.read(KEY, 0)!.tokens).toBeCloseTo(29);
  });

  test('takes back what an attempt had paid that was not sent', () => {
    const budget = retryBudget({ reserveTokens: 1 });
    budget.spend(KEY, 0);
    budget.refund(KEY);
    expect(budget.read(KEY, 0)).toEqual({ tokens: 1, mostTokens: 1 });
    budget.refund(KEY);
    expect(budget.read(KEY, 0)!.tokens).toBe(1);
  });

  test('keeps the keys apart, and forgets one', () => {
    const budget = retryBudget();
    spendAll(budget, 0);
    expect(budget.spend('another', 0)).toBe(true);
    budget.forget(KEY);
    expect(budget.read(KEY, 0)).toBeUndefined();
    expect([...budget.keys()]).toEqual(['another']);
    expect(spendAll(budget, 0)).toBe(5);
  });

  test('remembers at most maxKeys keys; those that owe nothing leave first', () => {
    const budget = retryBudget({ maxKeys: 2 });
    spendAll(budget, 0);
    budget.answered('well', 1);
    budget.answered('new', 2);
    expect([...budget.keys()].toSorted()).toEqual([KEY, 'new']);
  });

  test('takes no notice of moments from another clock, but for their order', () => {
    const budget = retryBudget();
    answer(budget, 100, 1e9);
    expect(budget.read(KEY, 0)!.tokens).toBeCloseTo(30);
    expect(spendAll(budget, 0)).toBe(30);
  });

  test.each([
    ['reserveTokens', -1],
    ['reserveTokens', Infinity],
    ['tokensPerAnswer', Number.NaN],
    ['windowMs', 0],
    ['maxKeys', 0.5],
    ['tokens', 5],
  ])('refuses %s: %p', (name, value) => {
    expect(() => retryBudget({ [name]: value })).toThrow(OptionError);
    expect(() => retryBudget({ [name]: value })).toThrow(`retryBudget.${name}`);
  });
});
