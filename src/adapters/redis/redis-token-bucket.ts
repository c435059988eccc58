import type { Attempt } from '../../core/attempt.ts';
import type { Context } from '../../core/context.ts';
import { emit } from '../../core/events.ts';
import { KeyedStore } from '../../core/keyed-store.ts';
import { policyOf } from '../../core/layered-policy.ts';
import type { Gate } from '../../core/layers.ts';
import { joinPolicies } from '../../core/pipeline.ts';
import type { Policy } from '../../core/policy.ts';
import { refuseAttempt } from '../../core/refusal.ts';
import { isHeard } from '../../core/relay.ts';
import { controlledBy } from '../../policies/control.ts';
import { isAccepted, isThrottled } from '../../policies/rate-limit/lane.ts';
import { RateLimitedError } from '../../policies/rate-limit/rate-limited-error.ts';
import { hintOf } from '../../policies/rate-limit/stop.ts';
import { tokenBucket } from '../../policies/rate-limit/token-bucket.ts';
import { readStatuses } from '../../policies/status-reader.ts';
import { leaseTerms } from './lease-terms.ts';
import './redis-events.ts';
import {
  readRedisTokenBucketOptions,
  type RedisTokenBucketOptions,
  type RedisTokenBucketSettings,
} from './redis-token-bucket-options.ts';
import { sharedLimitsControl } from './shared-limits-control.ts';
import { SharedLimit, type Applicant } from './shared-limit.ts';
import type { Slots } from './slots.ts';
import { storeErrorText } from './store-errors.ts';

/** A limit that is shared with other processes. */
export interface RedisTokenBucket extends Policy {
  /**
   * Returns what this process holds, so that others have it at once, and leaves the limit; call it
   * at the end of a program. Calls that wait, or that come later, are refused. It never rejects.
   */
  close(): Promise<void>;
}

/**
 * Starts at most `burst` + `ratePerSecond` × t attempts in any t seconds, in all processes together
 * that share one Redis or Valkey server. Within a process the first in line goes first, by priority;
 * the processes take turns.
 *
 * A process leases moments of the limit's schedule, as many as it lately used in a tenth of a second,
 * and serves its calls from them: most calls cost no message. A moment that is not used expires, so
 * the limit holds however many processes there are. Without the store calls go on as `onStoreError`
 * says. It also stops where the server accepts nothing, as {@link tokenBucket} without a rate does,
 * and where two processes have found that out, all of them stop.
 *
 * A call is refused with a {@link RateLimitedError} if the line is full, the wait too long or the
 * deadline too near.
 *
 * @throws {@link OptionError} for options that cannot work.
 *
 * @example
 * const limit = redisTokenBucket({ client, ratePerSecond: 100 });
 * const fetch = resilientFetch(globalThis.fetch, { rateLimit: limit });
 */
export function redisTokenBucket(options: RedisTokenBucketOptions): RedisTokenBucket {
  const settings = readRedisTokenBucketOptions(options);
  const { clock, onEvent, name, maxKeys } = settings;
  const limits = new KeyedStore<SharedLimit>(
    maxKeys,
    (key) => limitOf(key, settings),
    ({ waiting }) => (waiting > 0 ? Infinity : -Infinity),
    (limit) => void limit.close(),
  );
  let isClosed = false;

  const sharedGate: Gate<Slots> = {
    enter(context) {
      if (isClosed) return refuse(context, settings, 'the shared limit has been closed');
      const weight = weightOf(context, settings);
      if (weight > settings.burst) return refuseForGood(context, weight, settings);
      const limit = limits.use(name ?? context.key);
      return limit.tryTake(weight) ?? waitFor(limit, weight, context, settings);
    },
    left(slots, attempt, context) {
      const limit = limits.peek(name ?? context.key);
      if (limit === undefined) return;
      if (context.record.startedOn === undefined) limit.giveBack(slots);
      else tellOutcome(limit, attempt, context);
    },
    objection(context, waitMs) {
      const stop = limits.peek(name ?? context.key)?.fleet.stop;
      const retriedAt = clock.now() + waitMs;
      return stop?.isTooLongFor(retriedAt, context.deadline) ? stop.because : undefined;
    },
  };
  controlledBy(sharedGate, sharedLimitsControl(limits, name, clock));
  // The token bucket in front sees what the server accepts of this process; the store, of all of them.
  const policy = joinPolicies(
    [tokenBucket({ clock, onEvent }), policyOf([sharedGate], { clock })],
    readStatuses,
  );
  return Object.assign(policy, {
    async close() {
      isClosed = true;
      const all = Array.from(limits.entries(), ([, limit]) => limit);
      await Promise.all(all.map((limit) => limit.close()));
    },
  });
}

function limitOf(key: string, settings: RedisTokenBucketSettings): SharedLimit {
  const { ratePerSecond, burst, prefix, onEvent, storeTimeoutMs: timeoutMs } = settings;
  // Braces: all that is kept of a limit is on one node of a cluster. With other numbers it is another limit.
  const storeKey = `${prefix}:{${encodeURIComponent(key)}}:${ratePerSecond}:${burst}`;
  // No call is the cause: one request to the store is for many.
  const noCall = { callId: undefined, method: undefined, route: undefined };
  const told = { by: 'redis-token-bucket', key, ...noCall } as const;
  const limit: SharedLimit = new SharedLimit(
    { ...settings, key: storeKey, terms: leaseTerms(ratePerSecond, burst), timeoutMs },
    {
      failed(kind, error, retryAfterMs) {
        if (!isHeard(onEvent)) return;
        const message = storeErrorText(error);
        emit(onEvent, { type: 'store-error', ...told, kind, message, retryAfterMs });
      },
      recovered(aloneMs) {
        const { members } = limit.store;
        if (isHeard(onEvent)) emit(onEvent, { type: 'store-recovered', ...told, aloneMs, members });
      },
      stopped(stop) {
        if (!onEvent) return;
        const pauseMs = Math.ceil(stop.leftMs(settings.clock.now()));
        emit(onEvent, { type: 'fleet-stopped', ...told, pauseMs, throttles: stop.throttles });
      },
      resumed(stoppedMs) {
        if (onEvent) emit(onEvent, { type: 'fleet-resumed', ...told, stoppedMs });
      },
    },
  );
  return limit;
}

/** What the limited server made of an attempt. */
function tellOutcome(limit: SharedLimit, attempt: Attempt, { route, record }: Context): void {
  const { classification, startedOn = 0 } = attempt;
  if (classification === undefined) return;
  if (isAccepted(classification)) limit.fleet.accepted(startedOn, route);
  else if (isThrottled(classification) && record.kind === 'first-try') {
    limit.fleet.throttled(startedOn, route, hintOf(classification));
  }
}

/** The tokens of one attempt: whole ones, as the schedule has no others. */
const weightOf = (context: Context, settings: RedisTokenBucketSettings): number =>
  Math.ceil(context.weight ?? settings.weight);

/** Nothing starts at a deadline itself. */
const A_MOMENT_MS = 0.001;

/** Waits in line, or is refused at once where waiting would be in vain. */
function waitFor(
  limit: SharedLimit,
  weight: number,
  context: Context,
  settings: RedisTokenBucketSettings,
): Attempt | Promise<Slots | Attempt> {
  const { clock, maxWaitMs, maxQueue, onEvent } = settings;
  const { attempt, identity, priority, cancellation } = context;
  const now = clock.now();
  const likelyMs = limit.likelyWaitMs(priority, weight);
  if (limit.refusal !== undefined) {
    return refuse(context, settings, limit.refusal, limit.retryAfterMs);
  }
  if (limit.waiting >= maxQueue) {
    const because = `${limit.waiting} calls wait for a token already, as many as maxQueue allows`;
    return refuse(context, settings, because, likelyMs);
  }
  const leavesAt = Math.min(now + maxWaitMs, context.deadline - A_MOMENT_MS);
  const tooLate = (): string =>
    clock.now() + A_MOMENT_MS >= context.deadline
      ? 'no token came before the total deadline'
      : `no token came within maxWaitMs (${maxWaitMs} ms)`;
  const stop = limit.fleet.vainStop(now, weight, leavesAt);
  if (stop !== undefined) return refuse(context, settings, stop.because, stop.leftMs(now));
  const leastMs = limit.leastWaitMs(priority, weight);
  if (now + leastMs > leavesAt) {
    const because = `a token comes in ${Math.ceil(leastMs)} ms at the earliest, which is too late`;
    return refuse(context, settings, because, likelyMs);
  }
  if (isHeard(onEvent)) {
    const told = { by: 'redis-token-bucket', ...identity, attempt, waitMs: likelyMs } as const;
    emit(onEvent, { type: 'queued', ...told });
  }
  return new Promise((resolve) => {
    const settle = (outcome: Slots | Attempt): void => {
      cancellation?.remove(leaver);
      resolve(outcome);
    };
    const applicant: Applicant = {
      leavesAt,
      joinedAt: now,
      priority,
      weight,
      hasLeft: false,
      grant: settle,
      giveUp() {
        settle(refuse(context, settings, tooLate(), limit.likelyWaitMs(priority, weight)));
      },
      refuse: (because, retryAfterMs) => settle(refuse(context, settings, because, retryAfterMs)),
    };
    // A cancelled attempt is settled by the frame around the gate.
    const leaver = { cancel: () => limit.leave(applicant) };
    cancellation?.add(leaver);
    limit.join(applicant);
  });
}

/** Refuses a call that can never start: there is no time to come back at. */
function refuseForGood(
  context: Context,
  weight: number,
  { burst, onEvent }: RedisTokenBucketSettings,
): Attempt {
  const because = `it takes ${weight} tokens at once, more than burst (${burst}) ever is, so it can never start`;
  const refusal = { by: 'redis-token-bucket', category: 'throttle', because } as const;
  return refuseAttempt(context, refusal, onEvent, (details) =>
    Object.assign(new RateLimitedError(because, details), {
      message: `Not sent to ${details.key}: ${because}`,
    }),
  );
}

const refuse = (
  context: Context,
  { onEvent }: RedisTokenBucketSettings,
  because: string,
  retryAfterMs?: number,
): Attempt =>
  refuseAttempt(
    context,
    {
      by: 'redis-token-bucket',
      category: 'throttle',
      because,
      retryAfterMs: retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs),
    },
    onEvent,
    (details) => new RateLimitedError(because, details),
  );
