const FIRST_GAP_MS = 250;
const LONGEST_GAP_MS = 1000;
/** The same for a server that refuses: a probe makes it no work, and a restart is noticed sooner, … */
const LONGEST_GAP_REFUSING_MS = 500;
/** … which takes no longer than this. */
const RESTARTS_WITHIN_MS = 5000;
/** In a long outage the gap may grow to so much of its age: that much later at most is its end noticed. */
const GAP_SHARE_OF_AGE = 0.02;
const LONGEST_GAP_EVER_MS = 30_000;
/** Gaps are spread from 75 % to 125 %: callers that keep time must not probe as one. */
const SPREAD = 0.25;
/** One of so many calls is a probe at most: a process with few calls would probe with all of them. */
const CALLS_PER_PROBE = 4;
/** After so long the next call is one, whoever else has called: a caller that comes every minute must not lose three of four. */
const LONGEST_REST_MS = 15_000;

/** What is probed. */
export interface Probed {
  /** When the outage began, on the clock's scale. */
  readonly since: number;
  /** How many probes have been sent before. */
  readonly probes: number;
  /** Whether attempts are refused, and do not time out. */
  readonly isRefusing: boolean;
}

/** Spaces probes by time, never by their outcome: one that hangs must not keep the next from going. */
export class ProbeSpacing {
  readonly kind = 'open';
  /** The moment before which nothing is let out. */
  nextAt = 0;
  /** How many probes have gone since the outage began, and the failure that began it. */
  probes: number;
  readonly #since: number;
  readonly #isRefusing: boolean;
  readonly #random: () => number;
  #lastAt: number;
  #callsSince = 0;

  constructor(now: number, { since, probes, isRefusing }: Probed, random: () => number) {
    this.#since = since;
    this.#isRefusing = isRefusing;
    this.#random = random;
    this.probes = probes + 1;
    this.#lastAt = now;
    this.nextAt = now + this.#gapMs(now);
  }

  /** Another call has come. */
  called(): void {
    this.#callsSince += 1;
  }

  /** The moment from which a probe may go if no further call comes and so many wait. */
  opensAt(waiting: number): number {
    const calls = Math.max(this.#callsSince, waiting);
    const hasEnough = calls >= Math.min(CALLS_PER_PROBE, 2 ** this.probes);
    return hasEnough ? this.nextAt : Math.max(this.nextAt, this.#lastAt + LONGEST_REST_MS);
  }

  /** A probe goes. */
  sent(now: number): void {
    this.#callsSince = 0;
    this.probes += 1;
    this.#lastAt = now;
    this.nextAt = now + this.#gapMs(now);
  }

  /** Nothing is let out before `moment`: the server has asked for it. */
  holdUntil(moment: number): void {
    this.nextAt = Math.max(this.nextAt, moment);
  }

  #gapMs(now: number): number {
    const ageMs = now - this.#since;
    const byAgeMs = Math.min(GAP_SHARE_OF_AGE * ageMs, LONGEST_GAP_EVER_MS);
    const mayRestart = this.#isRefusing && ageMs < RESTARTS_WITHIN_MS;
    const mostMs = Math.max(mayRestart ? LONGEST_GAP_REFUSING_MS : LONGEST_GAP_MS, byAgeMs);
    const gapMs = Math.min(FIRST_GAP_MS * 2 ** (this.probes - 1), mostMs);
    return gapMs * (1 - SPREAD + 2 * SPREAD * this.#random());
  }
}
