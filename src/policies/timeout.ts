import { timedOut } from '../core/classification.ts';
import type { Context } from '../core/context.ts';
import { Deadline, Deadlines } from '../core/deadlines.ts';
import { TimeoutError, withoutStack } from '../core/errors.ts';
import { emit, type PolicyEvent } from '../core/events.ts';
import { policyOf } from '../core/layered-policy.ts';
import type { Wrap } from '../core/layers.ts';
import { positive, readOptions, type Checks } from '../core/options.ts';
import {
  POLICY_CHECKS,
  REAL_WORLD,
  openToListeners,
  type PolicyOptions,
} from '../core/policy-options.ts';
import type { Policy } from '../core/policy.ts';
import { isHeard } from '../core/relay.ts';
import { readNothing } from './discarding-reader.ts';

declare module '../core/events.ts' {
  interface ResilienceEvents {
    'timed-out': TimedOutEvent;
  }
}

/** An attempt or a whole call ran out of time. */
export interface TimedOutEvent extends PolicyEvent {
  readonly type: 'timed-out';
  readonly by: 'timeout';
  readonly attempt: number;
  readonly timeoutMs: number;
}

/** How long something may take. */
export interface TimeoutOptions extends PolicyOptions {
  /** In milliseconds. */
  readonly timeoutMs: number;
}

const TIMEOUT_CHECKS: Checks<TimeoutOptions> = { ...POLICY_CHECKS, timeoutMs: positive };

/**
 * Bounds everything inside it: innermost, one attempt; outermost, the whole call with its waits,
 * and nothing starts that could not end in time.
 *
 * When the time is up the operation's signal aborts and the call rejects with a
 * {@link TimeoutError}, whether or not the operation heeds its signal. Once the operation has
 * ended the timeout is gone: it never cuts off the body of a response that was returned.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const policy = pipeline(timeout({ timeoutMs: 30_000 }), retry(), timeout({ timeoutMs: 5_000 }));
 */
export function timeout(options: TimeoutOptions): Policy {
  const settings = openToListeners(
    readOptions('timeout', options, { clock: REAL_WORLD.clock }, TIMEOUT_CHECKS, ['timeoutMs']),
  );
  const { timeoutMs, clock, onEvent } = settings;
  const deadlines = new Deadlines(clock);

  const timeoutWrap: Wrap = {
    onEvent,
    runsOnce: true,
    wrap: (next) => (context) => {
      const outer = context.cancellation;
      if (outer?.cancelled) return Promise.resolve(context.refuseCancelled(outer));
      const running = new RunningTimeout(context, settings, clock.now() + timeoutMs);
      deadlines.add(running);
      return next(context.within(running)).then((attempt) => {
        deadlines.remove(running);
        running.leave();
        return running.cancelled ? context.outcomeWithin(running, attempt) : attempt;
      });
    },
  };
  return policyOf([timeoutWrap], { clock, readerFor: readNothing });
}

/** One use of a timeout: the bound of everything that runs inside. */
class RunningTimeout extends Deadline {
  readonly #context: Context;
  readonly #settings: TimeoutOptions;

  constructor(context: Context, settings: TimeoutOptions, dueAt: number) {
    super(context.cancellation, dueAt);
    this.#context = context;
    this.#settings = settings;
  }

  /** The time is up: the attempts that run inside have had no answer, and so has the call. */
  pass(): void {
    const { timeoutMs, onEvent } = this.#settings;
    const { call, attempt } = this.#context;
    const classification = timedOut(timeoutMs);
    const running = call.attempts.filter(
      (one) => one.isRunning && one.cancellation?.isWithin(this) === true,
    );
    const now = call.clock.now();
    // Before the error is made, since it carries the report of its call.
    for (const one of running) one.failed(undefined, now, classification);
    const error = withoutStack(() => new TimeoutError(timeoutMs, call.failure(classification)));
    for (const one of running) one.value = error;
    if (isHeard(onEvent)) {
      const told = {
        ...this.#context.identity,
        attempt: Math.max(attempt, call.attempts.length),
        timeoutMs,
      };
      emit(onEvent, { type: 'timed-out', by: 'timeout', ...told });
    }
    this.cancel(error, classification);
  }
}
