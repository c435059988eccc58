import type { Attempt } from '../core/attempt.ts';
import type { Classification } from '../core/classification.ts';
import type { Context } from '../core/context.ts';
import { Deadline, Deadlines } from '../core/deadlines.ts';
import { KeyedStore } from '../core/keyed-store.ts';
import { policyOf } from '../core/layered-policy.ts';
import type { Gate } from '../core/layers.ts';
import { positiveOrInfinity, readOptions, wholeNumber, type Checks } from '../core/options.ts';
import { POLICY_CHECKS, REAL_WORLD, type PolicyOptions } from '../core/policy-options.ts';
import type { Policy } from '../core/policy.ts';
import { refuseAttempt } from '../core/refusal.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { readNothing } from './discarding-reader.ts';
import { RateLimitedError } from './rate-limit/rate-limited-error.ts';

/** How many attempts may run at once, and what happens to those that come meanwhile. */
export interface ConcurrencyLimitOptions extends PolicyOptions {
  /** Attempts of one key that may run at the same time. */
  readonly maxConcurrent: number;
  /** How many attempts of one key may wait for a place. @defaultValue 1000 */
  readonly maxQueue?: number | undefined;
  /** How long an attempt may wait for a place, in milliseconds. @defaultValue 60000 */
  readonly maxWaitMs?: number | undefined;
  /** How many keys are remembered; idle ones leave first. @defaultValue 1000 */
  readonly maxKeys?: number | undefined;
}

/** The same patience as a token bucket has. */
export const CONCURRENCY_LIMIT_DEFAULTS = Object.freeze({
  maxQueue: 1000,
  maxWaitMs: 60_000,
  maxKeys: 1000,
});

const CONCURRENCY_LIMIT_CHECKS: Checks<ConcurrencyLimitOptions> = {
  ...POLICY_CHECKS,
  maxConcurrent: wholeNumber(1),
  maxQueue: wholeNumber(0, 'or-infinity'),
  maxWaitMs: positiveOrInfinity,
  maxKeys: wholeNumber(1),
};

/** The places of one key, and those who wait for one. */
interface Places {
  taken: number;
  readonly queue: WaitQueue<Waiter>;
}

/**
 * Lets at most `maxConcurrent` attempts of one key run at the same time; the others wait, first come
 * first served within a priority. Put it inside a retry, so that an attempt holds its place only
 * while it runs and never during a backoff.
 *
 * A call is refused with a {@link RateLimitedError} if the queue is full or the wait too long.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const policy = pipeline(retry(), concurrencyLimit({ maxConcurrent: 10 }));
 */
export function concurrencyLimit(options: ConcurrencyLimitOptions): Policy {
  const settings = readOptions(
    'concurrencyLimit',
    options,
    { ...CONCURRENCY_LIMIT_DEFAULTS, clock: REAL_WORLD.clock },
    CONCURRENCY_LIMIT_CHECKS,
    ['maxConcurrent'],
  );
  const { clock, maxConcurrent, maxQueue, maxWaitMs, onEvent } = settings;
  const deadlines = new Deadlines(clock);
  const keys = new KeyedStore<Places>(
    settings.maxKeys,
    () => ({ taken: 0, queue: new WaitQueue() }),
    ({ taken }) => (taken === 0 ? -Infinity : Infinity),
  );

  const refuse = (context: Context, because: string): Attempt =>
    refuseAttempt(
      context,
      { by: 'concurrency-limit', category: 'throttle', because },
      onEvent,
      (details) => new RateLimitedError(because, details),
    );

  const waitForPlace = (places: Places, context: Context): Promise<Places | Attempt> =>
    new Promise((resolve) => {
      const { queue } = places;
      const waiter = new Waiter(context, clock.now() + maxWaitMs, (end) => {
        queue.leave(waiter);
        deadlines.remove(waiter);
        waiter.leave();
        if (end === 'place-free') resolve(places);
        if (end === 'too-late')
          resolve(refuse(context, `no place was free within maxWaitMs (${maxWaitMs} ms)`));
      });
      queue.join(waiter, context.priority);
      deadlines.add(waiter);
    });

  const concurrencyGate: Gate<Places> = {
    onEvent,
    enter(context) {
      const places = keys.use(context.key);
      if (places.taken >= maxConcurrent) {
        const { length } = places.queue;
        return length >= maxQueue
          ? refuse(context, `${length} calls wait for a place already (maxQueue: ${maxQueue})`)
          : waitForPlace(places, context);
      }
      places.taken += 1;
      return places;
    },
    left(places) {
      const next = places.queue.shift();
      // The place goes from one attempt to the next: nobody who comes meanwhile can take it.
      if (next === undefined) places.taken -= 1;
      else next.end('place-free');
    },
  };
  return policyOf([concurrencyGate], { clock, readerFor: readNothing });
}

/** An attempt that waits for a place. A cancelled one is settled by the frame around the gate. */
class Waiter extends Deadline {
  readonly end: (how: 'place-free' | 'too-late' | 'cancelled') => void;

  constructor(
    context: Context,
    dueAt: number,
    end: (how: 'place-free' | 'too-late' | 'cancelled') => void,
  ) {
    super(context.cancellation, dueAt);
    this.end = end;
  }

  pass(): void {
    this.end('too-late');
  }

  override cancel(reason: unknown, classification?: Classification): void {
    super.cancel(reason, classification);
    this.end('cancelled');
  }
}
