import type { Attempt } from '../../core/attempt.ts';
import type { Context } from '../../core/context.ts';
import { emit } from '../../core/events.ts';
import { refuseAttempt } from '../../core/refusal.ts';
import { isHeard } from '../../core/relay.ts';
import { RateLimitedError } from '../rate-limit/rate-limited-error.ts';
import type { ConcurrencyLimitSettings } from './concurrency-limit-options.ts';
import type { PlaceWaiter } from './place-line.ts';
import type { Places } from './places.ts';
import '../rate-limit/rate-limit-events.ts';

const BY = 'concurrency-limit';
/** Nothing starts at a deadline itself. */
const A_MOMENT_MS = 0.001;

/**
 * Waits for a place where none is free, or is refused at once where there is no point in waiting. The
 * promise of one who is cancelled never settles: the frame around the gate does.
 */
export function waitForPlace(
  places: Places,
  context: Context,
  settings: ConcurrencyLimitSettings,
): Attempt | Promise<Places | Attempt> {
  const { onEvent, clock, maxWaitMs } = settings;
  const { line } = places;
  const { attempt, priority, cancellation, call } = context;
  const now = clock.now();
  const timeLeftMs = context.deadline - call.clock.now();
  const waitMs = places.estimateMs(priority);
  const because = obstacle(places, waitMs, timeLeftMs, settings);
  if (because !== undefined) return refuse(context, because, waitMs, settings);
  if (isHeard(onEvent)) {
    emit(onEvent, { type: 'queued', by: BY, ...context.identity, attempt, waitMs });
  }
  // An attempt that may take its usual time no more is of no use.
  const usefulMs = timeLeftMs - Math.max(places.usualMs, A_MOMENT_MS);
  return new Promise((resolve) => {
    const waiter: PlaceWaiter = {
      priority,
      joinedAt: now,
      leavesAt: now + Math.min(maxWaitMs, usefulMs),
      go() {
        cancellation?.remove(leaver);
        resolve(places);
      },
      sendAway() {
        cancellation?.remove(leaver);
        const why =
          usefulMs < maxWaitMs
            ? 'no place was free while an attempt could still have ended within the total deadline'
            : `no place was free within maxWaitMs (${maxWaitMs} ms)`;
        resolve(refuse(context, why, places.estimateMs(priority), settings));
      },
    };
    const leaver = { cancel: () => line.leave(waiter) };
    line.join(waiter);
    cancellation?.add(leaver);
  });
}

/** Why an attempt that would wait for `waitMs` is not let into the line; `undefined` if it is. */
function obstacle(
  { line, usualMs }: Places,
  waitMs: number,
  timeLeftMs: number,
  { maxQueue, maxWaitMs }: ConcurrencyLimitSettings,
): string | undefined {
  if (line.length >= maxQueue) {
    return `${line.length} calls wait for a place already (maxQueue: ${maxQueue})`;
  }
  if (waitMs > maxWaitMs) return `a place comes later than maxWaitMs (${maxWaitMs} ms)`;
  if (waitMs + usualMs < timeLeftMs) return undefined;
  return 'an attempt that waits for a place cannot end within the total deadline';
}

function refuse(
  context: Context,
  because: string,
  waitMs: number,
  { onEvent }: ConcurrencyLimitSettings,
): Attempt {
  // Where no answer has come yet nobody can tell when a place will be free.
  const retryAfterMs = waitMs > 0 ? Math.ceil(waitMs) : undefined;
  return refuseAttempt(
    context,
    { by: BY, category: 'throttle', because, retryAfterMs },
    onEvent,
    (details) => new RateLimitedError(because, details),
  );
}
