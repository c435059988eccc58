import { describe, expect, jest, test } from '@jest/globals';
import { Cancellation } from '../../src/core/cancellation.ts';

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

  test('throws its reason, whatever it is, and only once cancelled', () => {
    const cancellation = new Cancellation();
    expect(() => cancellation.throwIfCancelled()).not.toThrow();
    cancellation.cancel(null);
    let thrown: unknown = 'nothing';
    try {
      cancellation.throwIfCancelled();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeNull();
  });
});
