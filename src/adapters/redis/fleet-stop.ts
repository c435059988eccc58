/** So long a call waits for a server that does not say when it accepts again, in milliseconds, … */
const PATIENCE_MS = 5000;
/** … and so long for one that counts down to a moment. */
const PATIENCE_WITH_END_MS = 60_000;
/** One that waits asks in so long whether the stop is over, … */
const ASKED_EVERY_MS = 200;
/** … with many members in so much for each, so that the store does not answer more often. */
const TURN_MS = 20;
/** When a probe is due members ask within so much for each, and not all in one moment. */
const SPREAD_MS = 2;

/** A stop as the store tells it. Moments are this process's. */
export interface StopReading {
  readonly since: number;
  /** When one of the members may try. */
  readonly probeAt: number;
  /** Throttles in a row, of all members. */
  readonly throttles: number;
  /** Whether the server itself named the end. */
  readonly isEndKnown: boolean;
}

/**
 * The server accepts nothing, as several members have found out: one of them tries at a time, at
 * doubling distances, and the others wait.
 */
export class FleetStop {
  readonly #reading: StopReading;
  /** When one that waits asks again. */
  readonly asksAt: number;

  /**
   * @param members - how many share the limit
   * @param random - from 0 up to 1
   */
  constructor(reading: StopReading, now: number, members: number, random: number) {
    this.#reading = reading;
    const probeIsDue = Math.max(reading.probeAt, now) + random * SPREAD_MS * (members - 1);
    this.asksAt = Math.min(probeIsDue, now + Math.max(ASKED_EVERY_MS, members * TURN_MS));
  }

  get since(): number {
    return this.#reading.since;
  }

  get throttles(): number {
    return this.#reading.throttles;
  }

  /** How long it is until somebody may start, as far as can be told, in milliseconds. */
  leftMs(now: number): number {
    return Math.max(this.#reading.probeAt - now, 0);
  }

  get because(): string {
    return `the server accepts nothing, as ${this.throttles} throttles of several processes have shown`;
  }

  /** Whether somebody who waits since this moment should be told the time, and wait no longer. */
  isTooLongFor(joinedAt: number, leavesAt: number): boolean {
    const { since, probeAt, isEndKnown } = this.#reading;
    const patienceMs = isEndKnown ? PATIENCE_WITH_END_MS : PATIENCE_MS;
    return probeAt > Math.min(Math.max(joinedAt, since) + patienceMs, leavesAt);
  }
}
