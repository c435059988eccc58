/** What a limit says to a request. */
export interface LimitDecision {
  readonly accepted: boolean;
  /** How long until a request would be accepted, in milliseconds; 0 where this one was. */
  readonly waitMs: number;
  /** How many requests the limit grants in a window, or at once. */
  readonly limit: number;
  /** How many more it would grant now. */
  readonly remaining: number;
  /** How long until all is granted again, in milliseconds. */
  readonly resetMs: number;
  /** The length of its window, in milliseconds. */
  readonly windowMs: number;
}

/** The law of a rate limit. Its time is the server's, in virtual milliseconds. */
export interface Limit {
  /** Asks for one request, and counts it if it is accepted. */
  take(nowMs: number): LimitDecision;
  /** Called when an accepted request has its answer. */
  release?(nowMs: number): void;
}
