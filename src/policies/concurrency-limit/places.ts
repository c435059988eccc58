import type { Attempt } from '../../core/attempt.ts';
import type { Clock } from '../../core/clock.ts';
import type { ConcurrencyReading } from '../control-part.ts';
import { loadToldBy } from './ended-attempt.ts';
import type { MovingLimit } from './moving-limit.ts';
import { PlaceLine, type FreePlaces } from './place-line.ts';

/** A limit that somebody has set. */
export interface FixedLimit {
  readonly current: number;
}

/** So many answers must have come before anybody is refused for how long they take. */
const LEAST_ANSWERS = 5;
/** The usual time follows the latest answers, each by this share at least. */
const LATEST_SHARE = 1 / 16;

/** The places of one key: how many are taken, who waits for one, and how long they are held. */
export class Places implements FreePlaces {
  limit: FixedLimit | MovingLimit;
  readonly line: PlaceLine;
  taken = 0;
  readonly #begin: () => FixedLimit | MovingLimit;
  #answers = 0;
  #usualMs = 0;

  constructor(begin: () => FixedLimit | MovingLimit, clock: Clock) {
    this.#begin = begin;
    this.limit = begin();
    this.line = new PlaceLine(clock, this);
  }

  get free(): number {
    return Math.max(this.limit.current - this.taken, 0);
  }

  take(): boolean {
    if (this.taken >= this.limit.current) return false;
    this.taken += 1;
    if ('entered' in this.limit) this.limit.entered(this.taken);
    return true;
  }

  /** Gives one back; it goes to the next in line, and nobody who comes meanwhile can take it. */
  giveBack(): void {
    this.taken -= 1;
    this.line.serve();
  }

  /** An attempt that was sent has ended. */
  learn(attempt: Attempt, now: number): void {
    const as = loadToldBy(attempt, this.usualMs);
    if (as === undefined) return;
    const { ranMs } = attempt;
    if (as === 'answered') {
      this.#answers += 1;
      this.#usualMs += (ranMs - this.#usualMs) * Math.max(1 / this.#answers, LATEST_SHARE);
    }
    if ('ended' in this.limit) this.limit.ended({ startedOn: now - ranMs, endedOn: now, as });
  }

  /** Forgets what it has learned. */
  reset(): void {
    this.limit = this.#begin();
    this.#answers = 0;
    this.#usualMs = 0;
    this.line.serve();
  }

  /** How long an attempt usually runs, in milliseconds; 0 where too little is known. */
  get usualMs(): number {
    return this.#answers < LEAST_ANSWERS ? 0 : this.#usualMs;
  }

  /** How long somebody who joined the line now would wait, in milliseconds, as far as can be told. */
  estimateMs(priority: number): number {
    return ((this.line.ahead(priority) + 1) * this.usualMs) / this.limit.current;
  }

  read(now: number): ConcurrencyReading {
    const { taken, line, limit } = this;
    return {
      limit: limit.current,
      inFlight: taken,
      waiting: line.length,
      longestWaitMs: line.longestWaitMs(now),
    };
  }
}
