import type { Attempt } from '../../core/attempt.ts';
import type { Context } from '../../core/context.ts';
import { emit } from '../../core/events.ts';
import { KeyedStore } from '../../core/keyed-store.ts';
import { policyOf } from '../../core/layered-policy.ts';
import type { Gate } from '../../core/layers.ts';
import type { AnnouncedLimit } from '../../core/outcome-reader.ts';
import type { Policy } from '../../core/policy.ts';
import { isHeard } from '../../core/relay.ts';
import { readPlainly } from '../plain-reader.ts';
import { controlledBy } from '../control.ts';
import { isThrottled } from './lane.ts';
import { limitsControl } from './limits-control.ts';
import { Line } from './line.ts';
import type { Token } from './pace.ts';
import { Sampling } from './sampling.ts';
import { RoutePass, enterBoth } from './route-pass.ts';
import { ScopeLimits } from './scope-limits.ts';
import {
  configuredPace,
  readTokenBucketOptions,
  type TokenBucketOptions,
} from './token-bucket-options.ts';
import { Unlimited } from './unlimited.ts';
import './rate-limit-events.ts';

/**
 * Starts at most `burst` + `ratePerSecond` × t attempts of one scope in any t seconds, first come
 * first served within a priority.
 *
 * With or without a rate it watches what the server accepts. A throttle binds the call that got it,
 * and nobody else. Where nothing is accepted any more (five first tries in a row are throttled) it
 * sends one probe at a time, at doubling distances, until one is accepted. It stops one route alone
 * where the others of its scope are accepted.
 *
 * A call is refused with a {@link RateLimitedError} that says when to come back if the line is
 * full, the wait too long or the deadline too near.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const policy = pipeline(retry(), tokenBucket({ ratePerSecond: 10, burst: 20 }));
 */
export function tokenBucket(options?: TokenBucketOptions): Policy {
  const settings = readTokenBucketOptions(options);
  const { clock, onEvent, ratePerSecond, burst, learnRate } = settings;
  const isLimited = ratePerSecond !== undefined;
  const line = new Line(settings);
  const sampling = new Sampling();
  // The scopes that have trouble with their server, by key: a call of any other key pays nothing.
  const troubles = new Map<string, Set<ScopeLimits>>();
  const scopes = new KeyedStore<ScopeLimits>(
    settings.maxKeys,
    () =>
      new ScopeLimits(
        clock,
        isLimited ? configuredPace(ratePerSecond, burst) : new Unlimited(),
        learnRate,
      ),
    ({ endsAt }) => endsAt,
    (limits) => calm(limits),
  );
  const limitsOf = ({ key, scope }: Context): ScopeLimits => {
    const limits = scopes.use(scope);
    limits.key ??= key;
    return limits;
  };
  const calm = (limits: ScopeLimits): void => {
    for (const key of limits.troubledKeys) {
      const troubled = troubles.get(key);
      if (troubled?.delete(limits) && troubled.size === 0) troubles.delete(key);
    }
    limits.troubledKeys = NONE;
  };
  const noteTrouble = (limits: ScopeLimits, { key, scope }: Context): void => {
    const isCalm = limits.isCalm && (isLimited || limits.lane.bucket.idle);
    if (!isCalm) {
      if (limits.troubledKeys.includes(key)) return;
      // A scope of the caller's own may span several keys.
      limits.troubledKeys = [...limits.troubledKeys, key];
      troubles.set(key, (troubles.get(key) ?? new Set()).add(limits));
    } else if (isLimited) {
      calm(limits);
    } else {
      scopes.forget(scope);
    }
  };
  /** What holds a call back; `undefined` where nothing can. */
  const limitsOn = (context: Context): ScopeLimits | undefined => {
    if (isLimited) return limitsOf(context);
    return troubles.size > 0 && troubles.has(context.key) ? scopes.peek(context.scope) : undefined;
  };

  const tokenBucketGate: Gate<Token | RoutePass | undefined> = {
    onEvent,
    enter(context) {
      const limits = limitsOn(context);
      if (limits === undefined) return undefined;
      const { lane } = limits;
      const own = limits.routeLane(context);
      if (own !== undefined) return enterBoth(line, own, lane, context);
      return lane.tryTake(context) ?? line.wait(lane.bucket, context);
    },
    left(pass, attempt, context) {
      const { classification } = attempt;
      const token = pass instanceof RoutePass ? pass.token : pass;
      // Refused further in, aborted at the last moment, answered from a cache: nothing was sent.
      if (context.record.startedOn === undefined || classification === undefined) {
        if (pass instanceof RoutePass) pass.own.bucket.giveBack(pass.ownToken);
        if (token !== undefined) limitsOn(context)?.lane.bucket.giveBack(token, context.weight);
        return;
      }
      const isTrouble = isThrottled(classification);
      const isWatched = troubles.size > 0 && troubles.has(context.key);
      if (!isTrouble && !isWatched && !sampling.isDue()) return;
      const announced = learnRate ? announcedBy(attempt, context) : NO_LIMITS;
      const isNews = isTrouble || announced.length > 0;
      const limits = isNews ? limitsOf(context) : limitsOn(context);
      if (limits === undefined) return;
      const now = clock.now();
      const { startedOn = now } = attempt;
      const votes = context.record.kind === 'first-try';
      const wasHeldBack = context.record.queuedMs > 0;
      const outcome = {
        token,
        wasHeldBack,
        startedOn,
        now,
        classification,
        votes,
        announced,
      };
      const ofRoute = pass instanceof RoutePass ? { ...outcome, token: pass.ownToken } : undefined;
      const stopped = limits.settle(outcome, ofRoute, context);
      noteTrouble(limits, context);
      const { stop } = stopped?.lane.pace ?? {};
      if (stopped === undefined || stop === undefined || !isHeard(onEvent)) return;
      const told = {
        ...context.identity,
        route: stopped.route,
        pauseMs: Math.ceil(stop.dueAt(now) - now),
        classification,
      };
      emit(onEvent, { type: 'key-paused', by: 'token-bucket', ...told });
    },
    // Nobody need pay for a repetition that waits: the pace bounds what is sent.
    holdsBack: (context) => limitsOn(context)?.holdsBack(context) === true,
    objection(context, waitMs) {
      const limits = limitsOn(context);
      if (limits === undefined) return undefined;
      const now = clock.now();
      for (const lane of [limits.lane, limits.routeLane(context)]) {
        const { stop } = lane?.pace ?? {};
        if (stop === undefined) continue;
        const leftMs = stop.opensAt(now) - now - waitMs;
        if (leftMs > stop.patienceMs) return `the server accepts nothing for ${leftMs} ms more`;
      }
      return undefined;
    },
  };
  controlledBy(tokenBucketGate, limitsControl(scopes, clock));
  return policyOf([tokenBucketGate], { clock, readerFor: readPlainly });
}

const NONE: readonly string[] = [];
const NO_LIMITS: readonly AnnouncedLimit[] = [];

/** The limits that an answer announces, as far as its reader knows of such things. */
function announcedBy({ threw, value }: Attempt, { reader }: Context): readonly AnnouncedLimit[] {
  if (threw || reader?.announcedLimits === undefined) return NO_LIMITS;
  try {
    return reader.announcedLimits(value);
  } catch {
    // A value whose members throw when they are looked at.
    return NO_LIMITS;
  }
}
