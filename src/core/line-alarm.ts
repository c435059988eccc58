import { setAlarm, type Clock, type Timer } from './clock.ts';
import { LeavingOrder } from './leaving-order.ts';

/** Somebody in a line who leaves it at a set moment. */
export interface Leaver {
  /** The last moment at which waiting is of use to them. */
  readonly leavesAt: number;
  /** Whether they are out of the line already. */
  hasLeft: boolean;
}

/**
 * The one timer of a line. It rings when it is time to serve, or when the moment has come at which
 * somebody leaves. There is none while nobody waits for either.
 */
export class LineAlarm<Waiter extends Leaver> {
  protected readonly clock: Clock;
  readonly #serve: () => void;
  readonly #leaving = new LeavingOrder<Waiter>();
  #timer: Timer | undefined;
  #ringsAt = Infinity;

  /** @param serve - called when it rings: it serves the line, and sets the alarm anew */
  constructor(clock: Clock, serve: () => void) {
    this.clock = clock;
    this.#serve = serve;
  }

  /** Somebody has joined who may have to leave. */
  add(waiter: Waiter): void {
    if (waiter.leavesAt < Infinity) this.#leaving.add(waiter);
  }

  /** Rings at this moment, or sooner if somebody leaves before. */
  set(moment: number): void {
    while (this.#leaving.first?.hasLeft) this.#leaving.removeFirst();
    const ringsAt = Math.min(moment, this.#leaving.first?.leavesAt ?? Infinity);
    if (ringsAt === this.#ringsAt) return;
    this.#timer?.cancel();
    this.#ringsAt = ringsAt;
    this.#timer = ringsAt < Infinity ? setAlarm(this.clock, this.#ring, ringsAt) : undefined;
  }

  /** Sends those away who have to leave now. */
  dismissLate(now: number, sendAway: (waiter: Waiter) => void): void {
    for (let next = this.#leaving.first; next !== undefined; next = this.#leaving.first) {
      if (!next.hasLeft && next.leavesAt > now) return;
      this.#leaving.removeFirst();
      if (!next.hasLeft) sendAway(next);
    }
  }

  /** Nobody is in line any more. Whoever serves the line sets the alarm afterwards. */
  clear(): void {
    this.#leaving.clear();
  }

  readonly #ring = (): void => {
    this.#timer = undefined;
    this.#ringsAt = Infinity;
    this.#serve();
  };
}
