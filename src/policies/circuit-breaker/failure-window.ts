import { shouldOpen } from '#failure-ratio';
import type { FailureRatioSettings } from './failure-ratio.ts';

/** What opens a circuit. */
export interface FailureWindowSettings {
  readonly failureRatio: number;
  readonly minimumCalls: number;
  readonly windowMs: number;
}

const SLICES = 10;
/** A ratio opens above its percentage; a hair less makes that "at or above". */
const HAIR = 1e-9;

/**
 * Counts the outcomes of the last `windowMs` and says when too many of them were failures.
 *
 * The counts are ours, since they are made at every call. Where they reach the ratio opossum is asked
 * (see {@link ShouldOpen}), and its word opens the circuit.
 */
export class FailureWindow {
  readonly #settings: FailureRatioSettings;
  readonly #sliceMs: number;
  #slice = -Infinity;
  /** All outcomes by slice, the current one first; made when there is one to count. */
  #outcomes: number[] | undefined;
  /** The failures among them. */
  #failures: number[] | undefined;
  #seen = 0;
  #failed = 0;

  constructor({ failureRatio, minimumCalls, windowMs }: FailureWindowSettings) {
    this.#settings = { opensAbovePercent: failureRatio * 100 - HAIR, minimumCalls, windowMs };
    this.#sliceMs = windowMs / SLICES;
  }

  /** The share of failures, without the latest `run` of them; 0 where there was nothing before. */
  shareBefore(run: number): number {
    const seen = this.#seen - run;
    return seen > 0 ? Math.max(this.#failed - run, 0) / seen : 0;
  }

  succeeded(now: number): void {
    this.#count(now);
  }

  /** @returns whether the circuit should open now. */
  failed(now: number): boolean {
    const outcomes = this.#count(now);
    this.#failed += 1;
    countOne((this.#failures ??= emptySlices()));
    const isWithinReach =
      this.#seen >= this.#settings.minimumCalls &&
      (this.#failed / this.#seen) * 100 >= this.#settings.opensAbovePercent;
    return isWithinReach && shouldOpen(this.#settings, outcomes, this.#failures);
  }

  #count(now: number): readonly number[] {
    this.#turnTo(now);
    this.#seen += 1;
    const outcomes = (this.#outcomes ??= emptySlices());
    countOne(outcomes);
    return outcomes;
  }

  #turnTo(now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    const turns = Math.min(slice - this.#slice, SLICES);
    if (turns <= 0) return;
    this.#slice = slice;
    for (let turn = 0; turn < turns; turn += 1) {
      this.#seen -= forgetOldest(this.#outcomes);
      this.#failed -= forgetOldest(this.#failures);
    }
    if (this.#failed === 0) this.#failures = undefined;
  }
}

const emptySlices = (): number[] => new Array<number>(SLICES).fill(0);

function countOne(slices: number[]): void {
  slices[0] = (slices[0] ?? 0) + 1;
}

/** @returns how much the oldest slice held */
function forgetOldest(slices: number[] | undefined): number {
  slices?.unshift(0);
  return slices?.pop() ?? 0;
}
