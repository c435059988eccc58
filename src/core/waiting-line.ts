import { setAlarm, type Clock, type Timer } from './clock.ts';
import { LineAlarm, type Leaver } from './line-alarm.ts';

/** A place in line. */
export interface Standing<Waiter> extends Leaver {
  readonly waiter: Waiter;
  readonly joinedAt: number;
  /** Where a timer serves one call alone: its own, and when it rings. */
  alarm?: Timer;
  ringsAt: number;
}

/** In which order they are served. */
interface Order<Waiter> {
  readonly length: number;
  leave(standing: Standing<Waiter>): unknown;
}

/** A waiter whose own timer is so late, in milliseconds, ended with the request that it was set in. */
const GONE_AFTER_MS = 1000;

/**
 * Those who wait in a line, and the timers that wake them: one for all of them, and none while nobody
 * waits. Where a timer ends with the request that set it ({@link Clock.callsPerTimer}), a promise
 * should be settled by its own request too. There every waiter has a timer, and looks by itself.
 *
 * @typeParam Queue - holds their order; whoever has the line puts them into it
 */
export class WaitingLine<
  Waiter extends Pick<Leaver, 'leavesAt'>,
  Queue extends Order<Waiter>,
> extends LineAlarm<Standing<Waiter>> {
  readonly queue: Queue;
  /** Whether every waiter has a timer of its own. */
  readonly waitsAlone: boolean;
  readonly #standings = new Map<Waiter, Standing<Waiter>>();

  /** @param serve - called when it is time: it serves the line, and calls {@link WaitingLine.wakeAt} */
  constructor(clock: Clock, queue: Queue, serve: () => void) {
    super(clock, serve);
    this.queue = queue;
    this.waitsAlone = clock.callsPerTimer === 'single';
  }

  /** Gives somebody a standing, which is to be put into the queue. */
  stand(waiter: Waiter, joinedAt: number): Standing<Waiter> {
    const standing = {
      waiter,
      leavesAt: waiter.leavesAt,
      joinedAt,
      hasLeft: false,
      ringsAt: Infinity,
    };
    this.#standings.set(waiter, standing);
    if (!this.waitsAlone) this.add(standing);
    return standing;
  }

  /** Somebody leaves of their own accord. @returns whether the line is empty by that */
  leave(waiter: Waiter): boolean {
    const standing = this.#standings.get(waiter);
    if (standing === undefined) return false;
    this.remove(standing);
    return this.queue.length === 0;
  }

  remove(standing: Standing<Waiter>): void {
    standing.hasLeft = true;
    standing.alarm?.cancel();
    this.#standings.delete(standing.waiter);
    this.queue.leave(standing);
    if (this.queue.length === 0) this.clear();
  }

  /** Serves again at this moment, or sooner if somebody's moment comes before. */
  wakeAt(moment: number): void {
    this.set(this.waitsAlone || this.queue.length === 0 ? Infinity : moment);
  }

  /** Wakes one alone, by a timer of its own. */
  wakeAlone(standing: Standing<Waiter>, moment: number, look: () => void): void {
    standing.ringsAt = Math.min(moment, standing.leavesAt);
    standing.alarm = setAlarm(this.clock, look, standing.ringsAt);
  }

  /** Forgets those whose requests have ended, and their timers with them. */
  forgetGone(): void {
    if (!this.waitsAlone) return;
    const now = this.clock.now();
    for (const standing of this.#standings.values()) {
      if (standing.ringsAt + GONE_AFTER_MS <= now) this.remove(standing);
    }
  }
}
