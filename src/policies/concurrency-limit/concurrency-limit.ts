import { KeyedStore } from '../../core/keyed-store.ts';
import { policyOf } from '../../core/layered-policy.ts';
import type { Gate } from '../../core/layers.ts';
import type { Policy } from '../../core/policy.ts';
import { controlledBy } from '../control-part.ts';
import { readNothing } from '../discarding-reader.ts';
import {
  readConcurrencyLimitOptions,
  type ConcurrencyLimitOptions,
} from './concurrency-limit-options.ts';
import { Places } from './places.ts';
import { waitForPlace } from './wait-for-place.ts';

/**
 * Lets at most `maxConcurrent` attempts of one key run at the same time; the others wait, the higher
 * priority first, and first come first served within a priority. Put it inside a retry, so that an
 * attempt holds its place only while it runs and never during a backoff.
 *
 * A call is refused with a {@link RateLimitedError} if the queue is full, the wait too long, or what is
 * left of its deadline less than an attempt usually takes.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const policy = pipeline(retry(), concurrencyLimit({ maxConcurrent: 10 }));
 * const learned = pipeline(retry(), concurrencyLimit({ maxConcurrent: adaptiveLimit() }));
 */
export function concurrencyLimit(options: ConcurrencyLimitOptions): Policy {
  const settings = readConcurrencyLimitOptions(options);
  const { clock, maxConcurrent, onEvent } = settings;
  const isFixed = typeof maxConcurrent === 'number';
  const begin = () => (isFixed ? { current: maxConcurrent } : maxConcurrent.begin());
  const keys = new KeyedStore<Places>(
    settings.maxKeys,
    () => new Places(begin, clock),
    ({ taken }) => (taken === 0 ? -Infinity : Infinity),
  );

  const concurrencyGate: Gate<Places> = {
    onEvent,
    enter(context) {
      const places = keys.use(context.key);
      // Where nobody can be woken those who wait may still stand beside a free place.
      if (places.line.length === 0 && places.take()) return places;
      return waitForPlace(places, context, settings);
    },
    left(places, attempt) {
      // Refused further in, aborted at the last moment: nothing was sent.
      if (attempt.startedOn !== undefined) places.learn(attempt, clock.now());
      places.giveBack();
    },
  };
  controlledBy(concurrencyGate, {
    keys: () => Array.from(keys.entries(), ([key]) => key),
    read(key) {
      const concurrency = keys.peek(key)?.read(clock.now());
      return { concurrency };
    },
    reset: (key) => keys.peek(key)?.reset(),
  });
  return policyOf([concurrencyGate], {
    clock,
    readerFor: isFixed ? readNothing : maxConcurrent.readerFor,
  });
}
