import type { Attempt } from '../../core/attempt.ts';
import type { Context } from '../../core/context.ts';
import { emit } from '../../core/events.ts';
import { refuseAttempt } from '../../core/refusal.ts';
import { RateLimitedError } from '../rate-limit/rate-limited-error.ts';
import type { Order, OrderInLine } from './scope-usage.ts';
import type { Per, UsageLimitsSettings } from './usage-limits-options.ts';
import '../rate-limit/rate-limit-events.ts';

const BY = 'usage-limits';
/** Nothing starts at a deadline itself. */
const A_MOMENT_MS = 0.001;

/**
 * Waits until all of an order is there, or is refused at once where there is no point in waiting. The
 * promise of one who is cancelled never settles: the frame around the gate does.
 */
export function waitForUsage(
  order: Order,
  context: Context,
  settings: UsageLimitsSettings,
): Attempt | Promise<Order | Attempt> {
  const { clock, maxQueue, maxWaitMs, onEvent } = settings;
  const { attempt, priority, cancellation, deadline } = context;
  const { usage } = order;
  const { line } = usage;
  const refuse = (because: string, retryAfterMs?: number): Attempt =>
    refuseAttempt(
      context,
      { by: BY, category: 'throttle', because, retryAfterMs },
      onEvent,
      (details) => new RateLimitedError(because, details, usage.hold?.because),
    );
  const tooSmall = usage.tooSmallFor(order);
  if (tooSmall !== undefined) {
    const { estimate } = tooSmall.share;
    const { unit, amount, per } = tooSmall.limit.settings;
    const because = `it costs ${Math.round(estimate)} ${unit}, more than the ${amount} that its limit allows ${perText(per)}, so it can never start`;
    return refuseAttempt(context, { by: BY, category: 'throttle', because }, onEvent, (details) =>
      // There is no time to come back at.
      Object.assign(new RateLimitedError(because, details), {
        message: `Not sent to ${details.key}: ${because}`,
      }),
    );
  }
  const waitMs = (): number => {
    const now = clock.now();
    return Math.ceil(line.freeAt(now, order.units, priority) - now);
  };
  const joinedAt = clock.now();
  const likelyMs = waitMs();
  const leavesAt = Math.min(joinedAt + maxWaitMs, deadline - A_MOMENT_MS);
  const tooLate = (): string => {
    if (usage.hold !== undefined) return 'the server accepts nothing until its limit is reset';
    return deadline - A_MOMENT_MS <= joinedAt + maxWaitMs
      ? 'what it needs is there only after the total deadline'
      : `what it needs is there later than maxWaitMs (${maxWaitMs} ms)`;
  };
  if (line.length >= maxQueue) {
    return refuse(`${line.length} calls wait already, as many as maxQueue allows`, likelyMs);
  }
  if (joinedAt + likelyMs > leavesAt) return refuse(tooLate(), likelyMs);
  if (onEvent) {
    emit(onEvent, { type: 'queued', by: BY, ...context.identity, attempt, waitMs: likelyMs });
  }
  return new Promise((resolve) => {
    const settle = (outcome: Order | Attempt): void => {
      cancellation?.remove(leaver);
      resolve(outcome);
    };
    const waiter: OrderInLine = {
      ...order,
      priority,
      joinedAt,
      leavesAt,
      hasLeft: false,
      alarm: undefined,
      ringsAt: Infinity,
      go: () => settle(waiter),
      sendAway: () => settle(refuse(tooLate(), waitMs())),
    };
    const leaver = { cancel: () => line.leave(waiter) };
    cancellation?.add(leaver);
    line.join(waiter);
  });
}

const perText = (per: Per): string => (typeof per === 'number' ? `in ${per} ms` : `a ${per}`);
