import type { Classification } from '../../../core/classification.ts';
import type { Token } from '../pace.ts';
import { Stop } from '../stop.ts';
import { DeliveredRate } from './delivered-rate.ts';
import { Experiment } from './experiment.ts';
import { Growth, SHORTEST_PERIOD, SURE_PERIOD } from './growth.ts';
import { Sharing } from './sharing.ts';
import { SlowStart } from './slow-start.ts';
import { ThrottleScore } from './throttle-score.ts';
import { Yield } from './yield.ts';

/** Each outcome moves the mean round trip by so much. */
const SMOOTHING = 0.1;
/** As good as nothing is still one a second: a pace begins no slower. */
const SLOWEST_START = 1;
/** After a stop an unknown rate begins with no more a second. */
const FASTEST_RETURN = 10;
/** No pace is slower, per second. */
const SLOWEST = 0.05;
/** The rate may at first go up to so many times what was accepted when there were too many throttles. */
const FIRST_CEILING = 1.5;
/** Below so many a second the first steps come sooner, … */
const SLOW = 10;
/** … after so many accepted. */
const FIRST_PERIOD_IF_SLOW = 4;
/** One throttle is put up with for each so many accepted. */
const ACCEPTED_PER_ALLOWANCE = 150;
/** A throttle that comes after fewer accepted ones is odd: is it about the rate at all? */
const ODDLY_FEW = 60;
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
/** A stop of fewer throttles in a row has no say in the rate after it. */
const SHORT_STOP = 3;
/** A stop of so many throttles in a row shows that the pace of an experiment is far too fast. */
const LONG_STOP = 4;
/** A longer stop is not spread over the time between stops: nobody waits for so long. */
const LONGEST_SPREAD_MS = 60_000;
/** Nothing is held back any more once there was no throttle for so long, … */
const QUIET_MS = 60_000;
/** … and the pace held nobody back for so long, … */
const UNLIMITED_MS = 1000;
/** … or was so many times what was accepted. */
const FAR_ABOVE = 8;
/** A timer is a millisecond or two late: up to so much is made up for. */
const MADE_UP_FOR_MS = 10;

/** What came of an attempt, as far as its pace goes. */
export interface Answer {
  readonly now: number;
  readonly startedOn: number;
  /** What it was let through with. */
  readonly token: Token | undefined;
  /** Whether it is a first try: repetitions do not vote. */
  readonly votes: boolean;
  /** Whether it had to wait in this line. */
  readonly wasHeldBack: boolean;
  /** Whether others wait in this line now. */
  readonly othersWait: boolean;
}

/**
 * Learns at what pace a server accepts, from throttles alone.
 *
 * It is free until too many first tries are throttled. From then on the rate is what was accepted
 * between two onsets of throttling: the server has nothing left to give at either, so this is what
 * it gives. From there the rate comes back along a cubic, and goes on in small steps. Where nothing
 * is accepted there is a {@link Stop}. Throttles that a slower pace does not prevent are found out
 * by an {@link Experiment}, and put up with.
 *
 * Time is handed in; it has no timer.
 */
export class Pacer {
  readonly #learnsRate: boolean;
  readonly #score = new ThrottleScore();
  #delivered: DeliveredRate | undefined;
  #roundTripMs = 0;
  #growth: Growth | SlowStart | undefined;
  #stop: Stop | undefined;
  #experiment: Experiment | undefined;
  #ratePerSecond = Infinity;
  #nextAt = -Infinity;
  #latest: Token | undefined;
  #nextAtBefore = -Infinity;
  /** Answers to what started earlier are of the same flight as the last cut, and say nothing new. */
  #cutAt = -Infinity;
  #acceptedSinceCut = 0;
  #onsetAt = -Infinity;
  #sinceOnset = new Yield(0);
  #sinceStop: Yield | undefined;
  readonly #sharing = new Sharing();
  #allowance = 0;
  /** The rate at which a throttle was put up with last, since the cut. */
  #held: { readonly at: number; readonly ratePerSecond: number } | undefined;
  #rateBefore: number | undefined;
  #throttledAt = -Infinity;
  #heldBackAt = -Infinity;
  #seed = 0;

  /** @param learnsRate - whether it has a pace at all, or stops alone */
  constructor(learnsRate = true) {
    this.#learnsRate = learnsRate;
  }

  /** The pace, per second; `Infinity` while nothing is held back. */
  get ratePerSecond(): number {
    return this.#ratePerSecond;
  }

  /** How long an answer takes, in milliseconds: a moving mean. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** The stop that is on, if one is. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  get isFree(): boolean {
    return this.#growth === undefined;
  }

  /** Whether forgetting it loses nothing. */
  get isCalm(): boolean {
    return this.isFree && this.#score.isZero && !this.#score.isTolerant;
  }

  /** The moment from which forgetting it loses little: nothing has been throttled for a while. */
  get endsAt(): number {
    if (this.isCalm) return -Infinity;
    return Math.max(this.#stop?.opensAt(0) ?? 0, this.#throttledAt) + QUIET_MS;
  }

  /** How many a second are accepted at the moment, as far as it has been counted. */
  deliveredPerSecond(now: number): number {
    return this.#delivered?.perSecond(now) ?? 0;
  }

  /**
   * Takes over from a pacer that others share: the next throttle sets a pace.
   *
   * @param deliveredPerSecond - how many of its calls were accepted there
   */
  takeOver(deliveredPerSecond: number): void {
    this.#score.fill();
    this.#seed = deliveredPerSecond;
  }

  /** The moment at which one with `ahead` others before it may start, as far as can be told. */
  freeAt(now: number, ahead: number): number {
    if (this.isFree) return now;
    const from = this.#stop?.opensAt(now) ?? Math.max(this.#nextAt, now);
    return from + ahead * this.#intervalMs;
  }

  /** The moment until which nobody may start, unless an answer comes sooner. */
  dueAt(now: number): number {
    return this.isFree ? now : (this.#stop?.dueAt(now) ?? Math.max(this.#nextAt, now));
  }

  /** One starts. */
  started(token: Token, now: number): void {
    if (this.isFree) return;
    this.#stop?.probe(token, now);
    this.#latest = token;
    this.#nextAtBefore = this.#nextAt;
    this.#nextAt = Math.max(this.#nextAt, now - MADE_UP_FOR_MS) + this.#intervalMs;
  }

  /** One was let through and never sent. */
  giveBack(token: Token): void {
    this.#stop?.giveBack(token);
    if (token === this.#latest) this.#nextAt = Math.min(this.#nextAt, this.#nextAtBefore);
  }

  accepted(answer: Answer): void {
    const { now, startedOn, token, wasHeldBack } = answer;
    this.#noteRoundTrip(answer);
    this.#delivered?.count(now);
    this.#allowance = Math.min(1, this.#allowance + 1 / ACCEPTED_PER_ALLOWANCE);
    this.#noteInExperiment(answer, true);
    if (!this.#learnsRate || now - this.#throttledAt > QUIET_MS) this.#score.clear();
    if (this.#growth === undefined) {
      this.#score.accepted(now);
      if (this.#score.isZero) this.#experiment = undefined;
      return;
    }
    if (wasHeldBack) this.#heldBackAt = now;
    this.#sinceOnset.count(wasHeldBack);
    this.#sinceStop?.count(wasHeldBack);
    const isProbe = this.#stop?.isProbe(token) === true;
    if (isProbe || startedOn >= this.#cutAt) {
      this.#acceptedSinceCut += 1;
      if (this.#stop !== undefined) this.#goOn(now, this.#stop);
    }
    this.#grow(answer, this.#growth);
  }

  /** @returns whether the pace has become slower */
  throttled(answer: Answer, because: Classification): boolean {
    const { now, startedOn, votes, token } = answer;
    this.#noteRoundTrip(answer);
    if (this.isFree) {
      if (!votes) return false;
      if (this.#score.isZero || !this.#delivered) this.#delivered = new DeliveredRate(now);
      this.#experiment ??= new Experiment(Infinity);
    }
    this.#noteInExperiment(answer, false);
    this.#throttledAt = now;
    if (this.isFree && this.#learnsRate) {
      if (!this.#score.throttled()) return false;
      this.#engage(now, because);
      return true;
    }
    if (this.#stop !== undefined) {
      if (!this.#stop.isProbe(token)) return false;
      this.#stop.probeFailed(now, because);
      this.#cut(now);
      return true;
    }
    if (!this.#learnsRate) {
      if (!votes || !this.#score.throttled()) return false;
      this.#begin(now, new SlowStart(this.#startRate(now), this.#roundTripMs));
    } else if (startedOn < this.#cutAt) {
      return false;
    } else if (this.#acceptedSinceCut > 0) {
      return this.#onset(answer);
    }
    this.#halt(now, because);
    return true;
  }

  /** The attempt failed in a way that has nothing to do with limits, or was aborted. */
  saidNothing(now: number, token: Token | undefined): boolean {
    if (!this.#stop?.isProbe(token)) return false;
    this.#stop.probeSaidNothing(now);
    return true;
  }

  /** Forgets all that it has learned. */
  clear(): void {
    this.#score.clear();
    this.#letGo();
  }

  get #intervalMs(): number {
    return 1000 / this.#ratePerSecond;
  }

  #noteRoundTrip({ now, startedOn }: Answer): void {
    const tookMs = now - startedOn;
    this.#roundTripMs +=
      this.#roundTripMs === 0 ? tookMs : SMOOTHING * (tookMs - this.#roundTripMs);
  }

  #isLimiting({ now, othersWait }: Answer): boolean {
    return othersWait || now - this.#heldBackAt < UNLIMITED_MS;
  }

  #grow(answer: Answer, growth: Growth | SlowStart): void {
    const { now, wasHeldBack } = answer;
    const deliveredPerSecond = this.deliveredPerSecond(now);
    // How many are on their way, by Little's law.
    if (wasHeldBack) growth.accepted((deliveredPerSecond * this.#roundTripMs) / 1000);
    const isLimiting = this.#isLimiting(answer);
    const surroundings = { now, deliveredPerSecond, isLimiting };
    this.#ratePerSecond = growth.rate(surroundings);
    this.#nextAt = Math.min(this.#nextAt, now + this.#intervalMs);
    const isQuiet = now - this.#throttledAt > QUIET_MS || !this.#learnsRate;
    const isFarAbove = this.#ratePerSecond > FAR_ABOVE * Math.max(deliveredPerSecond, 1);
    if (isQuiet && (!isLimiting || isFarAbove)) this.clear();
  }

  /** There were too many throttles: begins with a pace at which the server has accepted. */
  #engage(now: number, because: Classification): void {
    const accepted = this.#startRate(now);
    this.#score.clear();
    this.#rateBefore = this.#delivered?.isSure ? accepted : undefined;
    this.#allowance = 0;
    if (accepted === SLOWEST_START) {
      this.#experiment = undefined;
      this.#begin(now, new SlowStart(accepted, this.#roundTripMs));
      if (this.deliveredPerSecond(now) === 0) this.#halt(now, because);
      return;
    }
    this.#experiment = (this.#experiment ?? new Experiment(accepted)).at(accepted);
    const period = accepted < SLOW ? FIRST_PERIOD_IF_SLOW : SHORTEST_PERIOD;
    this.#set(now, accepted, accepted * FIRST_CEILING, period);
  }

  /** How many a second were accepted before there were too many throttles, as far as is known. */
  #startRate(now: number): number {
    const known = this.#delivered?.isEnough ? this.deliveredPerSecond(now) : this.#seed;
    this.#seed = 0;
    return Math.max(known, SLOWEST_START);
  }

  /** A throttle after something was accepted: the server has nothing left to give. */
  #onset(answer: Answer): boolean {
    const { now } = answer;
    const delivered = this.deliveredPerSecond(now);
    const since = this.#sinceOnset;
    if (answer.startedOn >= this.#onsetAt) {
      this.#sharing.onset(this.#growth?.isBack === false);
      this.#onsetAt = now;
    }
    if (this.#experiment === undefined && this.#allowance === 1) {
      this.#allowance = 0;
      this.#held = { at: now, ratePerSecond: this.#ratePerSecond };
      this.#growth?.hold();
      return false;
    }
    this.#allowance = 0;
    if (this.#experiment === undefined && since.accepted < ODDLY_FEW) {
      this.#experiment = new Experiment(this.#ratePerSecond);
    }
    if (this.#experiment?.isOn) {
      // The next throttle, if nothing is accepted before it, is the beginning of a stop.
      this.#cut(now);
      return false;
    }
    if (this.#experiment?.isDue) {
      const lower = this.#experiment.begin(now, this.#roundTripMs);
      this.#set(now, lower, lower, Infinity);
      return true;
    }
    this.#cutRate(now, this.#rateOf(answer), since, delivered);
    return true;
  }

  /** The rate at which it started: of the same flight as the one that was put up with, or the present one. */
  #rateOf({ startedOn }: Answer): number {
    const held = this.#held;
    return held !== undefined && startedOn < held.at ? held.ratePerSecond : this.#ratePerSecond;
  }

  #cutRate(now: number, rate: number, since: Yield, delivered: number): void {
    const given = since.perSecond(now);
    const share = Math.max(SMALLEST_CUT, Math.min(LARGEST_CUT, 1 / Math.max(since.accepted, 1)));
    const reached = Math.min(rate, Math.max(given, delivered));
    this.#rateBefore = reached;
    const period = Math.min(SURE_PERIOD, Math.max(SHORTEST_PERIOD, 2 * since.accepted));
    if (this.#growth instanceof SlowStart) {
      // Its rate was far below what the server gives, until just now.
      this.#set(now, reached, reached * FIRST_CEILING, SHORTEST_PERIOD);
    } else if (since.isOfDemand) {
      const base = Math.max(CUT_OF_DEMAND * rate, Math.min(given, rate)) * (1 - share);
      this.#set(now, base, rate, period);
    } else {
      const least = since.isSure ? 0 : FURTHEST_IF_UNSURE * rate;
      const base = Math.min(Math.max(given, least), rate) * (1 - share);
      this.#set(now, base, reached, period);
    }
  }

  #halt(now: number, because: Classification): void {
    const distanceMs = Math.max(this.#intervalMs, this.#roundTripMs);
    this.#stop = new Stop(now, distanceMs, because);
    this.#cut(now);
  }

  /** The server accepts again. */
  #goOn(now: number, stop: Stop): void {
    this.#stop = undefined;
    this.#nextAt = now + this.#intervalMs;
    if (stop.throttles < SHORT_STOP || this.#experiment?.isOn || !this.#learnsRate) return;
    const since = this.#sinceStop;
    this.#sinceStop = new Yield(now);
    if (since?.isEnough && now - stop.since <= LONGEST_SPREAD_MS) {
      // From the end of one stop to the end of the next there is a whole number of windows.
      const given = since.perSecond(now);
      const period = Math.max(SURE_PERIOD, 2 * since.accepted);
      this.#set(now, given * (1 - SMALLEST_CUT), given, period);
    } else if (this.#rateBefore !== undefined) {
      this.#set(now, this.#rateBefore, this.#rateBefore, SURE_PERIOD);
    } else {
      const oneAtATime = 1000 / Math.max(this.#roundTripMs, 1);
      const rate = Math.max(Math.min(oneAtATime, FASTEST_RETURN), SLOWEST_START);
      this.#begin(now, new SlowStart(rate, this.#roundTripMs));
    }
  }

  #noteInExperiment({ now, votes, startedOn }: Answer, isAccepted: boolean): void {
    const experiment = this.#experiment;
    if (!votes || experiment === undefined) return;
    experiment.note(isAccepted, startedOn);
    if (isAccepted && !this.isFree && experiment.isAnswered(this.#acceptedSinceCut)) {
      this.#experiment = undefined;
      return;
    }
    const rate = this.#ratePerSecond;
    const { finding } = experiment;
    if (finding?.kind === 'unrelated') {
      this.#score.tolerate(now, finding.throttlesPerAccepted);
      this.#letGo();
    } else if (finding?.kind === 'limit') {
      const accepted = finding.acceptedPerSecond;
      this.#experiment = undefined;
      this.#set(
        now,
        Math.max(accepted * (1 - SMALLEST_CUT), rate),
        accepted,
        PERIOD_AFTER_EXPERIMENT,
      );
    } else if (finding !== undefined) {
      this.#experiment = finding.next;
      this.#set(now, rate, rate, PERIOD_AFTER_EXPERIMENT);
    } else if (experiment.isOn && !isAccepted && (this.#stop?.throttles ?? 0) >= LONG_STOP) {
      this.#experiment = new Experiment(rate);
      const lower = rate * FURTHEST_IF_UNSURE;
      this.#set(now, lower, lower * FIRST_CEILING, SHORTEST_PERIOD);
    }
  }

  #set(now: number, base: number, ceiling: number, period: number): void {
    this.#begin(
      now,
      new Growth(now, Math.max(base, SLOWEST), ceiling, this.#sharing.periodAt(ceiling, period)),
    );
  }

  #begin(now: number, growth: Growth | SlowStart): void {
    this.#growth = growth;
    this.#held = undefined;
    this.#ratePerSecond = growth.base;
    this.#sinceOnset = new Yield(now);
    this.#nextAt = now + this.#intervalMs;
    this.#cut(now);
  }

  #cut(now: number): void {
    this.#cutAt = now;
    this.#acceptedSinceCut = 0;
  }

  #letGo(): void {
    this.#growth = undefined;
    this.#stop = undefined;
    this.#experiment = undefined;
    this.#ratePerSecond = Infinity;
    this.#nextAt = -Infinity;
  }
}
