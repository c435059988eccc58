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
 * Judges whether a circuit should open now that an outcome has failed. `#failure-ratio` names one of
 * two: opossum on Node, Bun and Deno, a few lines of ours in bundles for browsers and workers. A
 * test holds both to the same decisions.
 *
 * @param outcomes - how many outcomes each slice of the window holds, the current slice first, which
 * holds the latest failure
 * @param failures - how many of them were failures
 */
export type ShouldOpen = (
  settings: FailureRatioSettings,
  outcomes: readonly number[],
  failures: readonly number[],
) => boolean;
