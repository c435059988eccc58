import { setAlarm, type Clock, type Timer } from '../../core/clock.ts';
import { WaitQueue } from '../../core/wait-queue.ts';
import { LeavingOrder } from '../../policies/rate-limit/leaving-order.ts';

/** A call that waits for its tokens. */
export interface WaitingCall {
  /** The last moment at which they are of use to it. */
  readonly leavesAt: number;
  readonly joinedAt: number;
  readonly priority: number;
  /** How many tokens it takes. */
  readonly weight: number;
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
  /** How many tokens those of each priority take in all. */
  readonly #tokens = new Map<number, number>();
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

  /** How many tokens all of them take. */
  get tokens(): number {
    return this.tokensAhead(-Infinity);
  }

  /** How many tokens those take who would be served before one that joined now. */
  tokensAhead(priority: number): number {
    let tokens = 0;
    for (const [own, count] of this.#tokens) if (own >= priority) tokens += count;
    return tokens;
  }

  /** How many tokens the first in line takes; 1 where nobody waits. */
  get nextWeight(): number {
    // Looking at the first costs more than counting, and most calls take one.
    if (this.tokens === this.length) return 1;
    for (const { weight } of this.#line) return weight;
    return 1;
  }

  /** How long the one has waited that has waited longest, in milliseconds. */
  get longestWaitMs(): number {
    let joinedAt = this.#clock.now();
    const now = joinedAt;
    for (const call of this.#line) joinedAt = Math.min(joinedAt, call.joinedAt);
    return now - joinedAt;
  }

  join(call: Call): void {
    this.#line.join(call, call.priority);
    this.#count(call.priority, call.weight);
    if (call.leavesAt < Infinity) this.#leaving.add(call);
  }

  leave(call: Call): void {
    call.hasLeft = true;
    if (this.#line.leave(call)) this.#count(call.priority, -call.weight);
    if (this.#line.length > 0) return;
    this.#leaving.clear();
    this.wakeAt(Infinity);
  }

  /** The first in line, which has left it. */
  shift(): Call | undefined {
    const first = this.#line.shift();
    if (first === undefined) return undefined;
    first.hasLeft = true;
    this.#count(first.priority, -first.weight);
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

  #count(priority: number, tokens: number): void {
    const left = (this.#tokens.get(priority) ?? 0) + tokens;
    if (left > 0) this.#tokens.set(priority, left);
    else this.#tokens.delete(priority);
  }

  readonly #ring = (): void => {
    this.#alarm = undefined;
    this.#alarmAt = Infinity;
    this.#serve();
  };
}
