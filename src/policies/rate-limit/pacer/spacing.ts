import type { Token } from '../pace.ts';

/** A timer is a millisecond or two late: up to so much is made up for. */
const MADE_UP_FOR_MS = 10;

/** When the next may start, at an even distance from the one before. */
export class Spacing {
  #nextAt = -Infinity;
  #latest: Token | undefined;
  #nextAtBefore = -Infinity;

  /** The moment at which the next may start. */
  dueAt(now: number): number {
    return Math.max(this.#nextAt, now);
  }

  started(token: Token, now: number, intervalMs: number): void {
    this.#latest = token;
    this.#nextAtBefore = this.#nextAt;
    this.#nextAt = Math.max(this.#nextAt, now - MADE_UP_FOR_MS) + intervalMs;
  }

  /** One was let through and never sent: if it is the latest, the next takes its place. */
  giveBack(token: Token): void {
    if (token === this.#latest) this.#nextAt = Math.min(this.#nextAt, this.#nextAtBefore);
  }

  /** The next starts no later than so long from now. */
  comeForward(now: number, intervalMs: number): void {
    this.#nextAt = Math.min(this.#nextAt, now + intervalMs);
  }

  /** The next starts so long from now. */
  begin(now: number, intervalMs: number): void {
    this.#nextAt = now + intervalMs;
  }
}
