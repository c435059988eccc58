import { createFailureRatio } from '#failure-ratio';
import type { FailureRatio } from './failure-ratio.ts';

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
 * A {@link FailureRatio} does the judging, but only while there are failures among enough outcomes:
 * any other key keeps nothing but counters.
 */
export class FailureWindow {
  readonly #settings: FailureWindowSettings;
  readonly #sliceMs: number;
  #slice = -Infinity;
  #failedSlice = -Infinity;
  /** All outcomes by slice, the current one first; made when there is one to count. */
  #outcomes: number[] | undefined;
  /** The failures among them. */
  #failures: number[] | undefined;
  #ratio: FailureRatio | undefined;

  constructor(settings: FailureWindowSettings) {
    this.#settings = settings;
    this.#sliceMs = settings.windowMs / SLICES;
  }

  succeeded(now: number): void {
    this.#turnTo(now);
    countOne((this.#outcomes ??= emptySlices()));
    this.#ratio?.succeeded();
  }

  /** @returns whether the circuit should open now. */
  failed(now: number): boolean {
    this.#turnTo(now);
    this.#failedSlice = this.#slice;
    const outcomes = (this.#outcomes ??= emptySlices());
    const failures = (this.#failures ??= emptySlices());
    const seen = outcomes.reduce((sum, count) => sum + count, 0) + 1;
    if (seen >= this.#settings.minimumCalls) {
      this.#ratio ??= this.#createRatio(outcomes, failures);
    }
    countOne(outcomes);
    countOne(failures);
    return this.#ratio?.failed() ?? false;
  }

  /** Releases what the ratio holds. */
  dispose(): void {
    this.#ratio?.dispose();
    this.#ratio = undefined;
  }

  #createRatio(outcomes: readonly number[], failures: readonly number[]): FailureRatio {
    const { failureRatio, minimumCalls, windowMs } = this.#settings;
    const opensAbovePercent = failureRatio * 100 - HAIR;
    return createFailureRatio({ opensAbovePercent, minimumCalls, windowMs }, outcomes, failures);
  }

  #turnTo(now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    const turns = Math.min(slice - this.#slice, SLICES);
    if (turns <= 0) return;
    this.#slice = slice;
    for (let turn = 0; turn < turns; turn += 1) {
      turnSlices(this.#outcomes);
      turnSlices(this.#failures);
      this.#ratio?.turn();
    }
    if (slice - this.#failedSlice < SLICES) return;
    this.#failures = undefined;
    this.dispose();
  }
}

const emptySlices = (): number[] => new Array<number>(SLICES).fill(0);

function countOne(slices: number[]): void {
  slices[0] = (slices[0] ?? 0) + 1;
}

function turnSlices(slices: number[] | undefined): void {
  slices?.pop();
  slices?.unshift(0);
}
