import type { Stop } from '../stop.ts';
import { Growth, SHORTEST_PERIOD, SURE_PERIOD, type Surroundings } from './growth.ts';
import { SharedGrowth } from './shared-growth.ts';
import { Sharing } from './sharing.ts';
import { SlowStart } from './slow-start.ts';
import { Spacing } from './spacing.ts';
import { Yield } from './yield.ts';

/** As good as nothing is still one a second: a pace begins no slower. */
export const SLOWEST_START = 1;
/** After a stop an unknown rate begins with no more a second. */
const FASTEST_RETURN = 10;
/** No pace is slower, per second. */
const SLOWEST = 0.05;
/** A slower rate takes no part in sharing: a single throttle would say too much. */
const SLOWEST_SHARED = 12;
/** The rate may at first go up to so many times what was accepted. */
const FIRST_CEILING = 1.5;
/** Below so many a second the first steps come sooner, … */
const SLOW = 10;
/** … after so many accepted. */
const FIRST_PERIOD_IF_SLOW = 4;
/** A cut takes at least so much, … */
const SMALLEST_CUT = 0.02;
/** … at most so much where few were accepted, since these say less, … */
const LARGEST_CUT = 0.1;
/** … and goes down to no less than so much of the rate, unless enough were accepted to be sure. */
const FURTHEST_IF_UNSURE = 0.4;
/** Where the demand was the limit, and not the pace, the rate is cut to so much. */
const CUT_OF_DEMAND = 0.9;
/** A rate that an experiment has found is tried for so many accepted. */
const PERIOD_AFTER_EXPERIMENT = 24;
/** A longer stop is not spread over the time between stops: nobody waits for so long. */
const LONGEST_SPREAD_MS = 60_000;

/**
 * The rate of a pace, from what the server gives: it is cut at each onset of throttling, and grows
 * between them.
 */
export class PacedRate {
  readonly spacing = new Spacing();
  readonly #sharing = new Sharing();
  #growth: Growth | SharedGrowth | SlowStart | undefined;
  #perSecond = Infinity;
  #sinceOnset = new Yield(0);
  #sinceStop: Yield | undefined;
  /** The rate at which a throttle was put up with last, since the cut. */
  #held: { readonly at: number; readonly perSecond: number } | undefined;
  #reached: number | undefined;

  /** `Infinity` while there is no pace. */
  get perSecond(): number {
    return this.#perSecond;
  }

  get intervalMs(): number {
    return 1000 / this.#perSecond;
  }

  get isOn(): boolean {
    return this.#growth !== undefined;
  }

  /** Whether others use the same limit, as far as throttles show it. */
  get isShared(): boolean {
    return this.#growth instanceof SharedGrowth;
  }

  /** How many were accepted since the last onset. */
  get accepted(): number {
    return this.#sinceOnset.accepted;
  }

  /** One was accepted. */
  count(wasHeldBack: boolean): void {
    this.#sinceOnset.count(wasHeldBack);
    this.#sinceStop?.count(wasHeldBack);
  }

  /** @param inFlight - how many are on their way, where one that was held back was accepted */
  grow(surroundings: Surroundings, inFlight: number | undefined): void {
    if (this.#growth === undefined) return;
    if (inFlight !== undefined) this.#growth.accepted(inFlight);
    this.#perSecond = this.#growth.rate(surroundings);
    this.spacing.comeForward(surroundings.now, this.intervalMs);
  }

  /**
   * Begins with what was accepted before there were too many throttles.
   *
   * @param isSure - whether it is a rate to come back to after a stop
   */
  start(now: number, acceptedPerSecond: number, isSure: boolean): void {
    this.#reached = isSure ? acceptedPerSecond : undefined;
    const period = acceptedPerSecond < SLOW ? FIRST_PERIOD_IF_SLOW : SHORTEST_PERIOD;
    this.#set(now, acceptedPerSecond, acceptedPerSecond * FIRST_CEILING, period);
  }

  /** Begins where nothing is known. */
  startSlowly(now: number, perSecond: number, roundTripMs: number): void {
    this.#reached = undefined;
    this.#begin(now, new SlowStart(perSecond, roundTripMs));
  }

  /** Keeps to a rate as it is, until something is found out. */
  keepTo(now: number, perSecond: number): void {
    this.#set(now, perSecond, perSecond, Infinity);
  }

  /** A slower rate was found to be accepted, or to be better. */
  found(now: number, acceptedPerSecond = this.#perSecond): void {
    const base = Math.max(acceptedPerSecond * (1 - SMALLEST_CUT), this.#perSecond);
    this.#set(now, base, acceptedPerSecond, PERIOD_AFTER_EXPERIMENT);
  }

  /** It was far too fast. */
  slowDown(now: number): void {
    const slower = this.#perSecond * FURTHEST_IF_UNSURE;
    this.#set(now, slower, slower * FIRST_CEILING, SHORTEST_PERIOD);
  }

  /** There was an onset, and it is none of the same flight as the one before. */
  noteOnset(): void {
    this.#sharing.onset(this.#growth?.isBack === false);
  }

  /** Puts up with a throttle: goes no further for now. */
  hold(now: number): void {
    this.#held = { at: now, perSecond: this.#perSecond };
    this.#growth?.hold();
  }

  /**
   * An onset of throttling: the server has nothing left to give.
   *
   * @param startedOn - when the one that was throttled had started
   */
  cut(now: number, startedOn: number, deliveredPerSecond: number): void {
    const since = this.#sinceOnset;
    const held = this.#held;
    // One of the flight in which a throttle was put up with started at the rate of that one.
    const rate = held !== undefined && startedOn < held.at ? held.perSecond : this.#perSecond;
    const given = since.perSecond(now);
    const share = Math.max(SMALLEST_CUT, Math.min(LARGEST_CUT, 1 / Math.max(since.accepted, 1)));
    const reached = Math.min(rate, Math.max(given, deliveredPerSecond));
    this.#reached = reached;
    const period = Math.min(SURE_PERIOD, Math.max(SHORTEST_PERIOD, 2 * since.accepted));
    if (this.#growth instanceof SlowStart) {
      // Its rate was far below what the server gives, until just now.
      this.#set(now, reached, reached * FIRST_CEILING, SHORTEST_PERIOD);
    } else if (since.isOfDemand) {
      const base = Math.max(CUT_OF_DEMAND * rate, Math.min(given, rate)) * (1 - share);
      this.#set(now, base, rate, period);
    } else if (this.#sharing.isShown && reached >= SLOWEST_SHARED) {
      this.#begin(now, new SharedGrowth(now, Math.max(reached, SLOWEST)));
    } else {
      const least = since.isSure ? 0 : FURTHEST_IF_UNSURE * rate;
      const base = Math.min(Math.max(given, least), rate) * (1 - share);
      this.#set(now, base, reached, period);
    }
  }

  /** The server accepts again. */
  goOn(now: number, stop: Stop, roundTripMs: number): void {
    const since = this.#sinceStop;
    this.#sinceStop = new Yield(now);
    if (since?.isEnough && now - stop.since <= LONGEST_SPREAD_MS) {
      // From the end of one stop to the end of the next there is a whole number of windows.
      const given = since.perSecond(now);
      const period = Math.max(SURE_PERIOD, 2 * since.accepted);
      this.#set(now, given * (1 - SMALLEST_CUT), given, period);
    } else if (this.#reached !== undefined) {
      this.#set(now, this.#reached, this.#reached, SURE_PERIOD);
    } else {
      const oneAtATime = 1000 / Math.max(roundTripMs, 1);
      const rate = Math.max(Math.min(oneAtATime, FASTEST_RETURN), SLOWEST_START);
      this.startSlowly(now, rate, roundTripMs);
    }
  }

  /** There is no pace any more. */
  letGo(): void {
    this.#growth = undefined;
    this.#perSecond = Infinity;
    this.spacing.begin(-Infinity, 0);
  }

  #set(now: number, base: number, ceiling: number, period: number): void {
    this.#begin(now, new Growth(now, Math.max(base, SLOWEST), ceiling, period));
  }

  #begin(now: number, growth: Growth | SharedGrowth | SlowStart): void {
    this.#growth = growth;
    this.#held = undefined;
    this.#perSecond = growth.base;
    this.#sinceOnset = new Yield(now);
    this.spacing.begin(now, this.intervalMs);
  }
}
