import type { LatencySnapshot } from './snapshot.ts';

const SLOTS = 6;
const SLOT_MS = 10_000;
/** Each bucket ends a fifth above the one before, so a percentile is right to a tenth. */
const GROWTH = 1.2;
/** The first bucket ends here, and the last one at eleven minutes. */
const FIRST_MS = 0.5;
const BUCKETS = 78;

/** The durations of the last minute, counted in buckets; its size never changes. */
export class LatencyWindow {
  readonly #counts = new Uint32Array(SLOTS * BUCKETS);
  #newest = 0;

  add(durationMs: number, now: number): void {
    this.#moveTo(now);
    const steps = Math.ceil(Math.log(Math.max(durationMs, FIRST_MS) / FIRST_MS) / LOG_GROWTH);
    const bucket = Math.min(Math.max(steps, 0), BUCKETS - 1);
    const cell = placeOf(this.#newest) + bucket;
    this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
  }

  read(now: number): LatencySnapshot | null {
    this.#moveTo(now);
    const totals = new Array<number>(BUCKETS).fill(0);
    let samples = 0;
    for (let cell = 0; cell < this.#counts.length; cell += 1) {
      const count = this.#counts[cell] ?? 0;
      const bucket = cell % BUCKETS;
      totals[bucket] = (totals[bucket] ?? 0) + count;
      samples += count;
    }
    if (samples === 0) return null;
    const quantile = (share: number) => durationAt(totals, samples * share);
    return { samples, p50Ms: quantile(0.5), p90Ms: quantile(0.9), p99Ms: quantile(0.99) };
  }

  #moveTo(now: number): void {
    const slot = Math.floor(now / SLOT_MS);
    for (
      let emptied = Math.max(this.#newest + 1, slot - SLOTS + 1);
      emptied <= slot;
      emptied += 1
    ) {
      this.#counts.fill(0, placeOf(emptied), placeOf(emptied) + BUCKETS);
    }
    this.#newest = Math.max(this.#newest, slot);
  }
}

const LOG_GROWTH = Math.log(GROWTH);

const placeOf = (slot: number): number => (((slot % SLOTS) + SLOTS) % SLOTS) * BUCKETS;

/** The middle of the bucket in which the `rank`th duration lies. */
function durationAt(totals: readonly number[], rank: number): number {
  let below = 0;
  const bucket = totals.findIndex((count) => (below += count) >= rank);
  return FIRST_MS * GROWTH ** (bucket - 0.5);
}
