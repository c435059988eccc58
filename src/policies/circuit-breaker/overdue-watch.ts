import type { InFlight } from './in-flight.ts';

/** So often overdue attempts are looked for while as many calls come as are in flight: a clock costs 40 ns. */
const LOOKS_PER_FLIGHT = 8;

/** Looks for overdue attempts when a call comes: there is no timer for them. */
export class OverdueWatch {
  /** Calls since the last look, times {@link LOOKS_PER_FLIGHT}. */
  #unlooked = 0;
  /** None of those that are watched was sent before, on the clock's scale. */
  #since = -Infinity;

  /** Whether to look now that another call has come. */
  isDue({ count }: InFlight, overdueAfterMs: number): boolean {
    if (count === 0 || overdueAfterMs === Infinity) return false;
    this.#unlooked += LOOKS_PER_FLIGHT;
    return this.#unlooked > count;
  }

  /** @returns how many have become overdue since the last look */
  look(inFlight: InFlight, overdueAfterMs: number, now: number): number {
    this.#unlooked = 0;
    if (!(now - this.#since > overdueAfterMs)) return 0;
    const overdue = inFlight.markOverdue(now - overdueAfterMs);
    this.#since = inFlight.watchedSince(now);
    return overdue;
  }
}
