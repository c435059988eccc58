import type { Classification } from '../../core/classification.ts';
import { Countdown } from './countdown.ts';
import type { Token } from './pace.ts';

/** Probes are at most so far apart, in milliseconds, … */
const LONGEST_DISTANCE_MS = 30_000;
/** … unless the server counts down: then the first waits a minute at most, each later one four times as long, … */
const FIRST_PAUSE_MS = 60_000;
const PAUSE_GROWS_BY = 4;
/** … up to a quarter of an hour. A server that is wrong about hours is found out in minutes. */
const LONGEST_PAUSE_MS = 900_000;
/** A single hint is tried once, where it is shorter than the distance, after so many probes. */
const HINT_TRIED_AFTER = 3;
/** A probe that has not come back after so long keeps nobody else from trying. */
const PROBE_GIVEN_UP_AFTER_MS = 30_000;
/** So long a call waits for a server that does not say when, … */
const PATIENCE_MS = 5000;
/** … and so long for one that counts down to a moment. */
const PATIENCE_WITH_COUNTDOWN_MS = 60_000;

/**
 * The server accepts nothing: one probe at a time, at doubling distances, until one is accepted.
 *
 * A hint binds others than its own call only once the server is known to count down.
 */
export class Stop {
  readonly since: number;
  /** How many were throttled in a row: the one that began it, and the probes. */
  throttles = 1;
  /** The latest throttle. */
  because: Classification;
  readonly #countdown = new Countdown();
  #distanceMs: number;
  #probeAt: number;
  #probe: Token | undefined;
  #probeGivenUpAt = -Infinity;
  #longPauses = 0;
  #hasTriedHint = false;

  /**
   * @param distanceMs - how long to wait before the first probe
   */
  constructor(now: number, distanceMs: number, because: Classification) {
    this.since = now;
    this.because = because;
    this.#distanceMs = Math.min(distanceMs, LONGEST_DISTANCE_MS);
    this.#probeAt = now + this.#distanceMs;
    const hintMs = hintOf(because);
    if (hintMs !== undefined) this.#countdown.heard(now, hintMs);
  }

  mayProbe(now: number): boolean {
    return now >= this.dueAt(now);
  }

  probe(token: Token, now: number): void {
    this.#probe = token;
    this.#probeGivenUpAt = now + PROBE_GIVEN_UP_AFTER_MS;
  }

  isProbe(token: Token | undefined): boolean {
    return token !== undefined && token === this.#probe;
  }

  /** The moment until which nobody may start, unless a probe comes back sooner. */
  dueAt(now: number): number {
    return Math.max(this.#probe === undefined ? this.#probeAt : this.#probeGivenUpAt, now);
  }

  /** The moment at which somebody may be let through, as far as can be told. */
  opensAt(now: number): number {
    return Math.max(this.#countdown.endsAt ?? -Infinity, this.#probeAt, now);
  }

  /** How long one waits for it. Those who would wait longer are refused at once, and told the time. */
  get patienceMs(): number {
    return this.#countdown.endsAt === undefined ? PATIENCE_MS : PATIENCE_WITH_COUNTDOWN_MS;
  }

  /** The probe was never sent. */
  giveBack(token: Token): void {
    if (this.isProbe(token)) this.#probe = undefined;
  }

  /** The probe's outcome says nothing of limits: the next comes after as long again. */
  probeSaidNothing(now: number): void {
    this.#probe = undefined;
    this.#probeAt = now + this.#distanceMs;
  }

  /** The probe was throttled. */
  probeFailed(now: number, because: Classification): void {
    this.because = because;
    this.#probe = undefined;
    this.throttles += 1;
    this.#distanceMs = Math.min(this.#distanceMs * 2, LONGEST_DISTANCE_MS);
    this.#probeAt = now + this.#distanceMs;
    const hintMs = hintOf(because);
    if (hintMs === undefined) return;
    this.#countdown.heard(now, hintMs);
    if (this.#countdown.endsAt !== undefined) {
      this.#followCountdown(now, this.#countdown.endsAt - now);
    } else if (!this.#hasTriedHint && this.#isWorthATry(hintMs)) {
      this.#hasTriedHint = true;
      this.#probeAt = now + hintMs;
    }
  }

  #isWorthATry(hintMs: number): boolean {
    return this.throttles > HINT_TRIED_AFTER && hintMs < this.#distanceMs;
  }

  #followCountdown(now: number, leftMs: number): void {
    const mostMs = Math.min(FIRST_PAUSE_MS * PAUSE_GROWS_BY ** this.#longPauses, LONGEST_PAUSE_MS);
    if (leftMs > mostMs) this.#longPauses += 1;
    this.#probeAt = now + Math.min(Math.max(leftMs, 0), mostMs);
  }
}

/** What a throttle says of others' waits: a hint of 0 says nothing, and prose speaks to its own call only. */
export function hintOf({
  retryAfterMs,
  retryAfterFrom,
  decidedBy,
}: Classification): number | undefined {
  const isProse = retryAfterFrom === 'prose' || decidedBy === 'prose';
  return isProse || !(retryAfterMs !== undefined && retryAfterMs > 0) ? undefined : retryAfterMs;
}
