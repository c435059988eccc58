import { setAlarm, type Clock, type Timer } from './clock.ts';

/** One waiting deadline; remove it as soon as what it guards has ended. */
export interface Deadline {
  remove(): void;
}

interface Entry extends Deadline {
  readonly dueAt: number;
  readonly pass: () => void;
}

/**
 * Deadlines that are all the same distance away, so that the first to come is the first to fall
 * due: however many calls wait, there is one timer, and none when nobody waits.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  // A Set keeps the order of arrival and forgets any member in constant time.
  readonly #entries = new Set<Entry>();
  #alarm: Timer | undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Calls `pass` once `timeoutMs` have gone by, unless the deadline is removed before. */
  add(pass: () => void): Deadline {
    const entry: Entry = {
      dueAt: this.#clock.now() + this.#timeoutMs,
      pass,
      remove: () => this.#remove(entry),
    };
    this.#entries.add(entry);
    if (this.#alarm === undefined) this.#arm(entry.dueAt);
    return entry;
  }

  #arm(dueAt: number): void {
    this.#alarm = setAlarm(this.#clock, () => this.#ring(), dueAt);
  }

  #ring(): void {
    this.#alarm = undefined;
    const now = this.#clock.now();
    for (const entry of this.#entries) {
      if (entry.dueAt > now) {
        this.#arm(entry.dueAt);
        return;
      }
      this.#entries.delete(entry);
      entry.pass();
    }
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    if (this.#entries.size > 0) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }
}
