import type { CallOptions, Operation } from './call.ts';
import type { Clock } from './clock.ts';

/** Something that runs an operation: better, later, again, or not at all. */
export interface Policy {
  /**
   * Runs `operation` under this policy.
   *
   * A policy of your own hands `options` on unchanged; that is how layers share one call.
   *
   * @param operation - the work; it gets the attempt's number, key and signal
   * @param options - key, signal and priority of this call
   */
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T>;
  /** The clock that this policy lives by, if it has one. */
  readonly clock?: Clock | undefined;
  /** `true` if the operation may be run more than once, so that its input must survive. */
  readonly repeats?: boolean | undefined;
}
