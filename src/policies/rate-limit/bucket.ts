import type { Clock } from '../../core/clock.ts';
import { WaitingLine, type Standing } from '../../core/waiting-line.ts';
import { AlternatingQueue, type TryKind } from './alternating-queue.ts';
import type { LearnedPace } from './learned-pace.ts';
import type { Pace, Token } from './pace.ts';
import type { Stop } from './stop.ts';

/** Somebody who waits for a token. */
export interface Waiter {
  /** The last moment at which a token is of use to them. */
  readonly leavesAt: number;
  readonly grant: (token: Token) => void;
  /** Tells them that no token will come in time, and when one comes. */
  readonly sendAway: (waitMs: number) => void;
}

/** A waiter in line. */
type Place = Standing<Waiter>;

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
  /** Made for the first who waits. */
  #lazyLine: WaitingLine<Waiter, AlternatingQueue<Place>> | undefined;

  constructor(clock: Clock, pace: Bucket['pace']) {
    this.#clock = clock;
    this.pace = pace;
  }

  get waiting(): number {
    return this.#lazyLine?.queue.length ?? 0;
  }

  get #line(): WaitingLine<Waiter, AlternatingQueue<Place>> {
    return (this.#lazyLine ??= new WaitingLine(this.#clock, new AlternatingQueue<Place>(), () =>
      this.#serve(),
    ));
  }

  /** How long the first in line has waited, in milliseconds. */
  get longestWaitMs(): number {
    if (this.waiting === 0) return 0;
    let joinedAt = Infinity;
    for (const place of this.#line.queue) joinedAt = Math.min(joinedAt, place.joinedAt);
    return this.#clock.now() - joinedAt;
  }

  /** Whether forgetting this bucket loses nothing. */
  get idle(): boolean {
    return this.waiting === 0 && this.pace.isFull(this.#clock.now());
  }

  /** Takes a token if one is free and nobody waits for it. */
  tryTake(): Token | undefined {
    return this.waiting === 0 ? this.pace.tryTake(this.#clock.now()) : undefined;
  }

  /** How long somebody who joined the line now would wait, in milliseconds. */
  estimateMs(priority: number, kind: TryKind = 'first-try'): number {
    const now = this.#clock.now();
    this.#line.forgetGone();
    return this.pace.freeAt(now, this.#line.queue.ahead(priority, kind)) - now;
  }

  join(waiter: Waiter, priority: number, kind: TryKind = 'first-try'): void {
    const now = this.#clock.now();
    const aloneAt = this.#line.waitsAlone ? now + this.estimateMs(priority, kind) : undefined;
    const place = this.#line.stand(waiter, now);
    this.#line.queue.join(place, priority, kind);
    if (aloneAt === undefined) this.#arm();
    else this.#waitAlone(place, aloneAt);
  }

  leave(waiter: Waiter): void {
    if (this.#line.leave(waiter)) this.#line.wakeAt(Infinity);
  }

  /** Puts back the token of a call that was never sent. */
  giveBack(token: Token): void {
    this.pace.giveBack(token);
    this.mayBeSooner();
  }

  /** Tokens come sooner or later than before: those who would now wait too long are sent away at once. */
  paceChanged(): void {
    if (this.waiting === 0) return;
    const now = this.#clock.now();
    const { stop } = this.pace;
    let ahead = 0;
    for (const place of this.#line.queue) {
      // One who waits alone finds out by its own timer, in its own request.
      if (this.#line.waitsAlone) break;
      const servedAt = this.pace.freeAt(now, ahead);
      if (place.leavesAt >= servedAt && !isOutOfPatience(place, stop, now)) ahead += 1;
      else this.#sendAway(place, servedAt - now);
    }
    this.#arm();
  }

  /** Tokens may come sooner than before. */
  mayBeSooner(): void {
    if (this.waiting > 0) this.#arm();
  }

  #grant(place: Place, token: Token): void {
    this.#line.queue.serve(place);
    this.#line.remove(place);
    place.waiter.grant(token);
  }

  #sendAway(place: Place, waitMs: number): void {
    this.#line.remove(place);
    place.waiter.sendAway(Math.max(waitMs, 0));
  }

  #waitAlone(place: Place, dueAt: number): void {
    const ring = () => {
      const now = this.#clock.now();
      const token = this.pace.tryTake(now);
      const nextAt = this.pace.dueAt(now);
      const isPatient = nextAt <= place.leavesAt && !isOutOfPatience(place, this.pace.stop, now);
      if (token === undefined && isPatient) return this.#waitAlone(place, nextAt);
      if (token === undefined) return this.#sendAway(place, this.pace.freeAt(now, 0) - now);
      this.#grant(place, token);
    };
    this.#line.wakeAlone(place, dueAt, ring);
  }

  #arm(): void {
    this.#line.wakeAt(this.waiting === 0 ? Infinity : this.pace.dueAt(this.#clock.now()));
  }

  #serve(): void {
    const now = this.#clock.now();
    for (const place of this.#line.queue) {
      // Its moment has gone by: the timer was late.
      const isLate = place.leavesAt < now;
      const token = isLate ? undefined : this.pace.tryTake(now);
      if (token === undefined && !isLate) break;
      if (token === undefined) {
        this.#sendAway(place, this.pace.freeAt(now, 0) - now);
      } else {
        this.#grant(place, token);
      }
    }
    this.#line.dismissLate(now, (place) => this.#sendAway(place, this.pace.freeAt(now, 0) - now));
    this.#arm();
  }
}

/** Whether the next probe is so far off that nobody should wait for it. */
function isOutOfPatience({ joinedAt }: Place, stop: Stop | undefined, now: number): boolean {
  if (stop === undefined) return false;
  return stop.opensAt(now) > Math.max(joinedAt, stop.since) + stop.patienceMs;
}
