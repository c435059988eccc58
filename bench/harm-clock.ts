/** Time moves in steps of this many milliseconds, so a timer is up to that late, and never early. */
const STEP_MS = 5;
/** What the clocks show at the beginning. */
const EPOCH_MS = Date.UTC(2026, 0, 1);
/** What Node makes of a delay of zero. */
const SHORTEST_DELAY_MS = 1;

const roundedUp = (ms: number) => Math.ceil(ms / STEP_MS) * STEP_MS;

/** Does what a `Timeout` of Node does, on the time of the scenario. */
class ScenarioTimer {
  dueAt: number;
  cancelled = false;
  readonly wake: () => void;
  readonly #delayMs: number;
  readonly #time: ScenarioTime;

  constructor(time: ScenarioTime, wake: () => void, delayMs: number | undefined) {
    this.#time = time;
    this.wake = wake;
    this.#delayMs = Math.max(delayMs || 0, SHORTEST_DELAY_MS);
    this.dueAt = roundedUp(time.nowMs + this.#delayMs);
  }

  refresh(): this {
    this.dueAt = roundedUp(this.#time.nowMs + this.#delayMs);
    if (!this.cancelled) this.#time.timers.add(this);
    return this;
  }

  cancel(): void {
    this.cancelled = true;
    this.#time.timers.delete(this);
  }

  // Nothing here keeps a process alive, or lets it end.
  ref = (): this => this;
  unref = (): this => this;
  hasRef = (): boolean => true;
}

/**
 * The time of a scenario. It stands still until its driver moves it, so a busy machine changes
 * nothing but how long the benchmark takes.
 */
export class ScenarioTime {
  nowMs = 0;
  readonly timers = new Set<ScenarioTimer>();

  get epochMs(): number {
    return EPOCH_MS + this.nowMs;
  }

  /** When the next timer is due; `Infinity` where none is set. */
  get nextMs(): number {
    let next = Infinity;
    for (const { dueAt } of this.timers) next = Math.min(next, dueAt);
    return next;
  }

  /** Moves the time, at least by one step and never back; fires nothing yet. */
  moveTo(ms: number): void {
    this.nowMs = Math.max(roundedUp(ms), this.nowMs + STEP_MS);
  }

  /** Fires what is due, in order. */
  fire(): void {
    const due = [...this.timers].filter(({ dueAt }) => dueAt <= this.nowMs);
    for (const timer of due.toSorted((a, b) => a.dueAt - b.dueAt)) {
      if (this.timers.delete(timer)) timer.wake();
    }
  }

  /** Makes it the time of this process: of every timer, date and stopwatch, so of all libraries. */
  rule(): void {
    const set = (wake: (...given: unknown[]) => void, delayMs?: number, ...given: unknown[]) => {
      const timer = new ScenarioTimer(this, () => wake(...given), delayMs);
      this.timers.add(timer);
      return timer;
    };
    const repeat = (wake: (...given: unknown[]) => void, delayMs?: number, ...given: unknown[]) => {
      const again = () => {
        timer.refresh();
        wake(...given);
      };
      const timer: ScenarioTimer = new ScenarioTimer(this, again, delayMs);
      this.timers.add(timer);
      return timer;
    };
    const { clearTimeout: clear } = globalThis;
    const cancel = (timer: unknown) =>
      timer instanceof ScenarioTimer ? timer.cancel() : clear(timer as NodeJS.Timeout);
    const startedAt = performance.now();
    Object.assign(globalThis, {
      setTimeout: set,
      setInterval: repeat,
      clearTimeout: cancel,
      clearInterval: cancel,
    });
    performance.now = () => startedAt + this.nowMs;
    Date.now = () => this.epochMs;
  }
}
