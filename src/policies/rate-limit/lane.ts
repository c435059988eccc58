import { healthOf, isThrottleOfKey, type Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import { Bucket } from './bucket.ts';
import { LearnedPace } from './learned-pace.ts';
import type { Pace, Token } from './pace.ts';

/** So many first tries in a row that are throttled, with none accepted, are a server that accepts nothing. */
export const STOPS_AFTER = 5;
/** What was accepted longer ago counts half. */
const HALVED_AFTER_MS = 10_000;
/** Each outcome moves the mean round trip by so much. */
const SMOOTHING = 0.1;
/** A rate over less than this means nothing, in milliseconds. */
const SHORTEST_MS = 100;
/** As good as nothing is still one a second: a stop begins with no longer a pause. */
const SLOWEST_PER_SECOND = 1;

/** What came of an attempt. */
export interface LaneOutcome {
  /** What it was let through with; `undefined` for an attempt from before there was a lane. */
  readonly token: Token | undefined;
  readonly startedOn: number;
  readonly now: number;
  readonly classification: Classification;
  /** Whether it is a first try: repetitions do not count. */
  readonly votes: boolean;
}

/** Whether an outcome shows that the server lets requests through its limit. */
export const isAccepted = (classification: Classification): boolean =>
  classification.category !== 'throttle' && healthOf(classification) === 'healthy';

/** Whether an outcome shows that the server holds requests back. Words say it of their own call only. */
export const isThrottled = (classification: Classification): boolean =>
  isThrottleOfKey(classification) && classification.decidedBy !== 'prose';

/** The line for one scope, or for one route of it, and what its server is seen to accept. */
export class Lane {
  readonly pace: LearnedPace;
  readonly bucket: Bucket;
  #run: number;
  #accepted = 0;
  #acceptedSince: number;
  #roundTripMs = 0;

  /** @param run - how many were throttled in a row before there was a lane */
  constructor(clock: Clock, configured: Pace, run = 0) {
    this.pace = new LearnedPace(configured);
    this.bucket = new Bucket(clock, this.pace);
    this.#run = run;
    this.#acceptedSince = clock.now();
  }

  /** How many first tries were throttled since one was accepted. */
  get run(): number {
    return this.#run;
  }

  /** Whether it holds nothing back and has nothing against its server. */
  get isCalm(): boolean {
    return this.#run === 0 && this.bucket.idle;
  }

  /** Until when forgetting it would lose something; `-Infinity` if nothing is lost now. */
  endsAt(now: number): number {
    if (this.bucket.waiting > 0) return Infinity;
    if (this.pace.stop !== undefined) return this.pace.stop.opensAt(now);
    return this.bucket.idle ? -Infinity : Infinity;
  }

  /** @returns whether a stop began with it or goes on: the next attempt starts later than before */
  throttled(outcome: LaneOutcome): boolean {
    const { now, classification, votes, token } = outcome;
    this.#noteRoundTrip(outcome);
    const { stop } = this.pace;
    if (stop === undefined) {
      if (votes) this.#run += 1;
      if (!votes || this.#run < STOPS_AFTER) return false;
      const ratePerSecond = this.#ratePerSecond(now);
      const distanceMs = Math.max(1000 / ratePerSecond, this.#roundTripMs);
      this.pace.halt(now, distanceMs, ratePerSecond, classification);
    } else {
      // Those from before the stop say nothing new.
      if (!stop.isProbe(token)) return false;
      stop.probeFailed(now, classification);
    }
    this.bucket.paceChanged();
    return true;
  }

  accepted(outcome: LaneOutcome): void {
    const { now, startedOn, token } = outcome;
    this.#noteRoundTrip(outcome);
    this.#forgetHalf(now);
    this.#accepted += 1;
    this.#run = 0;
    const { stop } = this.pace;
    if (stop === undefined || !(stop.isProbe(token) || startedOn > stop.since)) return;
    this.pace.goOn(now);
    this.bucket.paceChanged();
  }

  /** The attempt failed in a way that has nothing to do with limits, or was aborted. */
  saidNothing({ token, now }: Pick<LaneOutcome, 'token' | 'now'>): void {
    const { stop } = this.pace;
    if (!stop?.isProbe(token)) return;
    stop.probeSaidNothing(now);
    this.bucket.paceChanged();
  }

  /** What was counted belongs to a lane of its own now. */
  forgetRun(): void {
    this.#run = 0;
  }

  /** Lifts the stop, and lets the next in line go at once. */
  resume(): void {
    this.#run = 0;
    this.pace.clear();
    this.bucket.paceChanged();
  }

  #noteRoundTrip({ now, startedOn }: LaneOutcome): void {
    const tookMs = now - startedOn;
    this.#roundTripMs +=
      this.#roundTripMs === 0 ? tookMs : SMOOTHING * (tookMs - this.#roundTripMs);
  }

  #ratePerSecond(now: number): number {
    this.#forgetHalf(now);
    const seconds = Math.max(now - this.#acceptedSince, SHORTEST_MS) / 1000;
    return Math.max(this.#accepted / seconds, SLOWEST_PER_SECOND);
  }

  #forgetHalf(now: number): void {
    const forMs = now - this.#acceptedSince;
    if (forMs < HALVED_AFTER_MS) return;
    // Where nothing came for a while, none of it is recent.
    this.#accepted = forMs < 2 * HALVED_AFTER_MS ? this.#accepted / 2 : 0;
    this.#acceptedSince = now - Math.min(forMs / 2, HALVED_AFTER_MS / 2);
  }
}
