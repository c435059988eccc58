import type { Attempt } from '../../core/attempt.ts';
import {
  ABORTED,
  CALLER_TIMED_OUT,
  timedOut,
  type Classification,
} from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import { TimeoutError } from '../../core/errors.ts';
import { Routes } from '../blame.ts';
import type { AdaptiveCircuit } from './adaptive-circuit.ts';
import { hasBegunStream, healthIn, type CircuitRefusal, type Settled } from './circuit-gate.ts';
import type { CircuitsOfKey, Failing } from './circuit-state.ts';
import type { Admission, Judge, Place } from './in-flight.ts';
import { waitFor } from './wait-for-circuit.ts';

type Answer = Place | CircuitRefusal;

/** The adaptive circuit of one key, and those of the routes that fail while the others of the key answer. */
export class AdaptiveKeyCircuits implements CircuitsOfKey {
  readonly circuit: AdaptiveCircuit;
  readonly #clock: Clock;
  readonly #newCircuit: (route?: string) => AdaptiveCircuit;
  #routes: Routes<AdaptiveCircuit> | undefined;

  /** @param newCircuit - makes the circuit of a route, or the key's own where none is named */
  constructor(clock: Clock, newCircuit: (route?: string) => AdaptiveCircuit) {
    this.circuit = newCircuit();
    this.#clock = clock;
    this.#newCircuit = newCircuit;
  }

  get endsAt(): number {
    let latest = this.circuit.endsAt;
    for (const [, own] of this.routes()) latest = Math.max(latest, own.endsAt);
    return latest;
  }

  get waiting(): number {
    let { waiting } = this.circuit;
    for (const [, own] of this.routes()) waiting += own.waiting;
    return waiting;
  }

  longestWaitMs(now: number): number {
    let longest = this.circuit.longestWaitMs(now);
    for (const [, own] of this.routes()) longest = Math.max(longest, own.longestWaitMs(now));
    return longest;
  }

  routes(): Iterable<[route: string, own: AdaptiveCircuit]> {
    return this.#routes?.entries() ?? [];
  }

  /** A place in a closed circuit, for which nobody need look at a clock or ask for a route. */
  takeFree(context: Context): Place | undefined {
    if (this.#routes?.blaming || context.clock !== this.#clock) return undefined;
    return this.circuit.takeFree(context);
  }

  /** Lets an attempt through, refuses it, or lets it wait. A route's own circuit comes first. */
  enter(context: Context, now: number): Answer | Promise<Answer> {
    const own = this.#ownOf(context);
    if (own === undefined) return this.#enter(this.circuit, context, now);
    const ownAnswer = this.#enter(own, context, now);
    return ownAnswer instanceof Promise
      ? ownAnswer.then((answer) => this.#enterKey(own, answer, context, this.#clock.now()))
      : this.#enterKey(own, ownAnswer, context, now);
  }

  /** For how long it is of no use even to wait in line, in milliseconds. */
  hopelessForMs(context: Context, now: number): number {
    const own = this.#ownOf(context)?.hopelessForMs(now) ?? 0;
    return Math.max(this.circuit.hopelessForMs(now), own);
  }

  /** Whether nothing but spaced probes is let through, of the key or of the attempt's route. */
  sendsProbesOnly(context: Context): boolean {
    return this.circuit.stateAt() === 'open' || this.#ownOf(context)?.stateAt() === 'open';
  }

  /** Takes an outcome in. */
  settle(
    place: Place,
    attempt: Attempt,
    classification: Classification,
    context: Settled,
    now: number,
  ): void {
    const { circuit } = this;
    const { twin } = place;
    const { ranMs } = attempt;
    const isFirstTry = context.record.kind === 'first-try';
    const health =
      hasBegunStream(classification) && isClosed(circuit) && isClosed(twin?.judge)
        ? 'unknown'
        : healthIn(attempt, classification);
    if (health === 'healthy') {
      twin?.judge.answered(twin.place, ranMs, isFirstTry, now);
      circuit.answered(place, ranMs, isFirstTry, now);
      if (isFirstTry && this.#routes?.watching) this.#routes.passed(context.route, now);
    } else if (health === 'failing') {
      const isTimeOut = isTimeOutOf(attempt, classification);
      const failing = { because: classification, isTimeOut, isFirstTry, ranMs };
      this.#failed(place, failing, context, now);
    } else {
      const overdue =
        classification === ABORTED
          ? { because: timedOut(Math.round(ranMs)), isTimeOut: true, isFirstTry, ranMs }
          : undefined;
      twin?.judge.ended(twin.place, overdue, now);
      circuit.ended(place, twin ? undefined : overdue, now);
    }
  }

  latePass(context: Settled): Place | undefined {
    const place = this.circuit.takeFree(context, true);
    const own = this.#ownOf(context);
    const ownPlace = own?.takeFree(context, true);
    if (place !== undefined && own !== undefined && ownPlace !== undefined) {
      place.twin = { judge: own, place: ownPlace };
    }
    return place;
  }

  close(now: number): void {
    const routes = [...this.routes()];
    this.#routes = undefined;
    this.circuit.close(now);
    for (const [, own] of routes) own.close(now);
  }

  #ownOf(context: Settled): AdaptiveCircuit | undefined {
    return this.#routes?.blaming ? this.#routes.of(context.route) : undefined;
  }

  #enter(circuit: AdaptiveCircuit, context: Context, now: number): Answer | Promise<Answer> {
    const admission = context.clock === this.#clock ? context : sentAt(now, context);
    return circuit.enter(admission, now) ?? waitFor(circuit, admission, context, this.#clock, now);
  }

  /** Goes on to the key's circuit, with a place in the route's. */
  #enterKey(
    own: AdaptiveCircuit,
    ownAnswer: Answer,
    context: Context,
    now: number,
  ): Answer | Promise<Answer> {
    if ('retryAfterMs' in ownAnswer) return ownAnswer;
    const joined = (answer: Answer): Answer => {
      if ('retryAfterMs' in answer) own.ended(ownAnswer, undefined, this.#clock.now());
      else answer.twin = { judge: own, place: ownAnswer };
      return answer;
    };
    const answer = this.#enter(this.circuit, context, now);
    return answer instanceof Promise ? answer.then(joined) : joined(answer);
  }

  #failed(place: Place, failing: Failing, context: Settled, now: number): void {
    const { because, isFirstTry } = failing;
    // A connection that never stood is no fault of a route.
    const neverStood = because.unprocessed && because.decidedBy === 'network';
    const route = neverStood ? '' : context.route;
    const guilty = isFirstTry ? this.#watched().failed(route, now) : this.#routes?.of(route);
    // Read only now: with its circuit a route gets the attempts that are under way.
    const { twin } = place;
    twin?.judge.failed(twin.place, failing, now);
    if (guilty !== undefined) return this.circuit.ended(place, undefined, now);
    this.circuit.failed(place, failing, now, (which) => {
      const own = this.#routes?.singleOut(which);
      own?.trip(now, because);
      return own !== undefined;
    });
  }

  #watched(): Routes<AdaptiveCircuit> {
    return (this.#routes ??= new Routes<AdaptiveCircuit>(
      (route, failures) => {
        const own = this.#newCircuit(route);
        own.inherit(this.circuit, route, Math.max(failures - 1, 0));
        return own;
      },
      ({ endsAt }) => endsAt,
    ));
  }
}

const isClosed = (judge: Judge | undefined): boolean =>
  judge === undefined || judge.stateAt() === 'closed';

/** Stands in for an attempt whose own clock is another one. */
const sentAt = (startedOn: number, { record, route }: Context): Admission => ({
  record: { startedOn, kind: record.kind },
  route,
});

/** Whether nothing came in time, by a timeout of ours, of the caller's or of the transport. */
export const isTimeOutOf = ({ threw, value }: Attempt, reading: Classification): boolean =>
  reading === CALLER_TIMED_OUT ||
  (reading.status === undefined &&
    ((threw === true && value instanceof TimeoutError) ||
      /TIMED?_?OUT/.test(reading.errorCode ?? '')));
