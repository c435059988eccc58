import { describe, expect, jest, test } from '@jest/globals';
import { UNREAD } from '../../src/core/classification.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { Deadline } from '../../src/core/deadlines.ts';

describe('a cancellation', () => {
  test('tells its listeners once, in the order in which they came, with the reason', () => {
    const cancellation = new Cancellation();
    const told: unknown[] = [];
    cancellation.onCancel((reason) => told.push(['first', reason]));
    cancellation.onCancel((reason) => told.push(['second', reason]));
    cancellation.cancel('enough');
    cancellation.cancel('again');
    expect(told).toEqual([
      ['first', 'enough'],
      ['second', 'enough'],
    ]);
    expect(cancellation.reason).toBe('enough');
  });

  test('tells a listener that comes late at once', () => {
    const cancellation = new Cancellation();
    cancellation.cancel(undefined);
    const listener = jest.fn();
    const forget = cancellation.onCancel(listener);
    expect(listener).toHaveBeenCalledWith(undefined);
    forget();
  });

  test('forgets a listener, and only that one', () => {
    const cancellation = new Cancellation();
    const told: string[] = [];
    const forget = cancellation.onCancel(() => told.push('forgotten'));
    cancellation.onCancel(() => told.push('kept'));
    forget();
    forget();
    cancellation.cancel('enough');
    expect(told).toEqual(['kept']);
  });

  test('tells everybody, also where a listener forgets itself while it is told', () => {
    const cancellation = new Cancellation();
    const told: string[] = [];
    const forgetFirst = cancellation.onCancel(() => {
      told.push('first');
      forgetFirst();
    });
    cancellation.onCancel(() => told.push('second'));
    cancellation.cancel('enough');
    expect(told).toEqual(['first', 'second']);
  });

  test('cancels everything within it, with its reason and classification', () => {
    const outer = new Cancellation();
    const inner = new Cancellation(outer);
    const innermost = new Cancellation(inner);
    const gone = new Cancellation(outer);
    gone.leave();
    outer.cancel('enough', UNREAD);
    expect([inner, innermost].map(({ reason }) => reason)).toEqual(['enough', 'enough']);
    expect(innermost.classification).toBe(UNREAD);
    expect(gone.cancelled).toBe(false);
    expect(innermost.isWithin(outer)).toBe(true);
    expect(outer.isWithin(innermost)).toBe(false);
  });

  test('has the nearest deadline of all that it is within', () => {
    class Bound extends Deadline {
      pass(): void {}
    }
    const outer = new Bound(undefined, 100);
    expect(new Bound(outer, 50).deadline).toBe(50);
    expect(new Bound(outer, 500).deadline).toBe(100);
    expect(new Cancellation(outer).deadline).toBe(100);
    expect(new Cancellation().deadline).toBe(Infinity);
  });
});
