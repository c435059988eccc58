/**
 * Judges whether too many of the counted outcomes are failures. `#failure-ratio` names one of two:
 * opossum on Node, Bun and Deno, a few lines of ours in bundles for browsers and workers. A test
 * holds both to the same decisions.
 */
export interface FailureRatio {
  /** Counts a success in the current slice. */
  succeeded(): void;
  /**
   * Counts a failure in the current slice.
   *
   * @returns whether the circuit should open now. After a yes only `dispose` may be called.
   */
  failed(): boolean;
  /** Begins a new slice and forgets the oldest. */
  turn(): void;
  /** Releases what it holds. */
  dispose(): void;
}

/** What makes the failures too many. */
export interface FailureRatioSettings {
  /** The percentage of failures above which the circuit opens. */
  readonly opensAbovePercent: number;
  /** How many outcomes the window must hold before the percentage means anything. */
  readonly minimumCalls: number;
  /** The length of all slices together, in milliseconds. */
  readonly windowMs: number;
}

/**
 * Makes a judge that begins with what has been counted already.
 *
 * @param outcomes - how many outcomes each slice holds, the current slice first
 * @param failures - how many of them were failures
 */
export type CreateFailureRatio = (
  settings: FailureRatioSettings,
  outcomes: readonly number[],
  failures: readonly number[],
) => FailureRatio;
