import Bottleneck from 'bottleneck';
import type { Attempt } from '../core/attempt.ts';
import type { Context } from '../core/context.ts';
import type { EventListener } from '../core/events.ts';
import { policyOf } from '../core/layered-policy.ts';
import type { Gate } from '../core/layers.ts';
import { OptionError, positive, readOptions, wholeNumber, type Checks } from '../core/options.ts';
import { joinPolicies } from '../core/pipeline.ts';
import {
  POLICY_CHECKS,
  REAL_WORLD,
  openToListeners,
  type PolicyOptions,
} from '../core/policy-options.ts';
import type { Policy } from '../core/policy.ts';
import { refuseAttempt } from '../core/refusal.ts';
import { readStatuses } from '../policies/status-reader.ts';
import { RateLimitedError } from '../policies/rate-limit/rate-limited-error.ts';
import { tokenBucket } from '../policies/rate-limit/token-bucket.ts';
import { lineOf, type GiveBack } from './bottleneck/line.ts';

/** How attempts are scheduled on a Bottleneck limiter. */
export interface BottleneckLimiterOptions extends PolicyOptions {
  /**
   * After how many milliseconds Bottleneck takes a slot back from an attempt that has not ended.
   * The attempt itself runs on; bound it with a timeout. @defaultValue 330000
   */
  readonly expirationMs?: number | undefined;
  /** How much of the limiter's capacity one attempt takes. @defaultValue 1 */
  readonly weight?: number | undefined;
}

/** Half a minute more than the attempt timeout of a resilient fetch: a slot outlives its attempt. */
export const BOTTLENECK_LIMITER_DEFAULTS = Object.freeze({ expirationMs: 330_000, weight: 1 });

const BOTTLENECK_LIMITER_CHECKS: Checks<BottleneckLimiterOptions> = {
  ...POLICY_CHECKS,
  expirationMs: positive,
  weight: wholeNumber(0),
};

/**
 * Makes a limiter of Bottleneck, local or clustered, the limiter of a pipeline or a fetch. A
 * `Bottleneck.Group` gives every key a limiter of its own, and so do Bottleneck's options.
 *
 * An attempt holds its slot only while it runs, never during a backoff, and leaves the line when
 * its signal aborts, using no rate. What Bottleneck drops or refuses becomes a {@link RateLimitedError}.
 * Where the server accepts nothing one probe at a time goes, as with holdfast's own token bucket.
 *
 * @param limiter - an existing limiter or group, or the options for a new group
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const limiter = new Bottleneck({ maxConcurrent: 5, minTime: 100 });
 * const fetch = resilientFetch(globalThis.fetch, { rateLimit: bottleneckLimiter(limiter) });
 */
export function bottleneckLimiter(
  limiter: Bottleneck | Bottleneck.Group | Bottleneck.ConstructorOptions,
  options?: BottleneckLimiterOptions,
): Policy {
  const settings = openToListeners(
    readOptions(
      'bottleneckLimiter',
      options,
      { ...BOTTLENECK_LIMITER_DEFAULTS, clock: REAL_WORLD.clock },
      BOTTLENECK_LIMITER_CHECKS,
    ),
  );
  const { clock, onEvent } = settings;
  const limiterOf = limitersBy(limiter);

  const bottleneckGate: Gate<GiveBack> = {
    enter(context) {
      return lineOf(limiterOf(context.key), settings)
        .slot(context)
        .catch((error: unknown) => refuse(context, error, onEvent));
    },
    left: (giveBack) => giveBack(),
  };
  // Bottleneck does not know what a server accepts; the token bucket in front does.
  return joinPolicies(
    [tokenBucket({ clock, onEvent }), policyOf([bottleneckGate], { clock })],
    readStatuses,
  );
}

function limitersBy(
  limiter: Bottleneck | Bottleneck.Group | Bottleneck.ConstructorOptions,
): (key: string) => Bottleneck {
  if (typeof limiter !== 'object' || limiter === null) {
    const expected = 'a Bottleneck, a Bottleneck.Group, or the options of one';
    throw new OptionError('bottleneckLimiter.limiter', expected, limiter);
  }
  if (isLimiter(limiter)) return () => limiter;
  const group = isGroup(limiter) ? limiter : new Bottleneck.Group(limiter);
  group.on('error', () => {});
  return (key) => group.key(key);
}

// By shape: a program may have a Bottleneck of its own next to ours.
const isLimiter = (limiter: object): limiter is Bottleneck => 'schedule' in limiter;
const isGroup = (limiter: object): limiter is Bottleneck.Group => 'limiters' in limiter;

function refuse(context: Context, cause: unknown, onEvent: EventListener | undefined): Attempt {
  const { cancellation } = context;
  if (cancellation?.cancelled) return context.refuseCancelled(cancellation);
  const because = cause instanceof Error ? cause.message : 'Bottleneck refused it';
  return refuseAttempt(
    context,
    { by: 'bottleneck', category: 'throttle', because },
    onEvent,
    (details) => new RateLimitedError(because, { ...details, cause }),
  );
}
