import { describe, expect, test } from '@jest/globals';
import { AttemptSignal, isOfRepeatedCall } from '../../src/core/attempt-signal.ts';
import { Cancellation } from '../../src/core/cancellation.ts';

// What garbage collection has to do with it: test/integration/leftovers.slow.test.ts.
describe('the signal of an attempt', () => {
  const reason = new Error('enough');

  test('aborts with the reason when the attempt is cancelled', () => {
    const cancellation = new Cancellation();
    const { signal } = new AttemptSignal(cancellation, undefined, false);
    cancellation.cancel(reason);
    expect([signal.aborted, signal.reason]).toEqual([true, reason]);
  });

  test('no longer hears of a timeout once the attempt has ended', () => {
    const cancellation = new Cancellation();
    const attempt = new AttemptSignal(cancellation, new AbortController().signal, false);
    attempt.end({});
    cancellation.cancel(reason);
    expect(attempt.signal.aborted).toBe(false);
  });

  test('still aborts with the caller’s signal, so that a body which is being read is cut off', () => {
    const caller = new AbortController();
    const attempt = new AttemptSignal(new Cancellation(), caller.signal, false);
    const body = {};
    attempt.end(body);
    caller.abort(reason);
    expect([attempt.signal.aborted, attempt.signal.reason]).toEqual([true, reason]);
  });

  test('is the caller’s no more where the attempt left nothing to cut off', () => {
    const caller = new AbortController();
    const attempt = new AttemptSignal(new Cancellation(), caller.signal, false);
    attempt.end();
    caller.abort(reason);
    expect(attempt.signal.aborted).toBe(false);
  });

  test('is known as one of a repeated call while its attempt is under way', () => {
    const signals = [true, false, true, true].map(
      (isRepeated) => new AttemptSignal(undefined, undefined, isRepeated),
    );
    const known = () => signals.map(({ signal }) => isOfRepeatedCall(signal));
    expect(known()).toEqual([true, false, true, true]);
    signals[2]!.end();
    expect(known()).toEqual([true, false, false, true]);
    signals[3]!.cancel(reason);
    signals[3]!.end();
    expect(known()).toEqual([true, false, false, false]);
    signals[0]!.end({});
    expect(known()).toEqual([false, false, false, false]);
  });
});
