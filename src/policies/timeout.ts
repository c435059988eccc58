import type { Call, Context, Layer, Operation } from '../core/call.ts';
import { Cancellation } from '../core/cancellation.ts';
import { timedOut } from '../core/classification.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import { Deadlines } from '../core/deadlines.ts';
import { TimeoutError, withoutStack } from '../core/errors.ts';
import { tell, type EventListener } from '../core/events.ts';
import { callable, objectWith, positive, readOptions, type Checks } from '../core/options.ts';
import { definePolicy, type Policy } from '../core/policy.ts';
import { discard } from './verdict.ts';

/** How long something may take. */
export interface TimeoutOptions {
  /** In milliseconds. */
  readonly timeoutMs: number;
  /** Is told when the time is up. */
  readonly onEvent?: EventListener | undefined;
  /** @defaultValue systemClock */
  readonly clock?: Clock | undefined;
}

const TIMEOUT_CHECKS: Checks<TimeoutOptions> = {
  timeoutMs: positive,
  onEvent: callable,
  clock: objectWith('now', 'epochNow', 'setTimer'),
};

/**
 * Bounds everything inside it: innermost, one attempt; outermost, the whole call with its waits,
 * and nothing starts that could not end in time.
 *
 * When the time is up the operation's signal aborts and the call rejects with a
 * {@link TimeoutError}, whether or not the operation heeds its signal. Once the operation has
 * ended the timeout is gone: it never cuts off the body of a response that was returned.
 *
 * @throws {@link OptionError} for options that cannot work.
 */
export function timeout(options: TimeoutOptions): Policy {
  const { timeoutMs, clock, onEvent } = readOptions(
    'timeout',
    options,
    { clock: systemClock },
    TIMEOUT_CHECKS,
    ['timeoutMs'],
  );
  const deadlines = new Deadlines(clock, timeoutMs);

  const timeoutLayer: Layer = <T>(operation: Operation<T>, outer: Context): Promise<T> =>
    new Promise((resolve, reject) => {
      if (outer.cancellation?.cancelled) return reject(outer.cancellation.reason);
      const now = clock.now();
      const cancellation = new Cancellation();
      const deadline = deadlines.add(now, () => {
        const error = timeoutError(outer.call, timeoutMs, clock);
        if (onEvent) {
          const { key, call } = outer;
          const attempt = Math.max(outer.attempt, call.attempts.length);
          tell(onEvent, { type: 'timed-out', key, attempt, timeoutMs });
        }
        stop(error);
      });
      const leave = () => {
        deadlines.remove(deadline);
        forgetOuter?.();
      };
      // Whether or not the operation heeds its signal: nothing of ours waits for it any longer.
      const stop = (reason: unknown) => {
        leave();
        reject(reason);
        cancellation.cancel(reason);
      };
      const forgetOuter = outer.cancellation?.onCancel(stop);
      const succeed = (value: T) => {
        leave();
        if (cancellation.cancelled) void discard(outer, value, cancellation);
        resolve(value);
      };
      const fail = (error: unknown) => {
        leave();
        reject(error);
      };
      try {
        const running = operation(outer.within(now + timeoutMs, cancellation));
        Promise.resolve(running).then(succeed, fail);
      } catch (error) {
        fail(error);
      }
    });
  return definePolicy(timeoutLayer, { clock });
}

/** Ends the attempt that was running, if one was, and says so in an error. */
function timeoutError(call: Call, timeoutMs: number, clock: Clock): TimeoutError {
  const classification = timedOut(timeoutMs);
  const running = call.attempts.findLast((attempt) => attempt.running);
  running?.end(clock, undefined);
  if (running) running.classification = classification;
  const error = withoutStack(() => new TimeoutError(timeoutMs, call.failure(classification)));
  if (running) running.outcome = error;
  return error;
}
