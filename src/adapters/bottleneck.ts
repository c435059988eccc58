import Bottleneck from 'bottleneck';
import type { Attempt } from '../core/attempt.ts';
import { refusal } from '../core/classification.ts';
import type { Context } from '../core/context.ts';
import { withoutStack } from '../core/errors.ts';
import { emit, type EventListener } from '../core/events.ts';
import { policyOf } from '../core/layered-policy.ts';
import type { Gate } from '../core/layers.ts';
import { OptionError, positive, readOptions, wholeNumber, type Checks } from '../core/options.ts';
import { joinPolicies } from '../core/pipeline.ts';
import { POLICY_CHECKS, REAL_WORLD, type PolicyOptions } from '../core/policy-options.ts';
import type { Policy } from '../core/policy.ts';
import { readPlainly } from '../policies/plain-reader.ts';
import { RateLimitedError } from '../policies/rate-limit/rate-limited-error.ts';
import { tokenBucket } from '../policies/rate-limit/token-bucket.ts';

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
 * its signal aborts. What Bottleneck drops or refuses becomes a {@link RateLimitedError}. Where the
 * server accepts nothing one probe at a time goes, as with holdfast's own token bucket.
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
  const settings = readOptions(
    'bottleneckLimiter',
    options,
    { ...BOTTLENECK_LIMITER_DEFAULTS, clock: REAL_WORLD.clock },
    BOTTLENECK_LIMITER_CHECKS,
  );
  const { clock, onEvent } = settings;
  const limiterOf = limitersBy(limiter);
  const lines = new WeakMap<Bottleneck, Line>();

  const bottleneckGate: Gate<GiveBack> = {
    enter(context) {
      const keyed = limiterOf(context.key);
      let line = lines.get(keyed);
      if (line === undefined) lines.set(keyed, (line = new Line(keyed)));
      return line
        .slot(settings, context)
        .catch((error: unknown) => refuse(context, error, onEvent));
    },
    left: (giveBack) => giveBack(),
  };
  // Bottleneck does not know what a server accepts; the token bucket in front does.
  return joinPolicies(
    [tokenBucket({ clock, onEvent }), policyOf([bottleneckGate], { clock })],
    readPlainly,
  );
}

type GiveBack = () => void;

/** Those who wait for a slot of one limiter. */
class Line {
  readonly #limiter: Bottleneck;
  readonly #dropped = new Map<string, (reason: Error) => void>();
  #joined = 0;

  constructor(limiter: Bottleneck) {
    this.#limiter = limiter;
    // Without a listener Bottleneck throws its errors out of a timer.
    limiter.on('error', () => {});
    // A limiter with `rejectOnDrop: false` never settles a job that it drops.
    limiter.on('dropped', ({ options }: Bottleneck.EventInfoDropped) => {
      this.#dropped.get(options.id)?.(new Error('Bottleneck dropped it: its line is full'));
    });
  }

  /** Waits for a slot; rejects if the call is cancelled first or Bottleneck refuses. */
  slot(
    { expirationMs, weight }: { readonly expirationMs: number; readonly weight: number },
    { cancellation, priority }: Context,
  ): Promise<GiveBack> {
    return new Promise<GiveBack>((resolve, reject) => {
      if (cancellation?.cancelled) return reject(cancellation.reason);
      const id = `holdfast-${(this.#joined += 1)}`;
      let wanted = true;
      const leave = (reason: unknown) => {
        wanted = false;
        this.#dropped.delete(id);
        forget?.();
        reject(reason);
      };
      const forget = cancellation?.onCancel(leave);
      this.#dropped.set(id, leave);
      const hold = () => {
        // Bottleneck cannot take a job out of its line: one that nobody wants ends at once.
        if (!wanted) return Promise.resolve();
        this.#dropped.delete(id);
        forget?.();
        return new Promise<void>((giveBack) => resolve(giveBack));
      };
      const place = Math.min(Math.max(DEFAULT_PRIORITY - priority, 0), LOWEST_PRIORITY);
      this.#limiter
        .schedule({ id, priority: place, weight, expiration: expirationMs }, hold)
        // Once the slot is held only its expiration can reject, and the attempt runs on without it.
        .catch(leave);
    });
  }
}

/** Bottleneck counts the other way round: 0 goes first, 9 last, 5 is usual. */
const DEFAULT_PRIORITY = 5;
const LOWEST_PRIORITY = 9;

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
  const { key, call, cancellation } = context;
  if (cancellation?.cancelled) return context.refuseCancelled(cancellation);
  const because = cause instanceof Error ? cause.message : 'Bottleneck refused it';
  const classification = refusal('throttle', because, undefined);
  if (onEvent) {
    emit(onEvent, { type: 'refused', by: 'bottleneck', key, because, retryAfterMs: undefined });
  }
  return context.refuse(
    withoutStack(() => new RateLimitedError(because, call.failure(classification, cause))),
    classification,
  );
}
