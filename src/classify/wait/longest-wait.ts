import type { Classification } from '../../core/classification.ts';

/** A wait, and where it was read. */
export interface StatedWait {
  readonly ms: number;
  readonly from: NonNullable<Classification['retryAfterFrom']>;
}

/**
 * The longest of several waits: each of them is a "not before". A number of whole seconds beside a
 * finer one of less than a second below is the same wait, rounded up; then the finer one stands.
 *
 * A wait in prose counts only where there is no other.
 */
export function longestWait(waits: readonly StatedWait[]): StatedWait | undefined {
  const trusted = waits.filter(({ from }) => from !== 'prose');
  const [longest, ...others] = (trusted.length > 0 ? trusted : waits).toSorted(
    (a, b) => b.ms - a.ms,
  );
  if (longest === undefined || longest.ms % 1_000 !== 0) return longest;
  return others.find(({ ms }) => ms % 1_000 !== 0 && longest.ms - ms < 1_000) ?? longest;
}
