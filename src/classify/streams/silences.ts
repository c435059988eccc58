import { setAlarm, type Clock } from '../../core/clock.ts';
import { Deadline, Deadlines } from '../../core/deadlines.ts';

/** The times in which one reader waits and nothing comes: one object for all of them. */
export class Silence extends Deadline {
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #ms: number;
  readonly #tooLong: () => void;

  /** @param tooLong - called where nothing has come for `ms` */
  constructor(clock: Clock, deadlines: Deadlines, ms: number, tooLong: () => void) {
    super(undefined, Infinity);
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#ms = ms;
    this.#tooLong = tooLong;
  }

  /** @param since - when it began, if that was before now */
  begin(since?: number): void {
    this.dueAt = (since ?? this.#clock.now()) + this.#ms;
    if (since === undefined) this.#deadlines.add(this);
    // It falls due before others that began earlier, so it has no place in their list.
    else this.alarm = setAlarm(this.#clock, () => this.pass(), this.dueAt);
  }

  end(): void {
    this.#deadlines.remove(this);
    this.alarm = undefined;
  }

  pass(): void {
    this.#tooLong();
  }
}

/** Silences of one length. All of one clock share a timer. */
export class Silences {
  readonly ms: number;
  readonly #lists = new WeakMap<Clock, Deadlines>();

  constructor(ms: number) {
    this.ms = ms;
  }

  /** Those of one reader. */
  of(clock: Clock, tooLong: () => void): Silence {
    let list = this.#lists.get(clock);
    if (list === undefined) this.#lists.set(clock, (list = new Deadlines(clock)));
    return new Silence(clock, list, this.ms, tooLong);
  }
}

/** Silences of this length; `undefined` where they have no bound. */
export const silencesOf = (ms: number | false | undefined): Silences | undefined =>
  ms ? new Silences(ms) : undefined;
