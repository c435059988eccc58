import type { Clock } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import { Routes } from '../blame.ts';
import { Lane, isAccepted, isThrottled, type LaneOutcome } from './lane.ts';
import type { Pace } from './pace.ts';
import { Unlimited } from './unlimited.ts';

/** A lane that a throttle has stopped. */
export interface StoppedLane {
  readonly lane: Lane;
  /** The route whose lane it is; `undefined` for that of the scope. */
  readonly route: string | undefined;
}

/**
 * What one scope is held back by: its own lane, and those of routes on which throttles gather while
 * the others of the scope are accepted.
 */
export class ScopeLimits {
  /** The key of its calls. */
  key: string | undefined = undefined;
  /** The keys whose calls must look here before they go. */
  troubledKeys: readonly string[] = [];
  readonly lane: Lane;
  readonly #clock: Clock;
  readonly #learnsRate: boolean;
  /** Kept as soon as something is throttled. */
  #routes: Routes<Lane> | undefined;

  constructor(clock: Clock, configured: Pace, learnsRate = true) {
    this.#clock = clock;
    this.#learnsRate = learnsRate;
    this.lane = new Lane(clock, configured, learnsRate);
  }

  /** Whether the server has nothing against it, as far as is known. */
  get isCalm(): boolean {
    return this.lane.isCalm && !this.#routes?.watching;
  }

  /** Until when forgetting it would lose something; `-Infinity` if nothing is lost now. */
  get endsAt(): number {
    let latest = this.lane.endsAt(this.#clock.now());
    for (const [, lane] of this.#routes?.entries() ?? []) {
      latest = Math.max(latest, lane.endsAt(this.#clock.now()));
    }
    return latest;
  }

  /** The lane of a call's route, where that has one of its own. */
  routeLane(context: Context): Lane | undefined {
    return this.#routes?.blaming ? this.#routes.of(context.route) : undefined;
  }

  /** Whether an attempt has to wait in the lane of its scope, or of its route. */
  holdsBack(context: Context): boolean {
    return this.lane.holdsBack(context) || this.routeLane(context)?.holdsBack(context) === true;
  }

  /** All lanes, that of the scope first. */
  *lanes(): IterableIterator<StoppedLane> {
    yield { lane: this.lane, route: undefined };
    for (const [route, lane] of this.#routes?.entries() ?? []) yield { lane, route };
  }

  /**
   * Takes an outcome in.
   *
   * @param ofRoute - the same outcome, as the lane of its route sees it; `undefined` if it has none
   * @returns the lane that is stopped by it, or goes on being so
   */
  settle(
    outcome: LaneOutcome,
    ofRoute: LaneOutcome | undefined,
    context: Context,
  ): StoppedLane | undefined {
    const { classification, votes, now, token, announced } = outcome;
    const { pace } = this.lane;
    if (token !== undefined) pace.announced?.ended();
    const isThrottle = isThrottled(classification);
    if (announced !== undefined && announced.length > 0) {
      this.lane.heard(now, announced, { route: context.route, isThrottled: isThrottle });
    }
    const own = ofRoute && this.routeLane(context);
    if (isThrottle) return this.#throttled(outcome, ofRoute, context);
    if (isAccepted(classification)) {
      this.lane.accepted(outcome);
      own?.accepted(ofRoute ?? outcome);
      if (votes && this.#routes?.watching) this.#routes.passed(context.route, now);
      return undefined;
    }
    this.lane.saidNothing(outcome);
    own?.saidNothing(ofRoute ?? outcome);
    return undefined;
  }

  /** Lifts every stop. */
  resume(): void {
    for (const { lane } of this.lanes()) lane.resume();
    this.#routes?.clear();
  }

  #newRoutes(): Routes<Lane> {
    const clock = this.#clock;
    return new Routes<Lane>(
      (_route, _failures, shareOfPassed) => {
        const lane = new Lane(clock, new Unlimited(), this.#learnsRate);
        const { pacer } = this.lane.pace;
        lane.pace.pacer.takeOver(pacer.deliveredPerSecond(clock.now()) * shareOfPassed);
        return lane;
      },
      (lane) => lane.endsAt(clock.now()),
    );
  }

  #throttled(
    outcome: LaneOutcome,
    ofRoute: LaneOutcome | undefined,
    context: Context,
  ): StoppedLane | undefined {
    const { votes, token, now } = outcome;
    const { route } = context;
    const routes = (this.#routes ??= this.#newRoutes());
    const own = votes ? routes.failed(route, now) : routes.of(route);
    const { stop } = this.lane.pace;
    // A probe of the scope is an answer to the scope's question, on whatever route.
    if (stop?.isProbe(token)) {
      if (ofRoute !== undefined) own?.throttled(ofRoute);
      return this.lane.throttled(outcome) ? { lane: this.lane, route: undefined } : undefined;
    }
    if (own !== undefined) {
      const seen = ofRoute ?? { ...outcome, token: undefined };
      return own.throttled(seen) ? { lane: own, route } : undefined;
    }
    if (votes && this.lane.pace.pacer.isFree && this.lane.isLongRun) {
      const guilty = routes.singleOut('run');
      if (guilty !== undefined) {
        this.lane.forgetRun();
        const isOfGuilty = guilty === routes.of(route);
        return isOfGuilty && guilty.throttled(outcome) ? { lane: guilty, route } : undefined;
      }
    }
    return this.lane.throttled(outcome) ? { lane: this.lane, route: undefined } : undefined;
  }
}
