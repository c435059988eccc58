import type { Classification } from '../../core/classification.ts';
import type { Fault } from './endpoint-fault.ts';

/** When an endpoint is passed over, and for how long. */
export interface StandingLimits {
  readonly failuresToLeave: number;
  readonly probeEveryMs: number;
  readonly throttledMs: number;
  readonly outMs: number;
}

/** The first distance between probes of an endpoint that fails; it doubles up to `probeEveryMs`. */
const FIRST_PROBE_MS = 500;
/** No hint, and no doubling, keeps an endpoint that throttles out for longer. */
const MAX_HINT_MS = 900_000;
const MAX_THROTTLED_MS = 30_000;
/** So long must it have worked for its failures to be forgotten. */
const CALM_MS = 30_000;
/** A call that tries it and hangs keeps others from trying for so long. */
const PROBE_PATIENCE_MS = 10_000;

/** Whether one endpoint takes calls, and if not, since when, why, and when to try again. */
export class Standing {
  /** The latest failure; `undefined` while it takes calls. */
  because: Classification | undefined = undefined;
  /** `undefined` while it takes calls. */
  fault: Fault | undefined = undefined;
  /** When a call may try it again. */
  dueAt = -Infinity;
  /** Until when the call that tries it keeps others from doing so. */
  #probedUntil = -Infinity;
  /** Outcomes of attempts from before say nothing any more. */
  #changedAt = -Infinity;
  #failuresInARow = 0;
  /** How often in a row it has failed or throttled while it was out. */
  #strikes = 0;
  #backAt = -Infinity;
  readonly #limits: StandingLimits;

  constructor(limits: StandingLimits) {
    this.#limits = limits;
  }

  get isOut(): boolean {
    return this.fault !== undefined;
  }

  /** Whether it must not be asked before its time: the server said so, or its key is of no use. */
  get isBarred(): boolean {
    return this.fault !== undefined && this.fault !== 'failing';
  }

  /** @param patienceMs - how much longer than needed the asker waits */
  isDue(now: number, patienceMs: number): boolean {
    return now >= this.#probedUntil && now >= this.dueAt + patienceMs;
  }

  /** A call tries it. */
  probeBegins(now: number): void {
    this.#probedUntil = now + PROBE_PATIENCE_MS;
  }

  probeEnds(): void {
    this.#probedUntil = -Infinity;
  }

  /** How long a request that must not be sent twice leaves the probing to others. */
  get patienceOfUnsafeMs(): number {
    return this.fault === 'failing' ? this.#distanceMs() : 0;
  }

  /** @returns whether this brought it back */
  succeeded(startedAt: number, now: number): boolean {
    if (startedAt < this.#changedAt) return false;
    this.#failuresInARow = 0;
    if (!this.isOut) return false;
    this.restore(now);
    return true;
  }

  /** Takes calls again, whatever was. */
  restore(now: number): void {
    this.because = undefined;
    this.fault = undefined;
    this.dueAt = -Infinity;
    this.#failuresInARow = 0;
    this.#changedAt = now;
    this.#backAt = now;
  }

  /** @returns whether it is out from now on, or for longer */
  failed(fault: Fault, reading: Classification, startedAt: number, now: number): boolean {
    if (startedAt < this.#changedAt) {
      // From before: only a longer wait is news.
      this.#extend(reading, now);
      return false;
    }
    this.#failuresInARow += 1;
    const isFirst = !this.isOut;
    if (isFirst && fault === 'failing' && this.#failuresInARow < this.#limits.failuresToLeave) {
      return false;
    }
    this.#strikes = isFirst && now - this.#backAt > CALM_MS ? 0 : this.#strikes + 1;
    this.fault = fault;
    this.because = reading;
    this.#changedAt = now;
    this.dueAt = now + this.#outMs(fault, reading);
    return true;
  }

  #extend({ retryAfterMs }: Classification, now: number): void {
    if (!this.isBarred || retryAfterMs === undefined) return;
    this.dueAt = Math.max(this.dueAt, now + Math.min(retryAfterMs, MAX_HINT_MS));
  }

  #outMs(fault: Fault, { retryAfterMs }: Classification): number {
    const hintMs = Math.min(retryAfterMs ?? 0, MAX_HINT_MS);
    if (fault === 'failing') return Math.max(hintMs, this.#distanceMs());
    if (hintMs > 0) return hintMs;
    const { throttledMs, outMs } = this.#limits;
    if (fault !== 'throttled') return outMs;
    return Math.min(throttledMs * 2 ** Math.min(this.#strikes, 30), MAX_THROTTLED_MS);
  }

  #distanceMs(): number {
    return Math.min(FIRST_PROBE_MS * 2 ** Math.min(this.#strikes, 30), this.#limits.probeEveryMs);
  }
}
