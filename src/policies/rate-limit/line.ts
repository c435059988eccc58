import type { Attempt } from '../../core/attempt.ts';
import { refusal } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import { withoutStack } from '../../core/errors.ts';
import { emit, type EventListener } from '../../core/events.ts';
import { isHeard } from '../../core/relay.ts';
import type { Bucket, Waiter } from './bucket.ts';
import type { Token } from './pace.ts';
import { RateLimitedError } from './rate-limited-error.ts';

/** What decides who may wait. */
export interface LineSettings {
  readonly maxQueue: number;
  readonly maxWaitMs: number;
  readonly onEmpty: 'wait' | 'reject';
  readonly clock: Clock;
  readonly onEvent?: EventListener | undefined;
}

/** Nothing starts at a deadline itself. */
const A_MOMENT_MS = 0.001;

/** Lets calls wait for a token, or refuses them with the time at which to come back. */
export class Line {
  readonly #settings: LineSettings;

  constructor(settings: LineSettings) {
    this.#settings = settings;
  }

  /**
   * Waits for a token of a bucket that has none free.
   *
   * @param gaveUp - called if the attempt is cancelled while it waits; the promise never settles then
   */
  wait(bucket: Bucket, context: Context, gaveUp?: () => void): Attempt | Promise<Token | Attempt> {
    const { onEvent, maxWaitMs, clock } = this.#settings;
    const { attempt, priority, cancellation, record, weight } = context;
    const waitMs = bucket.estimateMs(priority, record.kind, weight);
    const because = this.#obstacle(bucket, context, waitMs);
    if (because !== undefined) return this.#refuse(bucket, context, because, waitMs);
    if (isHeard(onEvent)) {
      emit(onEvent, { type: 'queued', by: 'token-bucket', ...context.identity, attempt, waitMs });
    }
    return new Promise((resolve) => {
      const waiter: Waiter = {
        weight,
        leavesAt: Math.min(clock.now() + maxWaitMs, context.deadline - A_MOMENT_MS),
        grant(token) {
          cancellation?.remove(leaver);
          resolve(token);
        },
        sendAway: (longerMs) => {
          cancellation?.remove(leaver);
          const why = this.#whyNoLonger(bucket, context);
          resolve(this.#refuse(bucket, context, why, longerMs));
        },
      };
      // A cancelled attempt is settled by the frame around the gate.
      const leaver = {
        cancel() {
          bucket.leave(waiter);
          gaveUp?.();
        },
      };
      bucket.join(waiter, priority, record.kind);
      cancellation?.add(leaver);
    });
  }

  /** Why a call that would wait for `waitMs` is not let into the line; `undefined` if it is. */
  #obstacle(bucket: Bucket, { deadline }: Context, waitMs: number): string | undefined {
    const { onEmpty, maxQueue, maxWaitMs, clock } = this.#settings;
    const now = clock.now();
    const { stop } = bucket.pace;
    if (onEmpty === 'reject') return 'no token is free';
    if (stop !== undefined && stop.opensAt(now) - now > stop.patienceMs) return NOTHING_ACCEPTED;
    if (bucket.waiting >= maxQueue) {
      return `${bucket.waiting} calls wait for a token already, as many as maxQueue allows`;
    }
    if (waitMs > maxWaitMs) return `a token comes later than maxWaitMs (${maxWaitMs} ms)`;
    if (now + waitMs >= deadline) return 'a token comes only after the total deadline';
    return undefined;
  }

  #whyNoLonger({ pace }: Bucket, { deadline }: Context): string {
    const { maxWaitMs, clock } = this.#settings;
    if (pace.stop !== undefined) return NOTHING_ACCEPTED;
    return clock.now() + A_MOMENT_MS >= deadline
      ? 'no token came before the total deadline'
      : `no token came within maxWaitMs (${maxWaitMs} ms)`;
  }

  #refuse({ pace }: Bucket, context: Context, because: string, retryAfterMs: number): Attempt {
    const { onEvent } = this.#settings;
    const { attempt, call } = context;
    const classification = refusal('throttle', because, Math.ceil(retryAfterMs));
    if (isHeard(onEvent)) {
      const causedBy = pace.stop?.because;
      const told = { ...context.identity, attempt, because, retryAfterMs, causedBy };
      emit(onEvent, { type: 'refused', by: 'token-bucket', ...told });
    }
    return context.refuse(
      withoutStack(
        () => new RateLimitedError(because, call.failure(classification), pace.stop?.because),
      ),
      classification,
    );
  }
}

const NOTHING_ACCEPTED = 'the server accepts nothing at the moment';
