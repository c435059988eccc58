import type { Clock } from '../../core/clock.ts';
import { Deadline, Deadlines } from '../../core/deadlines.ts';

/** A time in which nothing has come yet. */
class Silence extends Deadline {
  readonly #tooLong: () => void;

  constructor(dueAt: number, tooLong: () => void) {
    super(undefined, dueAt);
    this.#tooLong = tooLong;
  }

  pass(): void {
    this.#tooLong();
  }
}

export type { Silence };

/** Bounds silences of one length. All of one clock share a timer. */
export class Silences {
  readonly ms: number;
  readonly #lists = new WeakMap<Clock, Deadlines>();

  constructor(ms: number) {
    this.ms = ms;
  }

  /** Calls `tooLong` unless the silence ends in time. */
  begin(clock: Clock, tooLong: () => void): Silence {
    const silence = new Silence(clock.now() + this.ms, tooLong);
    let list = this.#lists.get(clock);
    if (list === undefined) this.#lists.set(clock, (list = new Deadlines(clock)));
    list.add(silence);
    return silence;
  }

  end(clock: Clock, silence: Silence): void {
    this.#lists.get(clock)?.remove(silence);
  }
}

/** Silences of this length; `undefined` where they have no bound. */
export const silencesOf = (ms: number | false | undefined): Silences | undefined =>
  ms ? new Silences(ms) : undefined;
