import { setAlarm, type Clock, type Timer } from '../../core/clock.ts';
import { WaitQueue } from '../../core/wait-queue.ts';
import { LeavingOrder } from '../../policies/rate-limit/leaving-order.ts';

/** A call that waits for its tokens. */
export interface WaitingCall {
  /** The last moment at which they are of use to it. */
  readonly leavesAt: number;
  readonly joinedAt: number;
  /** Whether it has been served, or waits no longer. */
  hasLeft: boolean;
  /** Called when that moment has come. */
  giveUp(): void;
}

/**
 * The line of those who wait: by priority, first come first served, each for no longer than its
 * tokens are of use. One timer serves all of them, and there is none while nobody waits.
 */
export class WaitingCalls<Call extends WaitingCall> {
  readonly #clock: Clock;
  readonly #serve: () => void;
  readonly #line = new WaitQueue<Call>();
  readonly #leaving = new LeavingOrder<Call>();
  #alarm: Timer | undefined;
  #alarmAt = Infinity;

  /** @param serve - called when it is time: it serves whom it can, and calls {@link WaitingCalls.wakeAt} */
  constructor(clock: Clock, serve: () => void) {
    this.#clock = clock;
    this.#serve = serve;
  }

  get length(): number {
    return this.#line.length;
  }

  /** How many would be served before one that joined now. */
  ahead(priority: number): number {
    return this.#line.ahead(priority);
  }

  /** How long the one has waited that has waited longest, in milliseconds. */
  get longestWaitMs(): number {
    let joinedAt = this.#clock.now();
    const now = joinedAt;
    for (const call of this.#line) joinedAt = Math.min(joinedAt, call.joinedAt);
    return now - joinedAt;
  }

  join(call: Call, priority: number): void {
    this.#line.join(call, priority);
    if (call.leavesAt < Infinity) this.#leaving.add(call);
  }

  leave(call: Call): void {
    call.hasLeft = true;
    this.#line.leave(call);
    if (this.#line.length > 0) return;
    this.#leaving.clear();
    this.wakeAt(Infinity);
  }

  /** The first in line, which has left it. */
  shift(): Call | undefined {
    const first = this.#line.shift();
    if (first !== undefined) first.hasLeft = true;
    return first;
  }

  [Symbol.iterator](): IterableIterator<Call> {
    return this.#line[Symbol.iterator]();
  }

  /** Those whose moment has come leave. */
  dismissLate(now: number): void {
    for (let next = this.#leaving.first; next !== undefined; next = this.#leaving.first) {
      if (!next.hasLeft && next.leavesAt > now) return;
      this.#leaving.removeFirst();
      if (next.hasLeft) continue;
      this.leave(next);
      next.giveUp();
    }
  }

  /** Serves again at this moment, or sooner if somebody's moment comes before. */
  wakeAt(moment: number): void {
    while (this.#leaving.first?.hasLeft) this.#leaving.removeFirst();
    const ringsAt =
      this.#line.length === 0
        ? Infinity
        : Math.min(moment, this.#leaving.first?.leavesAt ?? Infinity);
    if (ringsAt === this.#alarmAt) return;
    this.#alarm?.cancel();
    this.#alarmAt = ringsAt;
    this.#alarm = ringsAt < Infinity ? setAlarm(this.#clock, this.#ring, ringsAt) : undefined;
  }

  readonly #ring = (): void => {
    this.#alarm = undefined;
    this.#alarmAt = Infinity;
    this.#serve();
  };
}
