import { setAlarm, type Clock, type Timer } from '../../core/clock.ts';
import { AlternatingQueue, type TryKind } from './alternating-queue.ts';
import { LeavingOrder } from './leaving-order.ts';
import type { LearnedPace } from './learned-pace.ts';
import type { Pace, Token } from './pace.ts';
import type { Stop } from './stop.ts';

/** Somebody who waits for a token. */
export interface Waiter {
  /** The last moment at which a token is of use to them. */
  readonly leavesAt: number;
  /** How many tokens they take. @defaultValue 1 */
  readonly weight?: number | undefined;
  readonly grant: (token: Token) => void;
  /** Tells them that no token will come in time, and when one comes. */
  readonly sendAway: (waitMs: number) => void;
}

/** A waiter in line. */
interface Place {
  readonly waiter: Waiter;
  readonly leavesAt: number;
  readonly joinedAt: number;
  readonly weight: number;
  hasLeft: boolean;
  /** Where a timer serves one call alone: its own, and when it rings. */
  alarm: Timer | undefined;
  dueAt: number;
}

/** A waiter whose own timer is so late, in milliseconds, ended with the request that it was set in. */
const GONE_AFTER_MS = 1000;

/**
 * Tokens and the line of those who wait for them. Nobody waits beyond the moment at which they
 * leave, whoever comes before them. Time is asked for and never kept: an idle bucket has no timer,
 * and one with waiters has one.
 *
 * Where a timer ends with the request that set it ({@link Clock.callsPerTimer}), a promise should
 * be settled by its own request too. There every waiter has a timer, and takes its token by itself
 * at the moment that its place in line was worth.
 */
export class Bucket {
  readonly pace: Pace & { readonly stop?: LearnedPace['stop'] };
  readonly #clock: Clock;
  readonly #line = new AlternatingQueue<Place>();
  readonly #places = new Map<Waiter, Place>();
  readonly #leaving = new LeavingOrder<Place>();
  readonly #waitsAlone: boolean;
  /** How many tokens those in line take in all. */
  #tokens = 0;
  #alarm: Timer | undefined;
  #alarmAt = Infinity;

  constructor(clock: Clock, pace: Bucket['pace']) {
    this.#clock = clock;
    this.pace = pace;
    this.#waitsAlone = clock.callsPerTimer === 'single';
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** How long the first in line has waited, in milliseconds. */
  get longestWaitMs(): number {
    let joinedAt = Infinity;
    for (const place of this.#line) joinedAt = Math.min(joinedAt, place.joinedAt);
    return joinedAt === Infinity ? 0 : this.#clock.now() - joinedAt;
  }

  /** Whether forgetting this bucket loses nothing. */
  get idle(): boolean {
    return this.#line.length === 0 && this.pace.isFull(this.#clock.now());
  }

  /** Takes a token if one is free and nobody waits for it. */
  tryTake(weight?: number): Token | undefined {
    return this.#line.length === 0 ? this.pace.tryTake(this.#clock.now(), weight) : undefined;
  }

  /** How long somebody who joined the line now would wait, in milliseconds. */
  estimateMs(priority: number, kind: TryKind = 'first-try', weight?: number): number {
    const now = this.#clock.now();
    if (this.#waitsAlone) this.#forgetGone(now);
    const ahead = this.#line.ahead(priority, kind);
    // Those before it take as many as all in line do on average.
    const tokensAhead = ahead && (ahead * this.#tokens) / this.#line.length;
    return this.pace.freeAt(now, ahead, weight, tokensAhead) - now;
  }

  join(waiter: Waiter, priority: number, kind: TryKind = 'first-try'): void {
    const now = this.#clock.now();
    const { weight = 1 } = waiter;
    const place: Place = {
      waiter,
      weight,
      leavesAt: waiter.leavesAt,
      joinedAt: now,
      hasLeft: false,
      alarm: undefined,
      dueAt: Infinity,
    };
    if (this.#waitsAlone) this.#waitAlone(place, now + this.estimateMs(priority, kind, weight));
    this.#places.set(waiter, place);
    this.#line.join(place, priority, kind);
    this.#tokens += weight;
    if (this.#waitsAlone) return;
    if (place.leavesAt < Infinity) this.#leaving.add(place);
    this.#arm();
  }

  leave(waiter: Waiter): void {
    const place = this.#places.get(waiter);
    if (place === undefined) return;
    this.#remove(place);
    if (this.#line.length === 0) this.#disarm();
  }

  /** Puts back the token of a call that was never sent. */
  giveBack(token: Token, weight?: number): void {
    this.pace.giveBack(token, weight);
    this.#arm();
  }

  /** Tokens come sooner or later than before: those who would now wait too long are sent away at once. */
  paceChanged(): void {
    if (this.#line.length === 0) return;
    const now = this.#clock.now();
    const { stop } = this.pace;
    let ahead = 0;
    let tokensAhead = 0;
    for (const place of this.#line) {
      // One who waits alone finds out by its own timer, in its own request.
      if (this.#waitsAlone) break;
      const servedAt = this.pace.freeAt(now, ahead, place.weight, tokensAhead);
      if (place.leavesAt >= servedAt && !isOutOfPatience(place, stop, now)) {
        ahead += 1;
        tokensAhead += place.weight;
      } else this.#sendAway(place, servedAt - now);
    }
    this.#arm();
  }

  /** Tokens may come sooner than before. */
  mayBeSooner(): void {
    if (this.#line.length > 0) this.#arm();
  }

  #grant(place: Place, token: Token): void {
    this.#line.serve(place);
    this.#remove(place);
    place.waiter.grant(token);
  }

  #remove(place: Place): void {
    place.hasLeft = true;
    place.alarm?.cancel();
    this.#places.delete(place.waiter);
    this.#line.leave(place);
    this.#tokens -= place.weight;
    if (this.#line.length === 0) this.#leaving.clear();
  }

  #sendAway(place: Place, waitMs: number): void {
    this.#remove(place);
    place.waiter.sendAway(Math.max(waitMs, 0));
  }

  #waitAlone(place: Place, dueAt: number): void {
    const ring = () => {
      const now = this.#clock.now();
      const token = this.pace.tryTake(now, place.weight);
      const nextAt = this.pace.dueAt(now, place.weight);
      const isPatient = nextAt <= place.leavesAt && !isOutOfPatience(place, this.pace.stop, now);
      if (token === undefined && isPatient) return this.#waitAlone(place, nextAt);
      if (token === undefined) return this.#sendAway(place, this.pace.freeAt(now, 0) - now);
      this.#grant(place, token);
    };
    place.dueAt = Math.min(dueAt, place.leavesAt);
    place.alarm = setAlarm(this.#clock, ring, place.dueAt);
  }

  #forgetGone(now: number): void {
    for (const place of this.#places.values()) {
      if (place.dueAt + GONE_AFTER_MS <= now) this.#remove(place);
    }
  }

  #arm(): void {
    if (this.#waitsAlone || this.#line.length === 0) return this.#disarm();
    while (this.#leaving.first?.hasLeft) this.#leaving.removeFirst();
    const leavesAt = this.#leaving.first?.leavesAt ?? Infinity;
    const ringsAt = Math.min(this.pace.dueAt(this.#clock.now(), this.#nextWeight), leavesAt);
    if (this.#alarm !== undefined && ringsAt === this.#alarmAt) return;
    this.#disarm();
    this.#alarmAt = ringsAt;
    this.#alarm = setAlarm(this.#clock, () => this.#serve(), ringsAt);
  }

  /** How many tokens the first in line takes. */
  get #nextWeight(): number {
    // Looking at the first costs more than all the rest, and most take one.
    if (this.#tokens === this.#line.length) return 1;
    for (const { weight } of this.#line) return weight;
    return 1;
  }

  #disarm(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#alarmAt = Infinity;
  }

  #serve(): void {
    this.#alarm = undefined;
    this.#alarmAt = Infinity;
    const now = this.#clock.now();
    for (const place of this.#line) {
      // Its moment has gone by: the timer was late.
      const isLate = place.leavesAt < now;
      const token = isLate ? undefined : this.pace.tryTake(now, place.weight);
      if (token === undefined && !isLate) break;
      if (token === undefined) {
        this.#sendAway(place, this.pace.freeAt(now, 0) - now);
      } else {
        this.#grant(place, token);
      }
    }
    for (let next = this.#leaving.first; next !== undefined; next = this.#leaving.first) {
      if (!next.hasLeft && next.leavesAt > now) break;
      this.#leaving.removeFirst();
      if (!next.hasLeft) this.#sendAway(next, this.pace.freeAt(now, 0) - now);
    }
    this.#arm();
  }
}

/** Whether the next probe is so far off that nobody should wait for it. */
function isOutOfPatience({ joinedAt }: Place, stop: Stop | undefined, now: number): boolean {
  if (stop === undefined) return false;
  return stop.opensAt(now) > Math.max(joinedAt, stop.since) + stop.patienceMs;
}
