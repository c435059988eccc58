import type { Classification } from '../../../core/classification.ts';
import type { Token } from '../pace.ts';
import { Stop } from '../stop.ts';
import { Allowance } from './allowance.ts';
import type { Answer } from './answer.ts';
import { DeliveredRate } from './delivered-rate.ts';
import { Experiment } from './experiment.ts';
import { LatestCut } from './latest-cut.ts';
import { PacedRate, SLOWEST_START } from './paced-rate.ts';
import { RoundTrip } from './round-trip.ts';
import { ThrottleScore } from './throttle-score.ts';

/** A throttle that comes after fewer accepted ones is odd: is it about the rate at all? */
const ODDLY_FEW = 60;
/** A stop of fewer throttles in a row has no say in the rate after it. */
const SHORT_STOP = 3;
/** A stop of so many throttles in a row shows that the pace of an experiment is far too fast. */
const LONG_STOP = 4;
/** Nothing is held back any more once there was no throttle for so long, … */
const QUIET_MS = 60_000;
/** … and the pace held nobody back for so long, … */
const UNLIMITED_MS = 1000;
/** … or was so many times what was accepted. */
const FAR_ABOVE = 8;

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
  readonly roundTrip = new RoundTrip();
  readonly #rate = new PacedRate();
  #stop: Stop | undefined;
  #experiment: Experiment | undefined;
  readonly #cut = new LatestCut();
  #onsetAt = -Infinity;
  readonly #allowance = new Allowance();
  #throttledAt = -Infinity;
  #heldBackAt = -Infinity;
  #seed = 0;

  /** @param learnsRate - whether it has a pace at all, or stops alone */
  constructor(learnsRate = true) {
    this.#learnsRate = learnsRate;
  }

  /** The pace, per second; `Infinity` while nothing is held back. */
  get ratePerSecond(): number {
    return this.#rate.perSecond;
  }

  /** The stop that is on, if one is. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  get isFree(): boolean {
    return !this.#rate.isOn;
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
    const from = this.#stop?.opensAt(now) ?? this.#rate.spacing.dueAt(now);
    return from + ahead * this.#rate.intervalMs;
  }

  /** The moment until which nobody may start, unless an answer comes sooner. */
  dueAt(now: number): number {
    return this.isFree ? now : (this.#stop?.dueAt(now) ?? this.#rate.spacing.dueAt(now));
  }

  /** One starts. */
  started(token: Token, now: number): void {
    if (this.isFree) return;
    this.#stop?.probe(token, now);
    this.#rate.spacing.started(token, now, this.#rate.intervalMs);
  }

  /** One was let through and never sent. */
  giveBack(token: Token): void {
    this.#stop?.giveBack(token);
    this.#rate.spacing.giveBack(token);
  }

  accepted(answer: Answer): void {
    const { now, startedOn, token, wasHeldBack } = answer;
    this.roundTrip.note(now - startedOn);
    this.#delivered?.count(now);
    this.#allowance.accepted();
    this.#noteInExperiment(answer, true);
    if (!this.#learnsRate || now - this.#throttledAt > QUIET_MS) this.#score.clear();
    if (this.isFree) {
      this.#score.accepted(now);
      if (this.#score.isZero) this.#experiment = undefined;
      return;
    }
    if (wasHeldBack) this.#heldBackAt = now;
    this.#rate.count(wasHeldBack);
    const isProbe = this.#stop?.isProbe(token) === true;
    if (isProbe || this.#cut.isBefore(startedOn)) {
      this.#cut.accepted += 1;
      if (this.#stop !== undefined) this.#goOn(now, this.#stop);
    }
    this.#grow(answer);
  }

  /** @returns whether the pace has become slower */
  throttled(answer: Answer, because: Classification): boolean {
    const { now, startedOn, votes, token } = answer;
    this.roundTrip.note(now - startedOn);
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
      this.#cut.cut(now);
      return true;
    }
    if (!this.#learnsRate) {
      if (!votes || !this.#score.throttled()) return false;
      this.#rate.startSlowly(now, this.#startRate(now), this.roundTrip.ms);
    } else if (!this.#cut.isBefore(startedOn)) {
      return false;
    } else if (this.#cut.accepted > 0) {
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

  #grow(answer: Answer): void {
    const { now, wasHeldBack, othersWait } = answer;
    const deliveredPerSecond = this.deliveredPerSecond(now);
    const isLimiting = othersWait || now - this.#heldBackAt < UNLIMITED_MS;
    // How many are on their way, by Little's law.
    const inFlight = (deliveredPerSecond * this.roundTrip.ms) / 1000;
    const surroundings = { now, deliveredPerSecond, isLimiting };
    this.#rate.grow(surroundings, wasHeldBack ? inFlight : undefined);
    const isQuiet = now - this.#throttledAt > QUIET_MS || !this.#learnsRate;
    const isFarAbove = this.#rate.perSecond > FAR_ABOVE * Math.max(deliveredPerSecond, 1);
    if (isQuiet && (!isLimiting || isFarAbove)) this.clear();
  }

  /** There were too many throttles: begins with a pace at which the server has accepted. */
  #engage(now: number, because: Classification): void {
    const accepted = this.#startRate(now);
    this.#score.clear();
    this.#allowance.spend();
    this.#cut.cut(now);
    if (accepted > SLOWEST_START) {
      this.#experiment = (this.#experiment ?? new Experiment(accepted)).at(accepted);
      this.#rate.start(now, accepted, this.#delivered?.isSure === true);
    } else {
      this.#experiment = undefined;
      this.#rate.startSlowly(now, accepted, this.roundTrip.ms);
      if (this.deliveredPerSecond(now) === 0) this.#halt(now, because);
    }
  }

  /** How many a second were accepted before there were too many throttles, as far as is known. */
  #startRate(now: number): number {
    const known = this.#delivered?.isEnough ? this.deliveredPerSecond(now) : this.#seed;
    this.#seed = 0;
    return Math.max(known, SLOWEST_START);
  }

  /** A throttle after something was accepted: the server has nothing left to give. */
  #onset({ now, startedOn }: Answer): boolean {
    if (startedOn >= this.#onsetAt) {
      this.#rate.noteOnset();
      this.#onsetAt = now;
    }
    if (!this.#rate.isShared && this.#allowance.spend() && this.#experiment === undefined) {
      this.#rate.hold(now);
      return false;
    }
    if (this.#experiment === undefined && this.#rate.accepted < ODDLY_FEW) {
      this.#experiment = new Experiment(this.#rate.perSecond);
    }
    this.#cut.cut(now);
    // The next throttle, if nothing is accepted before it, is the beginning of a stop.
    if (this.#experiment?.isOn) return false;
    if (this.#experiment?.isDue) {
      this.#rate.keepTo(now, this.#experiment.begin(now, this.roundTrip.ms));
    } else {
      this.#rate.cut(now, startedOn, this.deliveredPerSecond(now));
    }
    return true;
  }

  #halt(now: number, because: Classification): void {
    const distanceMs = Math.max(this.#rate.intervalMs, this.roundTrip.ms);
    this.#stop = new Stop(now, distanceMs, because);
    this.#cut.cut(now);
  }

  /** The server accepts again. */
  #goOn(now: number, stop: Stop): void {
    this.#stop = undefined;
    // However long ago the latest throttle is: until just now nothing was accepted.
    this.#throttledAt = now;
    this.#rate.spacing.begin(now, this.#rate.intervalMs);
    if (stop.throttles < SHORT_STOP || this.#experiment?.isOn || !this.#learnsRate) return;
    this.#rate.goOn(now, stop, this.roundTrip.ms);
    this.#cut.cut(now);
  }

  #noteInExperiment({ now, votes, startedOn }: Answer, isAccepted: boolean): void {
    const experiment = this.#experiment;
    if (!votes || experiment === undefined) return;
    experiment.note(isAccepted, startedOn);
    if (isAccepted && !this.isFree && experiment.isAnswered(this.#cut.accepted)) {
      this.#experiment = undefined;
      return;
    }
    const { finding } = experiment;
    if (finding?.kind === 'unrelated') {
      this.#score.tolerate(now, finding.throttlesPerAccepted);
      this.#letGo();
    } else if (finding?.kind === 'limit') {
      this.#experiment = undefined;
      this.#rate.found(now, finding.acceptedPerSecond);
      this.#cut.cut(now);
    } else if (finding !== undefined) {
      this.#experiment = finding.next;
      this.#rate.found(now);
      this.#cut.cut(now);
    } else if (experiment.isOn && !isAccepted && (this.#stop?.throttles ?? 0) >= LONG_STOP) {
      this.#experiment = new Experiment(this.#rate.perSecond);
      this.#rate.slowDown(now);
      this.#cut.cut(now);
    }
  }

  #letGo(): void {
    this.#rate.letGo();
    this.#stop = undefined;
    this.#experiment = undefined;
  }
}
