import type { AnnouncedLimit } from '../../core/outcome-reader.ts';

/** A reset of whole seconds is up to one too late, … */
const COARSE_MS = 1000;
/** … which matters below this. */
const COARSE_MATTERS_BELOW_MS = 10_000;
/** Nothing is held back while more than this share is left: so much may come in one burst. */
const FREE_SHARE = 1 / 2;
/** A pace that rests on a late or coarse answer goes no further below the even one. */
const NEARLY_EVEN = 0.98;
/** In a window of fewer round trips what is left is old news when the answer comes. */
const SHORT_WINDOW_IN_ROUND_TRIPS = 10;
/** Whoever finds a limit used up waits no longer than this for the reset; beyond that throttles decide. */
const LONGEST_HOLD_MS = 60_000;
/** Answers do not all take the same time: what would start at a reset starts so much of a round trip later. */
const LATER_BY = 0.1;
/** No pace is slower, per second. */
const SLOWEST = 0.05;
/** Each answer moves the guess at what a reset means by so much. */
const SMOOTHING = 0.1;

/**
 * What a server announces of one limit, and the pace that keeps to it: what is left, spread over the
 * time until the reset.
 */
export class AnnouncedWindow {
  #ratePerSecond = Infinity;
  /** So many may start without keeping to the pace. */
  #free = 0;
  /** Until then the pace holds; after it nothing is known. */
  #endsAt = -Infinity;
  #holdsUntil = -Infinity;
  #limit = 0;
  #remaining = 0;
  #resetAt: number | undefined;
  /** From -1 to 1: whether the reset moves away while less is left, as with a bucket. */
  #moves = 0;
  #windowMs = 0;
  /** How long the next window will be, where it may be taken to follow. */
  #endsIn: number | undefined;

  /** Whether several limits go by one name, as where each endpoint has its own. */
  #isOfSeveral = false;

  /** The moment until which the limit says something. */
  get endsAt(): number {
    return this.#endsAt;
  }

  /** The pace, per second; `Infinity` where nothing is to be held back. */
  ratePerSecond(now: number): number {
    return now < this.#endsAt && this.#free < 1 ? this.#ratePerSecond : Infinity;
  }

  /** The moment until which nothing is left. */
  get holdsUntil(): number {
    return this.#holdsUntil;
  }

  /** The moment at which one with `ahead` others before it may start, as far as can be told. */
  freeAt(dueAt: number, ahead: number): number {
    const freeAt = dueAt + (ahead * 1000) / this.ratePerSecond(dueAt);
    if (this.#limit === 0 || freeAt <= this.#endsAt) return freeAt;
    // The pace of a window ends with it; what comes after it is even.
    const even = (ahead * this.#windowMs) / this.#limit;
    return Math.min(freeAt, Math.max(this.#endsAt, dueAt) + even);
  }

  /**
   * Goes on to the next window where one has ended, and no answer has told of the next: nothing of
   * that one is used yet.
   *
   * @returns whether it has
   */
  turnOver(now: number): boolean {
    if (this.#endsIn === undefined || now < this.#endsAt) return false;
    this.#endsAt += this.#endsIn;
    this.#free = (1 - FREE_SHARE) * this.#limit;
    this.#ratePerSecond = (this.#limit * 1000) / this.#endsIn;
    this.#endsIn = undefined;
    return true;
  }

  /** One starts. */
  started(): void {
    this.#free -= 1;
  }

  /** @param inFlight - how many are on their way that the answer may not know of */
  heard(now: number, announced: AnnouncedLimit, inFlight: number, roundTripMs: number): void {
    const { limit, remaining, resetMs } = announced;
    if (!(limit > 0 && resetMs > 0) || this.#isOfSeveral) return;
    if (this.#limit !== 0 && this.#limit !== limit) return this.#giveUp();
    const isBucket = this.#isBucket(now, announced);
    const left = remaining - inFlight;
    const isCoarse = resetMs % COARSE_MS === 0;
    this.#limit = limit;
    this.#remaining = remaining;
    this.#windowMs = announced.windowMs ?? Math.max(this.#windowMs, resetMs);
    this.#holdsUntil = -Infinity;
    // The answer left half a round trip ago, and what starts now arrives half a one later.
    const arrivesForMs = Math.max(resetMs - (1 - LATER_BY) * roundTripMs, 1);
    this.#endsAt = now + arrivesForMs;
    this.#free = left - FREE_SHARE * limit;
    this.#endsIn = undefined;
    if (isBucket) {
      this.#paceOfBucket(limit - remaining, left / limit, resetMs, isCoarse);
    } else {
      this.#paceOfWindow(now, Math.max(left, 0), arrivesForMs, isCoarse, roundTripMs);
    }
  }

  #paceOfBucket(missing: number, leftShare: number, resetMs: number, isCoarse: boolean): void {
    if (isCoarse && resetMs < COARSE_MATTERS_BELOW_MS) {
      this.#ratePerSecond = Infinity;
      return;
    }
    // At its refill a bucket stays as full as it is; a little more uses what it has saved up, and
    // makes up for a reset that is up to a second late. What remains is rounded down.
    const refill = ((missing - 1 / 2) * 1000) / resetMs;
    this.#ratePerSecond = Math.max(refill * (1 + leftShare), SLOWEST);
  }

  #paceOfWindow(
    now: number,
    left: number,
    resetMs: number,
    isCoarse: boolean,
    roundTripMs: number,
  ): void {
    const isTooCoarse = isCoarse && this.#windowMs < COARSE_MATTERS_BELOW_MS;
    if (isTooCoarse || (left === 0 && resetMs > LONGEST_HOLD_MS)) {
      this.#ratePerSecond = Infinity;
      return;
    }
    const even = (this.#limit * 1000) / this.#windowMs;
    const isVague = isCoarse || this.#windowMs < SHORT_WINDOW_IN_ROUND_TRIPS * roundTripMs;
    const least = isVague ? NEARLY_EVEN * even : 0;
    // Near its end a coarse reset says nothing that was not said better before.
    const isKept = isCoarse && resetMs < COARSE_MATTERS_BELOW_MS && this.#ratePerSecond < Infinity;
    const spread = isKept ? this.#ratePerSecond : (left * 1000) / resetMs;
    this.#ratePerSecond = Math.max(spread, least);
    if (!isVague && this.#windowMs <= LONGEST_HOLD_MS) this.#endsIn = this.#windowMs;
    if (left === 0 && !isVague) this.#holdsUntil = now + resetMs;
  }

  /** Which of them a call will count against is not known. */
  #giveUp(): void {
    this.#isOfSeveral = true;
    this.#endsIn = undefined;
    this.#ratePerSecond = Infinity;
    this.#endsAt = -Infinity;
    this.#holdsUntil = -Infinity;
  }

  /** Where the server does not say, its resets do: the moment a bucket is full again moves. */
  #isBucket(now: number, { remaining, resetMs, resetTo, windowMs }: AnnouncedLimit): boolean {
    if (resetTo !== undefined) return resetTo === 'full-bucket';
    const resetAt = now + resetMs;
    if (this.#resetAt !== undefined && remaining < this.#remaining) {
      const movedMs = resetAt - this.#resetAt;
      const direction = Math.abs(movedMs) < 1 ? 0 : Math.sign(movedMs);
      this.#moves += SMOOTHING * (direction - this.#moves);
    }
    this.#resetAt = resetAt;
    return windowMs === undefined && this.#moves > 1 / 2;
  }
}
