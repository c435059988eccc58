import { healthOf, isThrottleOfKey, type Classification } from '../../core/classification.ts';
import type { Clock } from '../../core/clock.ts';
import type { Context } from '../../core/context.ts';
import type { AnnouncedLimit } from '../../core/outcome-reader.ts';
import type { AnnouncedBy } from './announced-pace.ts';
import { Bucket } from './bucket.ts';
import { LearnedPace } from './learned-pace.ts';
import type { Pace, Token } from './pace.ts';

/** So many first tries in a row that are throttled, with none accepted, point at one route if they are all of it. */
const LONG_RUN = 5;

/** What came of an attempt. */
export interface LaneOutcome {
  /** What it was let through with; `undefined` for an attempt from before there was a lane. */
  readonly token: Token | undefined;
  /** Whether it had to wait in line. */
  readonly wasHeldBack: boolean;
  readonly startedOn: number;
  readonly now: number;
  readonly classification: Classification;
  /** Whether it is a first try: repetitions do not count. */
  readonly votes: boolean;
  /** The limits that it announces; for the lane of a scope alone. */
  readonly announced?: readonly AnnouncedLimit[] | undefined;
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
  readonly #clock: Clock;
  #run = 0;

  constructor(clock: Clock, configured: Pace, learnsRate: boolean) {
    this.pace = new LearnedPace(configured, learnsRate);
    this.bucket = new Bucket(clock, this.pace);
    this.#clock = clock;
  }

  /** Whether one more throttle makes it a long run of them, with none accepted. */
  get isLongRun(): boolean {
    return this.#run + 1 >= LONG_RUN;
  }

  /** Whether the server has nothing against it, and announces nothing. */
  get isCalm(): boolean {
    return this.#run === 0 && this.pace.isCalm;
  }

  /** Until when forgetting it would lose something; `-Infinity` if nothing is lost now. */
  endsAt(now: number): number {
    if (this.bucket.waiting > 0) return Infinity;
    const { endsAt } = this.pace;
    if (endsAt > now) return endsAt;
    return this.bucket.idle ? -Infinity : Infinity;
  }

  /** Takes a token if one is free and nobody waits for it; whom announced limits do not bind need not wait for them. */
  tryTake(context: Context): Token | undefined {
    const token = this.bucket.tryTake(context.weight);
    const { announced } = this.pace;
    if (token !== undefined || announced === undefined || announced.binds(context.route)) {
      return token;
    }
    return this.pace.tryTakeUnbound(this.#clock.now(), context.weight);
  }

  /** Whether an attempt has to wait here now. */
  holdsBack(context: Context): boolean {
    const now = this.#clock.now();
    const { announced } = this.pace;
    if (announced?.binds(context.route) === false) return this.pace.pacedUntil(now) > now;
    return this.bucket.waiting > 0 || this.pace.dueAt(now) > now;
  }

  /** @returns whether the next attempt starts later than before */
  throttled(outcome: LaneOutcome): boolean {
    if (outcome.votes) this.#run += 1;
    const isChanged = this.pace.pacer.throttled(this.#seen(outcome), outcome.classification);
    if (isChanged) this.bucket.paceChanged();
    return isChanged;
  }

  accepted(outcome: LaneOutcome): void {
    this.#run = 0;
    this.pace.pacer.accepted(this.#seen(outcome));
    this.bucket.mayBeSooner();
  }

  /** An answer announces limits. */
  heard(now: number, limits: readonly AnnouncedLimit[], by: AnnouncedBy): void {
    this.pace.heard(now, limits, by);
    this.bucket.mayBeSooner();
  }

  /** The attempt failed in a way that has nothing to do with limits, or was aborted. */
  saidNothing({ token, now }: Pick<LaneOutcome, 'token' | 'now'>): void {
    if (this.pace.pacer.saidNothing(now, token)) this.bucket.paceChanged();
  }

  /** What was counted belongs to a lane of its own now. */
  forgetRun(): void {
    this.#run = 0;
    if (this.pace.pacer.isFree) this.pace.pacer.clear();
  }

  /** Forgets what was learned, and lets the next in line go at once. */
  resume(): void {
    this.#run = 0;
    this.pace.clear();
    this.bucket.paceChanged();
  }

  #seen(outcome: LaneOutcome) {
    return { ...outcome, othersWait: this.bucket.waiting > 0 };
  }
}
