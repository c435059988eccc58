import type { Classification } from './classification.ts';
import type { Clock } from './clock.ts';
import type { AttemptReport } from './report.ts';

const NOTHING = Symbol('nothing yet');

/** The running record of one attempt; the policies write into it what they did for it. */
export class Attempt {
  readonly number: number;
  waitedMs = 0;
  queuedMs = 0;
  circuit: 'closed' | 'half-open' | undefined = undefined;
  /** For how long, when it ended, the breaker was going to refuse any further attempt, in milliseconds. */
  refusedForMs = 0;
  /** The verdict on `outcome`, once there is one: no layer reads an outcome a second time. */
  classification: Classification | undefined = undefined;
  /** What it gave or threw: by it a layer outside a retry finds the attempt that it came from. */
  outcome: unknown = NOTHING;
  #startedOn: number | undefined = undefined;
  #endedOn: number | undefined = undefined;

  constructor(number: number) {
    this.number = number;
  }

  /** The moment the operation was called, on the clock's monotonic scale; `undefined` before. */
  get startedOn(): number | undefined {
    return this.#startedOn;
  }

  /** Whether the operation has been called and has not ended. */
  get running(): boolean {
    return this.#startedOn !== undefined && this.#endedOn === undefined;
  }

  start(clock: Clock): void {
    this.#startedOn = clock.now();
  }

  /** The first end counts: what an attempt gives after it was given up is not its outcome. */
  end(clock: Clock, outcome: unknown): void {
    if (this.#endedOn !== undefined) return;
    this.#endedOn = clock.now();
    this.outcome = outcome;
    this.classification = undefined;
  }

  report(clock: Clock): AttemptReport {
    return {
      number: this.number,
      startedAt: Math.round(clock.epochNow() - (clock.now() - (this.#startedOn ?? clock.now()))),
      durationMs:
        this.#endedOn === undefined
          ? undefined
          : this.#endedOn - (this.#startedOn ?? this.#endedOn),
      waitedMs: this.waitedMs,
      queuedMs: this.queuedMs,
      circuit: this.circuit,
      classification: this.classification,
    };
  }
}
