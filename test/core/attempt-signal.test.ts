import { describe, expect, test } from '@jest/globals';
import { AttemptSignal } from '../../src/core/attempt-signal.ts';
import { Cancellation } from '../../src/core/cancellation.ts';

// What garbage collection has to do with it: test/integration/leftovers.slow.test.ts.
describe('the signal of an attempt', () => {
  const reason = new Error('enough');

  test('aborts with the reason when the attempt is cancelled', () => {
    const cancellation = new Cancellation();
    const { signal } = new AttemptSignal(cancellation, undefined);
    cancellation.cancel(reason);
    expect([signal.aborted, signal.reason]).toEqual([true, reason]);
  });

  test('no longer hears of a timeout once the attempt has ended', () => {
    const cancellation = new Cancellation();
    const attempt = new AttemptSignal(cancellation, new AbortController().signal);
    attempt.end({});
    cancellation.cancel(reason);
    expect(attempt.signal.aborted).toBe(false);
  });

  test('still aborts with the caller’s signal, so that a body which is being read is cut off', () => {
    const caller = new AbortController();
    const attempt = new AttemptSignal(new Cancellation(), caller.signal);
    const body = {};
    attempt.end(body);
    caller.abort(reason);
    expect([attempt.signal.aborted, attempt.signal.reason]).toEqual([true, reason]);
  });

  test('is the caller’s no more where the attempt left nothing to cut off', () => {
    const caller = new AbortController();
    const attempt = new AttemptSignal(new Cancellation(), caller.signal);
    attempt.end();
    caller.abort(reason);
    expect(attempt.signal.aborted).toBe(false);
  });
});
