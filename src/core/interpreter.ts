import type { Cancellation } from './cancellation.ts';
import type { Classification } from './classification.ts';

/** Whether a request that the server may have acted on is repeated; see `RetryOptions.unsafeMethods`. */
export type UnsafeMethods = 'when-unprocessed' | 'retry' | 'never';

/**
 * How policies read what one kind of operation gives: the only place where they learn whether
 * they guard an HTTP call, an SDK's method or anything else.
 */
export interface Interpreter {
  /**
   * The verdict on a returned value; synchronous for a success, so that a success costs nothing.
   * Once cancelled it makes do with what it has read.
   */
  classifyValue(
    value: unknown,
    cancellation?: Cancellation,
  ): Classification | PromiseLike<Classification>;
  /** The verdict on a thrown error. Never throws. */
  classifyError(error: unknown): Classification;
  /** Frees what a value holds (a response's socket) when nobody will get it. Never rejects. */
  discard?(value: unknown, cancellation: Cancellation | undefined): PromiseLike<void> | void;
  /** Why the operation must not be run again after this failure; `undefined` if it may be. */
  whyNotRepeat?(
    classification: Classification,
    unsafeMethods: UnsafeMethods | undefined,
  ): string | undefined;
}
