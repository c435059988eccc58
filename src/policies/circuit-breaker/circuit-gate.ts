import type { Attempt } from '../../core/attempt.ts';
import {
  CALLER_TIMED_OUT,
  healthOf,
  refusal,
  type Classification,
  type Health,
} from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import { withoutStack } from '../../core/errors.ts';
import { emit, type EventListener } from '../../core/events.ts';
import type { KeyedStore } from '../../core/keyed-store.ts';
import type { Gate } from '../../core/layers.ts';
import { isHeard } from '../../core/relay.ts';
import { causingCall } from './circuit-cause.ts';
import { CircuitOpenError } from './circuit-open-error.ts';
import type { Circuit, CircuitListener, Refusal } from './circuit-state.ts';
import './circuit-events.ts';

declare module '../../core/report.ts' {
  interface AttemptNotes {
    /** The circuit's state when it was let through, `'half-open'` for a probe too; absent where no breaker was asked. */
    readonly circuit?: 'closed' | 'half-open';
  }
}

/** A refusal, and the circuit that refuses. */
export interface CircuitRefusal extends Refusal {
  readonly by: Pick<Circuit, 'because'>;
}

/** Tells of the changes of a key's circuit, or of that of one route of it. */
export const changesTold =
  (onEvent: EventListener | undefined, key: string, route?: string): CircuitListener =>
  (from, to, openMs, classification) => {
    if (!isHeard(onEvent)) return;
    const { callId, method } = causingCall()?.identity ?? {};
    const change = { callId, key, method, route, from, to, openMs, classification };
    emit(onEvent, { type: 'circuit-changed', by: 'circuit-breaker', ...change });
  };

/** Refuses an attempt, and says when to come back, unless the circuit was opened by hand. */
export function refuseWhileOpen(
  onEvent: EventListener | undefined,
  context: Context,
  { retryAfterMs: waitMs, by: { because: causedBy } }: CircuitRefusal,
): Attempt {
  const { attempt, call } = context;
  const because = 'the circuit is open';
  const retryAfterMs = waitMs < Infinity ? Math.ceil(waitMs) : undefined;
  if (isHeard(onEvent)) {
    const told = { ...context.identity, attempt, because, retryAfterMs, causedBy };
    emit(onEvent, { type: 'refused', by: 'circuit-breaker', ...told });
  }
  const classification = refusal('retryable', because, retryAfterMs);
  return context.refuse(
    withoutStack(() => new CircuitOpenError(call.failure(classification), causedBy)),
    classification,
  );
}

/** Why an attempt should not be repeated after a wait that is shorter than the circuit refuses for. */
export const objectionTo = (waitMs: number, refusesForMs = 0): string | undefined =>
  waitMs < refusesForMs
    ? `the circuit is open for longer than the wait of ${waitMs} ms`
    : undefined;

/** What a circuit asks of a call when its outcome is there. */
export type Settled = Pick<Context, 'record' | 'route'>;

/** The circuits of a key, as they take outcomes in. */
interface Settling<Pass> {
  settle(
    pass: Pass,
    attempt: Attempt,
    classification: Classification,
    context: Settled,
    now: number,
  ): void;
  /** A pass for the outcome of what has left already; `undefined` while the circuit is not closed. */
  latePass(context: Settled): Pass | undefined;
}

/** Hands the outcome of an attempt to the circuits of its key. */
export const settlesIn =
  <Pass>(
    keys: Pick<KeyedStore<Settling<Pass>>, 'use'>,
    clock: Clock,
  ): NonNullable<Gate<Pass>['left']> =>
  (pass, attempt, context) => {
    const { classification } = attempt;
    if (classification === undefined) return;
    const now = endOf(attempt, context, clock);
    keys.use(context.key).settle(pass, attempt, classification, context, now);
  };

/** Hands in how a stream went. It counts while the circuit is closed: else others have decided meanwhile. */
export const settlesStreamsIn =
  <Pass>(
    keys: Pick<KeyedStore<Settling<Pass>>, 'peek'>,
    clock: Clock,
  ): NonNullable<Gate<Pass>['streamEnded']> =>
  (stream) => {
    const { record, key } = stream;
    const circuits = keys.peek(key);
    const pass = circuits?.latePass(stream);
    if (pass === undefined || record.classification === undefined) return;
    circuits?.settle(pass, record, record.classification, stream, clock.now());
  };

/** Notes in which state of its circuit an attempt was let through. */
export const noteState = ({ record }: Context, state: keyof typeof NOTES): void =>
  record.note(NOTES[state]);

const HALF_OPEN = Object.freeze({ circuit: 'half-open' });
/** One object for all attempts that say the same. */
const NOTES = {
  closed: Object.freeze({ circuit: 'closed' }),
  'half-open': HALF_OPEN,
  open: HALF_OPEN,
} as const;

/** When an attempt ended, by the clock of the breaker. */
export const endOf = ({ endedOn }: Attempt, { call }: Context, clock: Clock): number =>
  call.clock === clock && endedOn !== undefined ? endedOn : clock.now();

/**
 * Whether an attempt has begun a stream. While the circuit is closed it votes when the stream is over,
 * or every stream that breaks off would count as an answer first. Else it votes at once: its beginning
 * is an answer, and the others wait for one.
 */
export const hasBegunStream = ({ stream }: Classification): boolean => stream === 'begun';

/**
 * What an attempt says of the server. Where the caller's time ran out, an attempt that got less of
 * it than the line before it says nothing.
 */
export function healthIn({ ranMs, queuedMs }: Attempt, reading: Classification): Health {
  if (reading === CALLER_TIMED_OUT && (ranMs === 0 || ranMs < queuedMs)) return 'unknown';
  return healthOf(reading);
}
