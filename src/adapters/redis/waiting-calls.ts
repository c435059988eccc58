import type { Clock } from '../../core/clock.ts';
import { LineAlarm, type Leaver } from '../../core/line-alarm.ts';
import { WaitQueue } from '../../core/wait-queue.ts';

/** A call that waits for its tokens. */
export interface WaitingCall extends Leaver {
  readonly joinedAt: number;
  /** Called when the moment has come at which it leaves. */
  giveUp(): void;
}

/**
 * The line of those who wait: by priority, first come first served, each for no longer than its
 * tokens are of use. One timer serves all of them, and there is none while nobody waits.
 */
export class WaitingCalls<Call extends WaitingCall> {
  readonly #clock: Clock;
  readonly #line = new WaitQueue<Call>();
  readonly #alarm: LineAlarm<Call>;

  /** @param serve - called when it is time: it serves whom it can, and calls {@link WaitingCalls.wakeAt} */
  constructor(clock: Clock, serve: () => void) {
    this.#clock = clock;
    this.#alarm = new LineAlarm(clock, serve);
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
    this.#alarm.add(call);
  }

  leave(call: Call): void {
    call.hasLeft = true;
    this.#line.leave(call);
    if (this.#line.length > 0) return;
    this.#alarm.clear();
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
    this.#alarm.dismissLate(now, (call) => {
      this.leave(call);
      call.giveUp();
    });
  }

  /** Serves again at this moment, or sooner if somebody's moment comes before. */
  wakeAt(moment: number): void {
    this.#alarm.set(this.#line.length === 0 ? Infinity : moment);
  }
}
