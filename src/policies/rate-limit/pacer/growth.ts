/** Beyond the rate that last failed the first steps add so much of it. */
const STEP = 0.02;
/** The steps grow so fast that this many doublings are as good as no bound. */
const MOST_DOUBLINGS = 20;
/** Where little is accepted the rate comes back after so long all the same. */
const BACK_AFTER_MS = 40_000;
/** A step is seen only a round trip later: it takes so many times what is on its way. */
const PERIODS_IN_FLIGHT = 8;
/** A step takes at least so long at a rate that is sure: a window of a second must fit in twice. */
const SHORTEST_STEP_SECONDS = 2.5;
/** The period of a rate that is sure, in accepted calls. */
export const SURE_PERIOD = 250;
/** The shortest period: few accepted calls say little of a rate. */
export const SHORTEST_PERIOD = 16;

/** What a rate must keep to. */
export interface Surroundings {
  readonly now: number;
  /** How many a second are accepted at the moment. */
  readonly deliveredPerSecond: number;
  /** Whether the pace is what holds calls back. */
  readonly isLimiting: boolean;
}

/**
 * How a rate comes back after a cut: along a cubic to the rate that failed last, which it reaches
 * flat (as TCP CUBIC does), and then beyond it, in small steps at first.
 */
export class Growth {
  readonly since: number;
  /** The rate after the cut, per second. */
  readonly base: number;
  readonly #ceiling: number;
  readonly #period: number;
  /** 0 at the cut, 1 where the rate is back at the ceiling; from there on it goes beyond. */
  #progress = 0;

  /**
   * @param base - the rate to begin with, per second
   * @param ceiling - the rate that failed last
   * @param period - how many are accepted until it is back there, at least
   */
  constructor(now: number, base: number, ceiling: number, period: number) {
    this.since = now;
    this.base = base;
    this.#ceiling = Math.max(ceiling, base);
    this.#period = period >= SURE_PERIOD ? Math.max(period, SHORTEST_STEP_SECONDS * base) : period;
  }

  /** Whether the rate has come back to the one that failed last. */
  get isBack(): boolean {
    return this.#progress >= 1;
  }

  /**
   * One was accepted that the pace had held back.
   *
   * @param inFlight - how many are on their way
   */
  accepted(inFlight: number): void {
    this.#progress += 1 / Math.max(this.#period, PERIODS_IN_FLIGHT * inFlight);
  }

  /** Goes no further for now: there was a throttle, though one that may be chance. */
  hold(): void {
    this.#progress = Math.min(this.#progress, 1);
  }

  /** The rate that it has come to, per second. */
  rate({ now, deliveredPerSecond, isLimiting }: Surroundings): number {
    const byTime = isLimiting ? (now - this.since) / BACK_AFTER_MS : 0;
    const progress = Math.max(this.#progress, byTime);
    // What is not used proves nothing.
    const most = Math.max(this.#ceiling, 2 * deliveredPerSecond);
    return Math.max(this.base, Math.min(this.#at(progress), most));
  }

  #at(progress: number): number {
    if (progress < 1) return this.#ceiling - (this.#ceiling - this.base) * (1 - progress) ** 3;
    const doublings = Math.min(4 * (progress - 1) ** 2, MOST_DOUBLINGS);
    return this.#ceiling * (1 + STEP * (2 ** doublings - 1));
  }
}
